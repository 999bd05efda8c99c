import type { FunctionSignature } from '../wasm/index.ts';
import { CONTEXTS, contextMask } from './contexts.ts';

/**
 * Every function of the System API that a canister may import, with its type and where it may be called
 * (interface specification, "Overview of imports"). Functions of the IC that this engine does not serve yet are absent,
 * so that a module that imports them is refused at install with their name.
 */
export interface HostSignature {
  readonly signature: FunctionSignature;
  /** Bits of the contexts in which the function may be called. */
  readonly allowed: number;
}

const EVERYWHERE = `${CONTEXTS.filter((context) => context !== 's').join(' ')}`;
const WITH_START = `${EVERYWHERE} s`;

type Row = readonly [name: string, params: string, results: string, contexts: string];

const REPLY = 'U RQ NRQ CQ Ry Rt CRy CRt';
const CALL = 'U CQ Ry Rt CRy CRt T';

const ROWS: readonly Row[] = [
  ['msg_arg_data_size', '', 'i32', 'I U RQ NRQ CQ Ry CRy F'],
  ['msg_arg_data_copy', 'i32 i32 i32', '', 'I U RQ NRQ CQ Ry CRy F'],
  ['msg_caller_size', '', 'i32', EVERYWHERE],
  ['msg_caller_copy', 'i32 i32 i32', '', EVERYWHERE],
  ['msg_caller_info_data_size', '', 'i32', 'U RQ NRQ CQ Ry Rt CRy CRt C CC F'],
  ['msg_caller_info_data_copy', 'i32 i32 i32', '', 'U RQ NRQ CQ Ry Rt CRy CRt C CC F'],
  ['msg_caller_info_signer_size', '', 'i32', 'U RQ NRQ CQ Ry Rt CRy CRt C CC F'],
  ['msg_caller_info_signer_copy', 'i32 i32 i32', '', 'U RQ NRQ CQ Ry Rt CRy CRt C CC F'],
  ['msg_reject_code', '', 'i32', 'Ry Rt CRy CRt C'],
  ['msg_reject_msg_size', '', 'i32', 'Rt CRt'],
  ['msg_reject_msg_copy', 'i32 i32 i32', '', 'Rt CRt'],
  ['msg_deadline', '', 'i64', 'U RQ NRQ CQ Ry Rt CRy CRt'],
  ['msg_reply_data_append', 'i32 i32', '', REPLY],
  ['msg_reply', '', '', REPLY],
  ['msg_reject', 'i32 i32', '', REPLY],
  ['msg_cycles_available128', 'i32', '', 'U RQ Rt Ry'],
  ['msg_cycles_refunded128', 'i32', '', 'Rt Ry'],
  ['msg_cycles_accept128', 'i64 i64 i32', '', 'U RQ Rt Ry'],
  ['cycles_burn128', 'i64 i64 i32', '', 'I G U RQ Ry Rt C T'],
  ['canister_self_size', '', 'i32', EVERYWHERE],
  ['canister_self_copy', 'i32 i32 i32', '', EVERYWHERE],
  ['subnet_self_size', '', 'i32', EVERYWHERE],
  ['subnet_self_copy', 'i32 i32 i32', '', EVERYWHERE],
  ['canister_cycle_balance128', 'i32', '', EVERYWHERE],
  ['canister_liquid_cycle_balance128', 'i32', '', EVERYWHERE],
  ['canister_status', '', 'i32', EVERYWHERE],
  ['canister_version', '', 'i64', EVERYWHERE],
  ['msg_method_name_size', '', 'i32', 'F'],
  ['msg_method_name_copy', 'i32 i32 i32', '', 'F'],
  ['accept_message', '', '', 'F'],
  ['call_new', 'i32 i32 i32 i32 i32 i32 i32 i32', '', CALL],
  ['call_on_cleanup', 'i32 i32', '', CALL],
  ['call_data_append', 'i32 i32', '', CALL],
  ['call_with_best_effort_response', 'i32', '', CALL],
  ['call_cycles_add128', 'i64 i64', '', 'U Ry Rt T'],
  ['call_perform', '', 'i32', CALL],
  ['stable64_size', '', 'i64', WITH_START],
  ['stable64_grow', 'i64', 'i64', WITH_START],
  ['stable64_write', 'i64 i64 i64', '', WITH_START],
  ['stable64_read', 'i64 i64 i64', '', WITH_START],
  ['root_key_size', '', 'i32', 'I G U RQ Ry Rt C T'],
  ['root_key_copy', 'i32 i32 i32', '', 'I G U RQ Ry Rt C T'],
  ['certified_data_set', 'i32 i32', '', 'I G U Ry Rt T'],
  ['data_certificate_present', '', 'i32', EVERYWHERE],
  ['data_certificate_size', '', 'i32', 'NRQ CQ'],
  ['data_certificate_copy', 'i32 i32 i32', '', 'NRQ CQ'],
  ['time', '', 'i64', EVERYWHERE],
  ['global_timer_set', 'i64', 'i64', 'I G U Ry Rt C T'],
  ['performance_counter', 'i32', 'i64', WITH_START],
  ['is_controller', 'i32 i32', 'i32', WITH_START],
  ['in_replicated_execution', '', 'i32', WITH_START],
  ['cost_call', 'i64 i64 i32', '', WITH_START],
  ['cost_create_canister', 'i32', '', WITH_START],
  ['cost_http_request', 'i64 i64 i32', '', WITH_START],
  ['cost_sign_with_ecdsa', 'i32 i32 i32 i32', 'i32', WITH_START],
  ['cost_sign_with_schnorr', 'i32 i32 i32 i32', 'i32', WITH_START],
  ['cost_vetkd_derive_key', 'i32 i32 i32 i32', 'i32', WITH_START],
  ['env_var_count', '', 'i32', EVERYWHERE],
  ['env_var_name_size', 'i32', 'i32', EVERYWHERE],
  ['env_var_name_copy', 'i32 i32 i32 i32', '', EVERYWHERE],
  ['env_var_name_exists', 'i32 i32', 'i32', EVERYWHERE],
  ['env_var_value_size', 'i32 i32', 'i32', EVERYWHERE],
  ['env_var_value_copy', 'i32 i32 i32 i32 i32', '', EVERYWHERE],
  ['debug_print', 'i32 i32', '', WITH_START],
  ['trap', 'i32 i32', '', WITH_START],
  // 32-bit forms
  ['msg_cycles_available', '', 'i64', 'U RQ Rt Ry'],
  ['msg_cycles_refunded', '', 'i64', 'Rt Ry'],
  ['msg_cycles_accept', 'i64', 'i64', 'U RQ Rt Ry'],
  ['canister_cycle_balance', '', 'i64', EVERYWHERE],
  ['call_cycles_add', 'i64', '', 'U Ry Rt T'],
  ['stable_size', '', 'i32', WITH_START],
  ['stable_grow', 'i32', 'i32', WITH_START],
  ['stable_write', 'i32 i32 i32', '', WITH_START],
  ['stable_read', 'i32 i32 i32', '', WITH_START],
];

function types(text: string): FunctionSignature['params'] {
  return (text === '' ? [] : text.split(' ')) as FunctionSignature['params'];
}

export const HOST_SIGNATURES: ReadonlyMap<string, HostSignature> = new Map(
  ROWS.map(([name, params, results, contexts]) => [
    name,
    { signature: { params: types(params), results: types(results) }, allowed: contextMask(contexts) },
  ]),
);

/** What a module may import, for the Wasm reader. */
export const IMPORT_SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map(
  [...HOST_SIGNATURES].map(([name, { signature }]) => [name, signature]),
);
