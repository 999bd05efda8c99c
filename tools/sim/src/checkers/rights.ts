/** Invariant 6: nobody without the right does anything, and a refused call changes nothing. */
import { type Answered, type History, type ManagerCall, targetsOf, type Violation } from '../history.ts';

const INVARIANT = '6 rights';
const violation = (message: string): Violation[] => [{ invariant: INVARIANT, message }];

/** All that the manager may call on the management canister. */
const CLOSED_LIST = [
  'canister_status',
  'canister_info',
  'stop_canister',
  'start_canister',
  'take_canister_snapshot',
  'load_canister_snapshot',
  'list_canister_snapshots',
  'delete_canister_snapshot',
];

export function rights(history: History): Violation[] {
  return [...checkStrangers(history), ...checkFriend(history), ...checkRefusals(history), ...checkEffects(history)];
}

function isRefusal(answer: Answered): boolean {
  return answer.kind === 'reject' || (answer.kind === 'err' && answer.code === 'caller_not_allowed');
}

function checkStrangers({ calls, names }: History): Violation[] {
  return calls
    .filter(({ sender, answer }) => sender === names.stranger && answer !== undefined && !isRefusal(answer))
    .flatMap(({ method, answer }) => violation(`a stranger called ${method} and got ${answer?.kind}`));
}

/** A friend backs up what he was granted, until that is taken back. */
function checkFriend({ calls, names }: History): Violation[] {
  return calls
    .filter(({ sender, answer }) => sender === names.friend && answer?.kind === 'ok')
    .filter(({ canister }) => canister !== names.worker)
    .filter((call) => !mayHaveRole(call, calls))
    .flatMap(({ method, canister }) => violation(`a friend without a role called ${method} of ${canister}`));
}

/** Whether a grant was sent before the answer that no revocation took back before the call was sent. */
function mayHaveRole(call: ManagerCall, calls: readonly ManagerCall[]): boolean {
  const { canister, sentAt, answeredAt = Number.POSITIVE_INFINITY } = call;
  const about = calls.filter((other) => other.canister === canister);
  const revoked = about.filter(
    ({ method, answer, answeredAt: at = 0 }) => method === 'revoke' && answer?.kind === 'ok' && at < sentAt,
  );
  const since = Math.max(0, ...revoked.map((revocation) => revocation.sentAt));
  return about.some(
    (other) =>
      other.method === 'grant' &&
      other.answer?.kind !== 'err' &&
      other.sentAt < answeredAt &&
      (other.answeredAt ?? answeredAt) > since,
  );
}

function checkRefusals({ refusals }: History): Violation[] {
  return refusals.flatMap(({ method, answer, changed }) => [
    ...(isRefusal(answer) ? [] : violation(`a stranger called ${method} and got ${answer.kind}`)),
    ...(changed ? violation(`a refused ${method} changed the state of the manager`) : []),
  ]);
}

function checkEffects(history: History): Violation[] {
  const targets = [...targetsOf(history), history.names.manager as string];
  return history.effects
    .filter(({ sender }) => sender === history.names.manager)
    .filter(({ method, canister }) => !CLOSED_LIST.includes(method) || !targets.includes(canister))
    .flatMap(({ method, canister }) => violation(`the manager called ${method} of ${canister}`));
}
