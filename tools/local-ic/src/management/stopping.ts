import { REJECT, type Reject, reject } from '../errors.ts';
import { STOP_TIMEOUT_NANOS } from '../limits.ts';
import type { CanisterState, IcState, StopWaiter } from '../state/types.ts';
import { findControlled } from './checks.ts';
import { CanisterIdArgs } from './idl.ts';
import { defineMethod, EMPTY_REPLY, refuse, replyEmpty } from './method.ts';
import type { Answer } from './types.ts';

/**
 * The end of a round (snapshots reference, section 8): a stopping canister without open call contexts and outstanding
 * callbacks becomes Stopped, and all who wait for it are answered. Of those that stay Stopping, requests that waited
 * five minutes get a transient reject; the canister may still stop later.
 */
export function processStopping(state: IcState, time: bigint, answer: Answer): void {
  for (const canister of state.canisters.values()) {
    if (canister.status.kind !== 'stopping') continue;
    const { waiting } = canister.status;
    if (canister.callContexts.size === 0 && canister.callbacks.size === 0) {
      canister.status = { kind: 'stopped' };
      canister.version += 1n;
      for (const { request } of waiting) answer(request, { reply: EMPTY_REPLY });
    } else {
      const late = waiting.filter(({ since }) => time >= since + STOP_TIMEOUT_NANOS);
      if (late.length === 0) continue;
      canister.status = { kind: 'stopping', waiting: waiting.filter((waiter) => !late.includes(waiter)) };
      for (const { request } of late) {
        answer(request, { reject: reject('IC0206', 'Stop canister request timed out'), prefixed: false });
      }
    }
  }
}

export const stopCanister = defineMethod<CanisterIdArgs>({
  name: 'stop_canister',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    canister.version += 1n;
    if (canister.status.kind === 'stopped') return replyEmpty();
    const waiting = canister.status.kind === 'stopping' ? canister.status.waiting : [];
    const waiter: StopWaiter = { request: context.request, since: context.time };
    canister.status = { kind: 'stopping', waiting: [...waiting, waiter] };
    return { kind: 'waits' };
  },
});

export const startCanister = defineMethod<CanisterIdArgs>({
  name: 'start_canister',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const waiting = canister.status.kind === 'stopping' ? canister.status.waiting : [];
    canister.status = { kind: 'running' };
    canister.version += 1n;
    for (const waiter of waiting) cancelStop(canister, waiter, context.answer);
    return replyEmpty();
  },
});

/** Users and canisters get different words (snapshots reference, section 7). */
function cancelStop(canister: CanisterState, { request }: StopWaiter, answer: Answer): void {
  const ingress = reject('IC0511', `Canister ${canister.id}'s stop request was cancelled.`);
  const canisters: Reject = {
    rejectCode: REJECT.CanisterError,
    errorCode: 'IC0511',
    message: `Canister ${canister.id}'s stop request cancelled`,
  };
  answer(request, { reject: request.origin.kind === 'ingress' ? ingress : canisters, prefixed: false });
}
