import type { CanisterView, PrincipalText } from 'local-ic';
import { type Answer, answer, type Call, request } from './call.ts';
import type { Network } from './network.ts';

/** What one round looked like from outside. */
export interface RoundSeen {
  readonly round: number;
  readonly status: CanisterView['status'];
  /** Management calls that ran in this round, oldest first. */
  readonly calls: readonly { readonly sender: PrincipalText; readonly method: string }[];
}

/** More rounds than any single step of the story takes. */
const MOST_ROUNDS = 60;

/** Runs rounds, watching one canister, until `done` or until there is nothing left to do. */
export function watchRounds(network: Network, canisterId: PrincipalText, done?: () => boolean): RoundSeen[] {
  const seen: RoundSeen[] = [];
  network.managementCalls.length = 0;
  for (let count = 0; count < MOST_ROUNDS; count += 1) {
    const { round, executions } = network.ic.tick();
    const calls = network.managementCalls.splice(0).map(({ sender, method }) => ({ sender, method }));
    seen.push({ round, status: statusOf(network, canisterId), calls });
    if (done ? done() : executions === 0 && isIdle(network)) break;
  }
  return seen;
}

/** Makes an update call and watches a canister in each round until the call is answered. */
export function watchCall(network: Network, call: Call, watched: PrincipalText): { answer: Answer; seen: RoundSeen[] } {
  const submitted = network.ic.submit(request(call));
  if (submitted.kind === 'refused') {
    return { answer: answer(call.method, { kind: 'reject', reject: submitted.reject, certified: false }), seen: [] };
  }
  const { messageId } = submitted;
  const answered = () => ['replied', 'rejected'].includes(network.ic.ingressStatus(messageId)?.kind ?? '');
  const seen = watchRounds(network, watched, answered);
  return { answer: answer(call.method, network.ic.awaitIngress(messageId)), seen };
}

/** Rounds at whose end the canister did not run: in these it answers nobody. */
export function roundsDown(seen: readonly RoundSeen[]): number {
  return seen.filter(({ status }) => status !== 'running').length;
}

/**
 * Lets time pass as on a network that runs all the while: stops at each timer on the way, so that nothing due is skipped.
 * @returns every round that ran
 */
export function passTime(network: Network, watched: PrincipalText, nanos: bigint): RoundSeen[] {
  const { ic } = network;
  const end = ic.time() + nanos;
  const seen: RoundSeen[] = [];
  for (let next = nextTimer(network, end); next !== undefined; next = nextTimer(network, end)) {
    if (next > ic.time()) ic.setTime(next);
    seen.push(...watchRounds(network, watched));
  }
  if (end > ic.time()) ic.setTime(end);
  seen.push(...watchRounds(network, watched));
  return seen;
}

function nextTimer(network: Network, end: bigint): bigint | undefined {
  const due = views(network).flatMap(({ globalTimer, status }) =>
    status === 'running' && globalTimer > 0n && globalTimer <= end ? [globalTimer] : [],
  );
  return due.sort((one, other) => Number(one - other))[0];
}

function isIdle(network: Network): boolean {
  const now = network.ic.time();
  return views(network).every(
    ({ openCallContexts, outstandingCallbacks, globalTimer, status }) =>
      openCallContexts === 0 &&
      outstandingCallbacks === 0 &&
      status !== 'stopping' &&
      !(status === 'running' && globalTimer > 0n && globalTimer <= now),
  );
}

function views(network: Network): CanisterView[] {
  return network.ic.canisterIds().flatMap((id) => network.ic.canister(id) ?? []);
}

function statusOf(network: Network, canisterId: PrincipalText): CanisterView['status'] {
  const view = network.ic.canister(canisterId);
  if (view === undefined) throw new Error(`${canisterId} does not exist`);
  return view.status;
}
