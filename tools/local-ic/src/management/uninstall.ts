import { REJECT, type Reject } from '../errors.ts';
import type { CallContext, CanisterState } from '../state/types.ts';
import { findControlled } from './checks.ts';
import { addHistory, changeOrigin } from './history.ts';
import { VersionedArgs } from './idl.ts';
import { nextHookStatus } from './low-memory.ts';
import { defineMethod, refuse, replyEmpty } from './method.ts';
import type { RespondToCall } from './types.ts';

export const uninstallCodeMethod = defineMethod<VersionedArgs>({
  name: 'uninstall_code',
  ingress: 'controllers',
  args: VersionedArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    uninstall(canister, context.respondToCall);
    context.machine.forget(canister.id);
    addHistory(canister, {
      time: context.time,
      origin: changeOrigin(context, args.sender_canister_version),
      details: { kind: 'code_uninstall' },
    });
    return replyEmpty();
  },
});

/**
 * Removes code, memories, certified data, chunk store, logs and timer; answers open calls with a reject. Settings,
 * cycles, status, history and snapshots stay. The caller records it and drops the instance.
 */
export function uninstall(canister: CanisterState, respondToCall: RespondToCall): void {
  canister.code = null;
  canister.logs = [];
  canister.chunkStore.clear();
  canister.globalTimer = 0n;
  canister.lastInstalledAt = null;
  canister.lowMemoryHook = nextHookStatus(canister);
  canister.version += 1n;
  rejectOpenCallContexts(canister, respondToCall);
}

/** Callbacks stay, marked, until their answers return the cycles; they still keep a stopping canister from stopping. */
export function rejectOpenCallContexts(canister: CanisterState, respondToCall: RespondToCall): void {
  for (const callContext of canister.callContexts.values()) {
    if (!callContext.responded) respondToCall(canister.id, callContext, uninstalled(callContext));
  }
  canister.callContexts.clear();
  for (const callback of canister.callbacks.values()) callback.deleted = true;
}

/** Towards a canister it counts as the callee's own reject, which has no error code. */
function uninstalled({ origin }: CallContext): Reject {
  return {
    rejectCode: REJECT.CanisterReject,
    errorCode: origin.kind === 'canister' ? null : 'IC0406',
    message: 'Canister has been uninstalled.',
  };
}
