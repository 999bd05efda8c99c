import {
  collectStable,
  type Execution,
  type ExecutionInput,
  HostTrap,
  type OutgoingCall,
  stableOverlay,
} from '../ic0/index.ts';
import { MAX_CALL_STACK_BYTES } from '../limits.ts';
import type { PagedMemory } from '../state/pages.ts';
import type { CanisterCode, GlobalValue, TableFunction, Trap } from '../state/types.ts';
import type { PreparedModule } from '../wasm/index.ts';
import {
  acquire,
  collect,
  freshInstance,
  gasLeft,
  type InstancePool,
  type LiveInstance,
  readGlobals,
  release,
  writeGlobals,
} from './instances.ts';
import { trapOf, wasmTrap } from './traps.ts';

/** What to call in the module. `none` instantiates only, which an install without start and init needs. */
export type EntryPoint =
  | { readonly kind: 'export'; readonly name: string }
  | { readonly kind: 'table'; readonly function: TableFunction }
  | { readonly kind: 'none' };

export interface RunRequest {
  readonly input: ExecutionInput;
  readonly entry: EntryPoint;
  readonly prepared: PreparedModule;
  /** Memories and globals of the last commit. `fresh` starts from the module's own. */
  readonly code:
    | Pick<CanisterCode, 'memory' | 'stableMemory' | 'globals'>
    | { readonly fresh: true; readonly stableMemory: PagedMemory; readonly memory: PagedMemory | null };
}

/** Everything an execution did, as data. Whoever asked for it commits it whole or drops it. */
export interface Effects {
  readonly memory: PagedMemory;
  readonly stableMemory: PagedMemory;
  readonly globals: readonly GlobalValue[];
  /** Indices of changed 4 KiB pages. */
  readonly changed: { readonly memory: readonly number[]; readonly stableMemory: readonly number[] };
  /** Null: not set by this execution. */
  readonly certifiedData: Uint8Array | null;
  readonly globalTimer: bigint | null;
  readonly calls: readonly OutgoingCall[];
  readonly answer: Execution['answer'];
  /** Main balance after the execution, before the refund of unused instructions. */
  readonly balance: bigint;
  readonly accepted: bigint;
  readonly messageAccepted: boolean;
}

export interface RunOutcome {
  readonly instructions: bigint;
  readonly hostCalls: number;
  /** What it printed, also if it trapped. */
  readonly prints: readonly Uint8Array[];
  readonly result:
    | { readonly kind: 'done'; readonly effects: Effects }
    | { readonly kind: 'trapped'; readonly trap: Trap };
}

/** Runs one entry point to its end. Nothing but the instance cache changes. */
export function run(pool: InstancePool, request: RunRequest): RunOutcome {
  const { input, prepared, code } = request;
  const execution = newExecution(input, code.stableMemory);
  const live = instanceFor(pool, request);
  if ('trap' in live)
    return { instructions: 0n, hostCalls: 0, prints: [], result: { kind: 'trapped', trap: live.trap } };
  live.slot.execution = execution;
  live.slot.limit = input.instructionLimit;
  live.gas.value = input.instructionLimit;
  live.stack.value = MAX_CALL_STACK_BYTES;
  let trap: Trap | null = null;
  try {
    enter(live, request.entry);
  } catch (error) {
    trap = trapOf(error, live);
  } finally {
    live.slot.execution = null;
  }
  const left = gasLeft(live);
  const instructions = left < 0n ? input.instructionLimit : input.instructionLimit - left;
  const common = { instructions, hostCalls: execution.hostCalls, prints: execution.prints };
  if (trap !== null) {
    live.image = null;
    if (prepared.info.reusable) release(pool, input.canisterId, live);
    return { ...common, result: { kind: 'trapped', trap } };
  }
  const memory = collect(live, code.memory ?? undefined);
  const stable = collectStable(execution.stable);
  const globals = readGlobals(live);
  if (prepared.info.reusable) release(pool, input.canisterId, live);
  return {
    ...common,
    result: {
      kind: 'done',
      effects: {
        memory: memory.image,
        stableMemory: stable.image,
        globals,
        changed: { memory: memory.changed, stableMemory: stable.changed },
        certifiedData: execution.certifiedData,
        globalTimer: execution.globalTimer,
        calls: execution.calls,
        answer: execution.answer,
        balance: execution.balance + (execution.construction?.cycles ?? 0n),
        accepted: execution.accepted,
        messageAccepted: execution.messageAccepted,
      },
    },
  };
}

function instanceFor(
  pool: InstancePool,
  { input, prepared, code }: RunRequest,
): LiveInstance | { readonly trap: Trap } {
  if (!('fresh' in code)) {
    const live = acquire(pool, input.canisterId, { prepared, image: code.memory });
    writeGlobals(live, code.globals);
    return live;
  }
  pool.delete(input.canisterId);
  try {
    if (code.memory === null) return freshInstance(prepared);
    return acquire(pool, input.canisterId, { prepared, image: code.memory });
  } catch (error) {
    // A data or element segment that does not fit is a trap of the module, at instantiation.
    if (error instanceof WebAssembly.RuntimeError) return { trap: wasmTrap(error) };
    throw error;
  }
}

function enter(live: LiveInstance, entry: EntryPoint): void {
  if (entry.kind === 'none') return;
  if (entry.kind === 'export') {
    (live.exports[entry.name] as () => void)();
    return;
  }
  const name = live.prepared.info.table?.exportName;
  const table = name === undefined ? null : (live.exports[name] as WebAssembly.Table);
  const { index, env } = entry.function;
  if (table === null || index >= table.length) {
    throw new HostTrap('IC0513', `Canister requested to invoke a non-existent Wasm function ${index} from table 0`);
  }
  const call = live.prepared.info.table?.callbackExport ?? null;
  if (call === null || table.get(index) === null) {
    throw new HostTrap('IC0504', 'Canister violated contract: unexpected null function reference');
  }
  (live.exports[call] as (index: number, env: number) => void)(index | 0, env | 0);
}

function newExecution(input: ExecutionInput, stableMemory: PagedMemory): Execution {
  return {
    input,
    stable: stableOverlay(stableMemory),
    hostCalls: 0,
    balance: input.balance,
    accepted: 0n,
    answered: false,
    answer: null,
    replyChunks: [],
    replyBytes: 0,
    construction: null,
    calls: [],
    certifiedData: null,
    globalTimer: null,
    messageAccepted: false,
    prints: [],
  };
}
