import { bytesToHex } from '../bytes.ts';
import { REJECT, type Reject } from '../errors.ts';
import { MAX_INGRESS_TTL_NANOS, MAX_REJECT_MESSAGE_BYTES } from '../limits.ts';
import { MANAGEMENT_CANISTER, type PrincipalText, principalToBytes } from '../principal.ts';
import type {
  CallContext,
  CallOrigin,
  CanisterState,
  IcState,
  IngressMessage,
  IngressStatus,
  ManagementRequest,
  Request,
  Response,
  ResponsePayload,
} from '../state/types.ts';

/** An answer before it is put into the form its receiver gets. */
export type Answer =
  | { readonly kind: 'reply'; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly reject: Reject };

/** The reject as another canister sees it: errors of execution and of aaaaa-aa carry their code as a prefix. */
export function rejectPayload(reject: Reject, prefixed: boolean): ResponsePayload {
  const text = prefixed && reject.errorCode !== null ? `${reject.errorCode}: ${reject.message}` : reject.message;
  return { kind: 'reject', code: reject.rejectCode, message: cut(text) };
}

function cut(text: string): string {
  return text.length <= MAX_REJECT_MESSAGE_BYTES ? text : text.slice(0, MAX_REJECT_MESSAGE_BYTES);
}

/**
 * An answer stays for as long as a message may live, counted from the answer, and not shorter than its message does: then
 * nobody can send that again. Those with an answer are in the order of their answers.
 */
export function setIngressStatus(state: IcState, messageId: Uint8Array, status: IngressStatus): void {
  const key = bytesToHex(messageId);
  const record = state.ingressHistory.get(key);
  if (record === undefined) return;
  record.status = status;
  if (status.kind !== 'replied' && status.kind !== 'rejected') return;
  const until = state.blockTime + MAX_INGRESS_TTL_NANOS;
  record.keptUntil = until > record.expiry ? until : record.expiry;
  state.ingressHistory.delete(key);
  state.ingressHistory.set(key, record);
}

/** Answers a call context's origin: a user's status, or a response in the canister's output. */
export function answerCallContext(state: IcState, canister: CanisterState, context: CallContext, answer: Answer): void {
  context.responded = true;
  const refund = context.availableCycles;
  context.availableCycles = 0n;
  answerOrigin(state, canister, { origin: context.origin, refund, answer });
}

interface OriginAnswer {
  readonly origin: CallOrigin;
  readonly refund: bigint;
  readonly answer: Answer;
}

export function answerOrigin(state: IcState, canister: CanisterState, { origin, refund, answer }: OriginAnswer): void {
  if (origin.kind === 'task') return;
  if (origin.kind === 'ingress') {
    setIngressStatus(state, origin.messageId, ingressStatusOf(answer));
    return;
  }
  canister.queues.output.push({
    kind: 'response',
    originator: origin.sender,
    respondent: canister.id,
    callbackId: origin.callbackId,
    payload: answer.kind === 'reply' ? answer : rejectPayload(answer.reject, true),
    refund,
  });
}

export function ingressStatusOf(answer: Answer): IngressStatus {
  if (answer.kind === 'reply') return { kind: 'replied', data: answer.data };
  // Users get a code also for the canister's own rejects; callers get the bare message.
  return { kind: 'rejected', reject: { ...answer.reject, errorCode: answer.reject.errorCode ?? 'IC0406' } };
}

/** The answer of aaaaa-aa; towards a canister it takes a round through the loopback stream. */
export function answerManagement(
  state: IcState,
  request: ManagementRequest,
  { answer, refund, prefixed }: { readonly answer: Answer; readonly refund: bigint; readonly prefixed: boolean },
): void {
  if (request.origin.kind === 'ingress') {
    setIngressStatus(state, request.origin.messageId, ingressStatusOf(answer));
    return;
  }
  state.loopback.push({
    kind: 'response',
    originator: request.sender,
    respondent: MANAGEMENT_CANISTER,
    callbackId: request.origin.callbackId,
    payload: answer.kind === 'reply' ? answer : rejectPayload(answer.reject, prefixed),
    refund,
  });
}

/** The reject that comes back at once for a request that cannot be delivered; its cycles go back with it. */
export function bounced(request: Request, reject: Reject, prefixed = false): Response {
  return {
    kind: 'response',
    originator: request.sender,
    respondent: request.receiver,
    callbackId: request.callbackId,
    payload: rejectPayload(reject, prefixed),
    refund: request.cycles,
  };
}

/** A call that ended without an answer (system-api reference, section 3). */
export function noAnswer(canisterId: PrincipalText, origin: CallOrigin): Reject {
  return {
    rejectCode: REJECT.CanisterError,
    errorCode: origin.kind === 'ingress' ? 'IC0506' : null,
    message: origin.kind === 'ingress' ? `Canister ${canisterId} did not reply to the call` : 'No response',
  };
}

/** Bytes by which the receiver of an ingress message is charged: what of it this engine keeps. */
export function ingressBytes(message: IngressMessage): number {
  return (
    message.payload.length + message.method.length + principalToBytes(message.sender).length + message.messageId.length
  );
}
