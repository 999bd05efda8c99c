import { type Reject, reject } from '../errors.ts';
import { MANAGEMENT_CANISTER, type PrincipalText } from '../principal.ts';
import { subnetIdOf } from '../state/subnet-keys.ts';
import type { CanisterState, IcState, InputMessage, Request, Response, StreamMessage } from '../state/types.ts';
import { bounced } from './answers.ts';
import type { World } from './world.ts';

/**
 * Hands a message between canisters to its receiver, past the interceptor. Requests to aaaaa-aa join their sender's
 * queue there; requests that nobody can take come back as rejects; answers always arrive.
 */
export function deliver(world: World, message: StreamMessage, rounds = 0): void {
  const change = world.machine.interceptor.deliver?.({
    round: world.state.round,
    kind: message.kind,
    caller: message.kind === 'request' ? message.sender : message.originator,
    callee: message.kind === 'request' ? message.receiver : message.respondent,
    method: methodOf(world, message),
    delayed: rounds,
  });
  if (change !== undefined && 'delay' in change) {
    world.state.held.push({ message, rounds: rounds + 1 });
    return;
  }
  if (message.kind === 'response') {
    deliverResponse(world, change === undefined ? message : rejected(message, change.reject));
    return;
  }
  if (change !== undefined) deliverResponse(world, bounced(message, change.reject));
  else deliverRequest(world, message);
}

function rejected(response: Response, { rejectCode, message }: Reject): Response {
  return { ...response, payload: { kind: 'reject', code: rejectCode, message } };
}

function methodOf({ state }: World, message: StreamMessage): string {
  if (message.kind === 'request') return message.method;
  return state.canisters.get(message.originator)?.callbacks.get(message.callbackId)?.method ?? '';
}

function deliverRequest(world: World, request: Request): void {
  const { state } = world;
  if (isManagement(state, request.receiver)) {
    queueManagement(world, request);
    return;
  }
  const receiver = state.canisters.get(request.receiver);
  const problem =
    receiver === undefined ? reject('IC0301', `Canister ${request.receiver} not found`) : notTaking(receiver);
  if (receiver === undefined || problem !== null) deliverResponse(world, bounced(request, problem as Reject));
  else enqueue(receiver, request.sender, request);
}

/** Whether this is aaaaa-aa, which also answers to the subnet's id. */
export function isManagement(state: IcState, receiver: PrincipalText): boolean {
  if (receiver === MANAGEMENT_CANISTER) return true;
  return !state.canisters.has(receiver) && receiver === subnetIdOf(state.config);
}

/** Why a canister takes no new calls, in the words of the door and of delivery; null if it does. */
export function notTaking(canister: CanisterState): Reject | null {
  if (canister.status.kind === 'stopping') return reject('IC0509', `Canister ${canister.id} is stopping`);
  if (canister.status.kind === 'stopped') return reject('IC0508', `Canister ${canister.id} is stopped`);
  return null;
}

function queueManagement({ state }: World, request: Request): void {
  const queue = state.management.queues.get(request.sender) ?? [];
  if (queue.length === 0) {
    state.management.queues.set(request.sender, queue);
    state.management.order.push(request.sender);
  }
  queue.push({
    origin: { kind: 'canister', callbackId: request.callbackId },
    sender: request.sender,
    method: request.method,
    payload: request.payload,
    cycles: request.cycles,
    receivedRound: state.round,
  });
}

function deliverResponse({ state }: World, response: Response): void {
  const originator = state.canisters.get(response.originator);
  if (originator === undefined) return;
  enqueue(originator, response.respondent, response);
}

/** Puts a message into its sender's input queue. */
export function enqueue(canister: CanisterState, from: PrincipalText, message: InputMessage): void {
  const { fromCanisters, senderOrder } = canister.queues;
  const queue = fromCanisters.get(from) ?? [];
  if (queue.length === 0) {
    fromCanisters.set(from, queue);
    senderOrder.push(from);
  }
  queue.push(message);
}

/** Next input in turn: canisters, ingress, canisters …; canisters take turns among themselves. */
export function nextInput(canister: CanisterState): InputMessage | CanisterState['queues']['ingress'][number] | null {
  const { queues } = canister;
  const fromCanisters = queues.senderOrder.length > 0;
  if (queues.ingress.length === 0 && !fromCanisters) return null;
  const takeIngress = queues.ingress.length > 0 && (queues.nextSource === 'ingress' || !fromCanisters);
  queues.nextSource = takeIngress ? 'canisters' : 'ingress';
  if (takeIngress) return queues.ingress.shift() ?? null;
  const sender = queues.senderOrder.shift() as PrincipalText;
  const queue = queues.fromCanisters.get(sender) as InputMessage[];
  const message = queue.shift() as InputMessage;
  if (queue.length > 0) queues.senderOrder.push(sender);
  else queues.fromCanisters.delete(sender);
  return message;
}

export function hasInput({ queues }: CanisterState): boolean {
  return queues.ingress.length > 0 || queues.senderOrder.length > 0;
}
