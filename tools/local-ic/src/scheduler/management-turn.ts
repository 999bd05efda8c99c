import { MAX_MANAGEMENT_INSTRUCTIONS_PER_ROUND } from '../limits.ts';
import { MANAGEMENT_METHODS, type ManagementContext, runManagementCall } from '../management/index.ts';
import type { PrincipalText } from '../principal.ts';
import { randomBytes } from '../random.ts';
import type { CanisterState, IngressMessage, ManagementRequest } from '../state/types.ts';
import { type Answer, answerCallContext, answerManagement } from './answers.ts';
import type { World } from './world.ts';

/**
 * Runs the management calls that may run now: each sender's oldest first, senders in turn, ingress among them. A sender
 * whose oldest call must wait waits with all its calls.
 */
export function drainManagement(world: World): void {
  const { management } = world.state;
  while (management.ingress.length > 0) {
    const message = management.ingress[0] as IngressMessage;
    if (!mayRun(world, message.method)) break;
    management.ingress.shift();
    runOne(world, ingressRequest(world, message));
  }
  let blocked = 0;
  while (management.order.length > blocked) {
    const sender = management.order.shift() as PrincipalText;
    const queue = management.queues.get(sender) as ManagementRequest[];
    if (!mayRun(world, (queue[0] as ManagementRequest).method)) {
      management.order.push(sender);
      blocked += 1;
      continue;
    }
    blocked = 0;
    const request = queue.shift() as ManagementRequest;
    if (queue.length > 0) management.order.push(sender);
    else management.queues.delete(sender);
    runOne(world, request);
  }
}

function mayRun(world: World, method: string): boolean {
  const budgeted = MANAGEMENT_METHODS.get(method)?.budgeted ?? false;
  return !budgeted || world.counts.managementInstructions < MAX_MANAGEMENT_INSTRUCTIONS_PER_ROUND;
}

function ingressRequest(world: World, message: IngressMessage): ManagementRequest {
  return {
    origin: { kind: 'ingress', messageId: message.messageId },
    sender: message.sender,
    method: message.method,
    payload: message.payload,
    cycles: 0n,
    receivedRound: world.state.round,
  };
}

function runOne(world: World, request: ManagementRequest): void {
  const change = world.machine.interceptor.management?.({
    round: world.state.round,
    sender: request.sender,
    method: request.method,
    payload: request.payload,
  });
  if (change !== undefined) {
    const answer: Answer = { kind: 'reject', reject: change.reject };
    answerManagement(world.state, request, { answer, refund: request.cycles, prefixed: true });
    return;
  }
  const outcome = runManagementCall(managementContext(world, request));
  if (outcome.kind === 'waits') return;
  world.counts.managementInstructions += outcome.instructions;
  const answer: Answer = outcome.kind === 'reply' ? outcome : { kind: 'reject', reject: outcome.reject };
  const accepted = outcome.kind === 'reply' ? outcome.acceptedCycles : 0n;
  answerManagement(world.state, request, { answer, refund: request.cycles - accepted, prefixed: true });
}

/** What management methods see of the scheduler. */
export function managementContext(world: World, request: ManagementRequest): ManagementContext {
  const { state, machine } = world;
  return {
    state,
    machine,
    request,
    sender: request.sender,
    senderIsCanister: request.origin.kind === 'canister',
    time: state.blockTime,
    ...answering(world),
  };
}

export function answering(world: World): Pick<ManagementContext, 'answer' | 'respondToCall'> {
  const { state } = world;
  return {
    answer: (request, result) => {
      const answer: Answer =
        'reply' in result ? { kind: 'reply', data: result.reply } : { kind: 'reject', reject: result.reject };
      answerManagement(state, request, {
        answer,
        refund: request.cycles,
        prefixed: 'reject' in result && result.prefixed,
      });
    },
    respondToCall: (canisterId, callContext, reject) => {
      const canister = state.canisters.get(canisterId) as CanisterState;
      answerCallContext(state, canister, callContext, { kind: 'reject', reject });
    },
  };
}

/** `raw_rand` is answered one round after it was asked, with randomness of that round. */
export function answerRandomness(world: World): void {
  const { state } = world;
  const due = state.management.rawRand.filter(({ round }) => round < state.round);
  state.management.rawRand = state.management.rawRand.filter(({ round }) => round >= state.round);
  due.forEach(({ request }, index) => {
    const bytes = randomBytes(state.config.seed, 'raw_rand', `${state.round}/${index}`);
    answerManagement(state, request, {
      answer: { kind: 'reply', data: encodeBlob(bytes) },
      refund: request.cycles,
      prefixed: false,
    });
  });
}

/** Candid `(blob)` of 32 bytes. */
function encodeBlob(bytes: Uint8Array): Uint8Array {
  // "DIDL", one type (vec nat8), one value of type 0, its length
  return new Uint8Array([0x44, 0x49, 0x44, 0x4c, 1, 0x6d, 0x7b, 1, 0, bytes.length, ...bytes]);
}
