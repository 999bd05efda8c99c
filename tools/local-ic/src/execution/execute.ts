import { EMPTY_BYTES, utf8, utf8Lossy } from '../bytes.ts';
import { freezingLimit, smaller } from '../cycles.ts';
import { assert } from '../errors.ts';
import { type ContextLetter, contextBit, type ExecutionInput } from '../ic0/index.ts';
import { MAX_LOG_BYTES, MAX_QUERY_REPLY_BYTES, MAX_REPLY_BYTES } from '../limits.ts';
import { MANAGEMENT_CANISTER, type PrincipalText } from '../principal.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import type { ExecutionEvent, ExecutionKind } from '../types.ts';
import type { Machine } from './machine.ts';
import { type EntryPoint, type RunOutcome, type RunRequest, run } from './run.ts';

/** One execution to run, in the words of the state. What is left out has the neutral value. */
export interface ExecutionSpec {
  readonly kind: ExecutionKind;
  readonly entry: EntryPoint;
  readonly instructionLimit: bigint;
  readonly caller?: PrincipalText;
  readonly arg?: Uint8Array;
  readonly method?: string;
  /** Who answered, for callbacks. */
  readonly peer?: PrincipalText;
  readonly rejectCode?: number;
  readonly rejectMessage?: string;
  readonly deadline?: bigint;
  readonly cyclesAvailable?: bigint;
  readonly cyclesRefunded?: bigint;
  readonly contextInstructions?: bigint;
  readonly dataCertificate?: (() => Uint8Array) | null;
  /** Install and upgrade run code that the canister does not have yet. */
  readonly code?: { readonly prepared: RunRequest['prepared']; readonly image: RunRequest['code'] };
  /** `canister_version` that the code sees, if not the canister's. */
  readonly version?: bigint;
}

/** Context letter and mode name of each kind of execution (system-api reference, section 1). */
const MODES: Readonly<Record<ExecutionKind, readonly [ContextLetter, string]>> = {
  start: ['s', 'start'],
  init: ['I', 'init'],
  pre_upgrade: ['G', 'pre upgrade'],
  post_upgrade: ['I', 'init'],
  update: ['U', 'update'],
  replicated_query: ['RQ', 'replicated query'],
  query: ['NRQ', 'non replicated query'],
  composite_query: ['CQ', 'composite query'],
  inspect_message: ['F', 'inspect message'],
  heartbeat: ['T', 'heartbeat'],
  global_timer: ['T', 'global timer'],
  low_wasm_memory: ['T', 'on low Wasm memory'],
  reply: ['Ry', 'reply callback'],
  reject: ['Rt', 'reject callback'],
  cleanup: ['C', 'cleanup'],
};

const NOT_REPLICATED: ReadonlySet<ExecutionKind> = new Set(['query', 'composite_query', 'inspect_message']);
const STATUS_NUMBER = { running: 1, stopping: 2, stopped: 3 } as const;

/** Runs it and keeps what it printed; nothing else of the canister changes. */
export function execute(
  world: { readonly state: IcState; readonly machine: Machine },
  canister: CanisterState,
  spec: ExecutionSpec,
): RunOutcome {
  const { state, machine } = world;
  const event: ExecutionEvent = {
    round: state.round,
    time: state.blockTime,
    canisterId: canister.id,
    kind: spec.kind,
    method: spec.method ?? '',
    peer: spec.peer ?? null,
  };
  const change = machine.interceptor.execute?.(event);
  const limit = smaller(spec.instructionLimit, change?.instructionLimit ?? spec.instructionLimit);
  const input = inputOf(world.state, canister, { ...spec, instructionLimit: limit }, change?.trapAtHostCall ?? 0);
  const { prepared, image } = spec.code ?? installedCode(machine, canister);
  const outcome = run(machine.pool, { input, entry: spec.entry, prepared, code: image });
  keepLogs(world, canister, { outcome, replicated: input.replicated });
  machine.interceptor.executed?.({
    ...event,
    instructions: outcome.instructions,
    hostCalls: outcome.hostCalls,
    trap: outcome.result.kind === 'trapped' ? outcome.result.trap : null,
  });
  return outcome;
}

function installedCode(machine: Machine, canister: CanisterState): NonNullable<ExecutionSpec['code']> {
  assert(canister.code !== null, 'only canisters with code execute');
  const prepared = machine.prepare(canister.code.wasmModule, canister.code.moduleHash);
  assert(prepared.ok, 'an installed module was prepared before');
  return { prepared: prepared.value, image: canister.code };
}

function inputOf(state: IcState, canister: CanisterState, spec: ExecutionSpec, trapAtHostCall: number): ExecutionInput {
  const [letter, mode] = MODES[spec.kind];
  return {
    canisterId: canister.id,
    context: contextBit(letter),
    mode,
    replicated: !NOT_REPLICATED.has(spec.kind),
    time: state.blockTime,
    caller: spec.caller ?? MANAGEMENT_CANISTER,
    arg: spec.arg ?? EMPTY_BYTES,
    method: spec.method ?? '',
    rejectCode: spec.rejectCode ?? 0,
    rejectMessage: spec.rejectMessage ?? '',
    deadline: spec.deadline ?? 0n,
    cyclesAvailable: spec.cyclesAvailable ?? 0n,
    cyclesRefunded: spec.cyclesRefunded ?? 0n,
    balance: canister.cycles,
    freezingLimit: freezingLimit(state, canister),
    version: spec.version ?? canister.version,
    status: STATUS_NUMBER[canister.status.kind],
    controllers: canister.controllers,
    environment: canister.settings.environmentVariables,
    globalTimer: canister.globalTimer,
    config: state.config,
    dataCertificate: spec.dataCertificate ?? null,
    instructionLimit: spec.instructionLimit,
    contextInstructions: spec.contextInstructions ?? 0n,
    inFlight: (receiver) => callsInFlight(canister, receiver),
    maxReplyBytes: spec.kind === 'query' || spec.kind === 'composite_query' ? MAX_QUERY_REPLY_BYTES : MAX_REPLY_BYTES,
    trapAtHostCall,
  };
}

function callsInFlight(canister: CanisterState, receiver: PrincipalText): number {
  let count = 0;
  for (const callback of canister.callbacks.values()) if (callback.receiver === receiver) count += 1;
  return count;
}

function keepLogs(
  world: { readonly state: IcState; readonly machine: Machine },
  canister: CanisterState,
  { outcome, replicated }: { readonly outcome: RunOutcome; readonly replicated: boolean },
): void {
  const time = world.state.blockTime;
  const lines = [...outcome.prints];
  if (outcome.result.kind === 'trapped') lines.push(utf8(`[TRAP]: ${trapText(outcome.result.trap.message)}`));
  for (const content of lines) {
    world.machine.onCanisterLog({ canisterId: canister.id, time, text: utf8Lossy(content), replicated });
    if (!replicated) continue;
    canister.logs.push({ index: canister.nextLogIndex, timestamp: time, content: content.subarray(0, MAX_LOG_BYTES) });
    canister.nextLogIndex += 1n;
  }
  let bytes = canister.logs.reduce((sum, record) => sum + record.content.length, 0);
  while (bytes > MAX_LOG_BYTES) bytes -= canister.logs.shift()?.content.length ?? 0;
}

function trapText(message: string): string {
  const called = /^Canister called `ic0\.trap` with message: '(.*)'$/s.exec(message);
  if (called === null) return message;
  return called[1] === '' ? '(no message)' : (called[1] as string);
}
