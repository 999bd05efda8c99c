import { freezingLimit } from '../cycles.ts';
import { assert } from '../errors.ts';
import { PAGE_BYTES } from '../limits.ts';
import type { CanisterState, IcState, Request, Trap } from '../state/types.ts';
import type { Effects } from './run.ts';

/** What this commit changed, in 4 KiB pages of Wasm and stable memory together. */
export interface CommitReport {
  readonly changedPages: number;
}

/**
 * Memories, globals, certified data, timer and balance of an execution become the canister's. Calls and answers are the
 * caller's to send: they need a call context.
 */
export function commitState(canister: CanisterState, effects: Effects): CommitReport {
  const { code } = canister;
  assert(code !== null, 'only canisters with code commit');
  code.memory = effects.memory;
  code.stableMemory = effects.stableMemory;
  code.globals = effects.globals;
  if (effects.certifiedData !== null) code.certifiedData = effects.certifiedData;
  if (effects.globalTimer !== null) canister.globalTimer = effects.globalTimer;
  canister.cycles = effects.balance;
  const changedPages = effects.changed.memory.length + effects.changed.stableMemory.length;
  canister.heapDeltaDebit += BigInt(changedPages * PAGE_BYTES);
  return { changedPages };
}

/** Why these effects must not be committed although the code ended well, or null (system-api reference, section 3). */
export function commitProblem(state: IcState, canister: CanisterState, effects: Effects): Trap | null {
  const before = canister.code;
  assert(before !== null, 'only canisters with code commit');
  const grown = effects.memory.size + effects.stableMemory.size - before.memory.size - before.stableMemory.size;
  if (grown <= 0 || state.config.costSchedule === 'free') return null;
  const after: CanisterState = {
    ...canister,
    code: { ...before, memory: effects.memory, stableMemory: effects.stableMemory },
  };
  const needed = freezingLimit(state, after);
  if (effects.balance >= needed) return null;
  return {
    errorCode: 'IC0532',
    message: `Canister cannot grow memory by ${grown} bytes due to insufficient cycles. At least ${needed - effects.balance} additional cycles are required.`,
  };
}

/** Update methods, and install, may not end above `wasm_memory_limit`. */
export function memoryLimitProblem(canister: CanisterState, wasmMemoryBytes: number): Trap | null {
  const limit = canister.settings.wasmMemoryLimit;
  if (limit === 0n || BigInt(wasmMemoryBytes) <= limit) return null;
  return {
    errorCode: 'IC0539',
    message: `Canister exceeded its current Wasm memory limit of ${limit} bytes. The peak Wasm memory usage was ${wasmMemoryBytes} bytes.`,
  };
}

/** Registers a callback for each call and queues its request. */
export function sendCalls(canister: CanisterState, callContextId: number, effects: Effects): void {
  const context = canister.callContexts.get(callContextId);
  assert(context !== undefined || effects.calls.length === 0, 'calls belong to an open call context');
  for (const call of effects.calls) {
    const callbackId = canister.nextCallbackId;
    canister.nextCallbackId += 1;
    canister.callbacks.set(callbackId, {
      id: callbackId,
      callContextId,
      receiver: call.receiver,
      method: call.method,
      reply: call.reply,
      reject: call.reject,
      cleanup: call.cleanup,
      cyclesSent: call.cycles,
      prepaid: call.prepaid,
      deadline: call.deadline,
      deleted: false,
    });
    if (context !== undefined) context.outstanding += 1;
    const request: Request = {
      kind: 'request',
      sender: canister.id,
      receiver: call.receiver,
      callbackId,
      method: call.method,
      payload: call.payload,
      cycles: call.cycles,
      deadline: call.deadline,
    };
    canister.queues.output.push(request);
  }
}
