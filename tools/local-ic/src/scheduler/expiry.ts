import { bytesToHex } from '../bytes.ts';
import { REJECT, reject } from '../errors.ts';
import { INGRESS_DRIFT_NANOS } from '../limits.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterState, IcState, IngressMessage, Response } from '../state/types.ts';
import { setIngressStatus } from './answers.ts';
import { enqueue } from './deliver.ts';

/** The first step of a round: ingress that was not started in time, and best-effort calls past their deadline. */
export function dropExpired(state: IcState): void {
  expireIngress(state);
  forgetOldAnswers(state);
  for (const canister of state.canisters.values()) {
    dropLateRequests(state, canister);
    timeOutCalls(state, canister);
  }
}

function expireIngress(state: IcState): void {
  const live = (message: IngressMessage): boolean => {
    if (message.expiry >= state.blockTime) return true;
    const text = `Ingress message ${bytesToHex(message.messageId)} timed out waiting to start executing.`;
    setIngressStatus(state, message.messageId, { kind: 'rejected', reject: reject('IC0202', text) });
    return false;
  };
  state.ingressPool = state.ingressPool.filter(live);
  state.management.ingress = state.management.ingress.filter(live);
  for (const { queues } of state.canisters.values()) queues.ingress = queues.ingress.filter(live);
}

/**
 * Looks from the oldest answer on and stops at the first that is as young as an answer can be forgotten, so that a round's cost
 * grows with those that wait for one alone.
 */
function forgetOldAnswers(state: IcState): void {
  for (const [id, { status, expiry, keptUntil = expiry }] of state.ingressHistory) {
    if (status.kind !== 'replied' && status.kind !== 'rejected') continue;
    if (keptUntil >= state.blockTime + INGRESS_DRIFT_NANOS) return;
    if (keptUntil < state.blockTime) state.ingressHistory.delete(id);
  }
}

/** A best-effort request whose caller has given up is not started any more. */
function dropLateRequests(state: IcState, canister: CanisterState): void {
  const { queues } = canister;
  for (const [sender, messages] of queues.fromCanisters) {
    const kept = messages.filter((message) => message.kind === 'response' || !isLate(state, message.deadline));
    if (kept.length === messages.length) continue;
    if (kept.length > 0) queues.fromCanisters.set(sender, kept);
    else dropSender(canister, sender);
  }
}

function dropSender({ queues }: CanisterState, sender: PrincipalText): void {
  queues.fromCanisters.delete(sender);
  queues.senderOrder = queues.senderOrder.filter((other) => other !== sender);
}

/** The caller learns at its deadline that it will not know what happened (SYS_UNKNOWN); a later answer finds nobody. */
function timeOutCalls(state: IcState, canister: CanisterState): void {
  for (const callback of canister.callbacks.values()) {
    if (!isLate(state, callback.deadline) || isAnswered(canister, callback.id)) continue;
    const answer: Response = {
      kind: 'response',
      originator: canister.id,
      respondent: callback.receiver,
      callbackId: callback.id,
      payload: { kind: 'reject', code: REJECT.SysUnknown, message: 'Call deadline has expired.' },
      refund: 0n,
    };
    enqueue(canister, callback.receiver, answer);
  }
}

function isAnswered({ queues }: CanisterState, callbackId: number): boolean {
  for (const messages of queues.fromCanisters.values()) {
    if (messages.some((message) => message.kind === 'response' && message.callbackId === callbackId)) return true;
  }
  return false;
}

function isLate(state: IcState, deadline: bigint): boolean {
  return deadline !== 0n && deadline < state.blockTime;
}
