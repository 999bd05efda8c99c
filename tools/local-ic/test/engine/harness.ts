import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import wabt from 'wabt';
import {
  ANONYMOUS,
  type CallResult,
  type LocalIc,
  MANAGEMENT_CANISTER,
  type PrincipalText,
  principalFromBytes,
} from '../../src/index.ts';

const toolkit = await wabt();

/** Compiles WebAssembly text. */
export function wat(text: string): Uint8Array {
  const module = toolkit.parseWat('canister.wat', text, { bulk_memory: true, reference_types: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

const Create = IDL.Record({ amount: IDL.Opt(IDL.Nat) });
const Install = IDL.Record({
  mode: IDL.Variant({ install: IDL.Null, reinstall: IDL.Null, upgrade: IDL.Null }),
  canister_id: IDL.Principal,
  wasm_module: IDL.Vec(IDL.Nat8),
  arg: IDL.Vec(IDL.Nat8),
});

/** Calls aaaaa-aa as the anonymous user, who controls what it creates. */
export function manage(ic: LocalIc, method: string, payload: Uint8Array): CallResult {
  return ic.call({ sender: ANONYMOUS, canisterId: MANAGEMENT_CANISTER, method, payload });
}

export function encode(type: IDL.Type, value: unknown): Uint8Array {
  return new Uint8Array(IDL.encode([type], [value]));
}

export function createCanister(ic: LocalIc, cycles = 100_000_000_000_000n): PrincipalText {
  const made = manage(ic, 'provisional_create_canister_with_cycles', encode(Create, { amount: [cycles] }));
  const [{ canister_id: id }] = IDL.decode([IDL.Record({ canister_id: IDL.Principal })], data(made)) as unknown as [
    { canister_id: Principal },
  ];
  return principalFromBytes(id.toUint8Array());
}

export function install(
  ic: LocalIc,
  id: PrincipalText,
  text: string,
  mode: 'install' | 'reinstall' | 'upgrade' = 'install',
): CallResult {
  const value = {
    mode: { [mode]: null },
    canister_id: Principal.fromText(id),
    wasm_module: wat(text),
    arg: new Uint8Array(0),
  };
  return manage(ic, 'install_code', encode(Install, value));
}

/** Creates a canister and installs this text, which must succeed. */
export function deploy(ic: LocalIc, text: string, cycles?: bigint): PrincipalText {
  const id = createCanister(ic, cycles);
  data(install(ic, id, text));
  return id;
}

export function about(id: PrincipalText, more: Record<string, readonly [IDL.Type, unknown]> = {}): Uint8Array {
  const types: Record<string, IDL.Type> = { canister_id: IDL.Principal };
  const values: Record<string, unknown> = { canister_id: Principal.fromText(id) };
  for (const [name, [type, value]] of Object.entries(more)) {
    types[name] = type;
    values[name] = value;
  }
  return encode(IDL.Record(types), values);
}

export const BLOB = IDL.Vec(IDL.Nat8);

export function take(ic: LocalIc, id: PrincipalText): Uint8Array {
  const taken = data(manage(ic, 'take_canister_snapshot', about(id, { replace_snapshot: [IDL.Opt(BLOB), []] })));
  const [{ id: snapshot }] = IDL.decode([IDL.Record({ id: BLOB })], taken) as unknown as [{ id: Uint8Array }];
  return snapshot;
}

export function load(ic: LocalIc, id: PrincipalText, snapshot: Uint8Array): CallResult {
  return manage(ic, 'load_canister_snapshot', about(id, { snapshot_id: [BLOB, snapshot] }));
}

export function update(
  ic: LocalIc,
  id: PrincipalText,
  method: string,
  payload: Uint8Array = new Uint8Array(0),
): CallResult {
  return ic.call({ sender: ANONYMOUS, canisterId: id, method, payload });
}

export function query(
  ic: LocalIc,
  id: PrincipalText,
  method: string,
  payload: Uint8Array = new Uint8Array(0),
): CallResult {
  return ic.query({ sender: ANONYMOUS, canisterId: id, method, payload });
}

/** The reply's bytes; fails the test on a reject. */
export function data(result: CallResult): Uint8Array {
  if (result.kind === 'reject') throw new Error(`rejected: ${result.reject.errorCode} ${result.reject.message}`);
  return new Uint8Array(result.data);
}

/** Error code of a reject; fails the test on a reply. */
export function code(result: CallResult): string {
  if (result.kind === 'reply') throw new Error(`replied ${Buffer.from(result.data).toString('hex')}`);
  return String(result.reject.errorCode);
}

export function u32(result: CallResult): number {
  return Buffer.from(data(result)).readUInt32LE(0);
}

/**
 * A canister with a counter in memory, one in a private global, one in stable memory, and methods to change them, to
 * trap after changing them, and to read them (memory, global, stable: 4 bytes little-endian each).
 */
export const COUNTERS = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
  (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
  (import "ic0" "time" (func $time (result i64)))
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (func $bump
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call $read (i64.const 16) (i64.const 0) (i64.const 4))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
    (call $write (i64.const 0) (i64.const 16) (i64.const 4)))
  (func $show
    (i32.store (i32.const 4) (global.get $count))
    (call $read (i64.const 8) (i64.const 0) (i64.const 4))
    (call $append (i32.const 0) (i32.const 12))
    (call $reply))
  (func (export "canister_init") (drop (call $grow (i64.const 1))))
  (func (export "canister_update bump") (call $bump) (call $show))
  (func (export "canister_update trap") (call $bump) (call $certify (i32.const 0) (i32.const 4))
    (drop (call $timer (i64.const 1))) (unreachable))
  (func (export "canister_update spin") (call $bump) (loop $again (br $again)))
  (func (export "canister_update wake") (drop (call $timer (i64.add (call $time) (i64.const 1000000000)))) (call $show))
  (func (export "canister_global_timer") (call $bump))
  (func (export "canister_query show") (call $show))
  (func (export "canister_query bump_in_query") (call $bump) (call $show)))`;

/** The three counters of \`COUNTERS\`: memory, global, stable. */
export function counters(result: CallResult): readonly [number, number, number] {
  const bytes = Buffer.from(data(result));
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
}
