/**
 * Invariant 8: a new policy does not empty a history. What was taken under an older policy goes no faster than that policy
 * let it go, and never faster than one in 50 minutes, unless somebody named it to be deleted.
 */
import { type Effect, type History, type ManagerCall, targetsOf, type Violation } from '../history.ts';

const INVARIANT = '8 promised history';
const MINUTE = 60_000_000_000n;

/** Least pace of an older history, and how early a deletion may be, in nanoseconds. */
const LEAST_PACE = 60n * MINUTE;
const EARLY = 10n * MINUTE;

export function promised(history: History): Violation[] {
  return targetsOf(history).flatMap((target) => checkTarget(history, target));
}

/** Nanoseconds between backups, and from which position on. */
interface InForce {
  readonly at: number;
  readonly interval: bigint;
}

function checkTarget(history: History, target: string): Violation[] {
  const calls = history.calls.filter(({ canister }) => canister === target);
  const policies = policiesOf(calls);
  if (policies === undefined || policies.length < 2) return [];
  const named = new Set(calls.flatMap(({ method, snapshots = [] }) => (method === 'delete_snapshot' ? snapshots : [])));
  const taken = takenByTimer(history, target);
  const old = history.effects.filter(isDeletion(history, target)).flatMap(({ snapshot = '', at, time }) => {
    const takenAt = taken.get(snapshot);
    if (takenAt === undefined || named.has(snapshot)) return [];
    const [then, now] = [takenAt, at].map((position) => policies.findLast((policy) => policy.at <= position));
    return then === undefined || then === now ? [] : [{ snapshot, time, interval: then.interval }];
  });
  return old.flatMap(({ snapshot, time, interval }, index) => {
    const before = old[index - 1];
    const pace = (interval > LEAST_PACE ? interval : LEAST_PACE) - EARLY;
    if (before === undefined || time - before.time >= pace) return [];
    const [minutes, promise] = [(time - before.time) / MINUTE, pace / MINUTE];
    const message = `${snapshot} of ${target} was deleted ${minutes} minutes after the one before, and its policy lets one go in ${promise}`;
    return [{ invariant: INVARIANT, message }];
  });
}

/** Undefined where it cannot be known which policy was in force. */
function policiesOf(calls: readonly ManagerCall[]): InForce[] | undefined {
  if (calls.some(({ method }) => method === 'unregister')) return undefined;
  const changes = calls.filter(({ interval }) => interval !== undefined);
  if (changes.some(({ answer }) => answer === undefined || answer.kind === 'reject')) return undefined;
  return changes
    .filter(({ answer }) => answer?.kind === 'ok')
    .map(({ answeredAt = 0, interval = 0n }) => ({ at: answeredAt, interval }));
}

/** Complete ones, with the position of their take. */
function takenByTimer({ claims, effects, names }: History, target: string): Map<string, number> {
  const complete = new Set(
    claims.runs
      .filter((run) => run.canister === target && run.kind === 'backup' && run.askedBy === 'timer')
      .filter(({ outcome, warnings }) => outcome === 'succeeded' && !warnings.some(isDoubt))
      .map(({ snapshot }) => snapshot),
  );
  return new Map(
    effects
      .filter(
        ({ canister, sender, method }) =>
          canister === target && sender === names.manager && method === 'take_canister_snapshot',
      )
      .flatMap(({ at, before, after }): [string, number][] =>
        (after?.snapshots ?? [])
          .filter((id) => !before?.snapshots.includes(id) && complete.has(id))
          .map((id) => [id, at]),
      ),
  );
}

function isDoubt(code: string): boolean {
  return code.startsWith('probe_') || code.startsWith('tripwire_');
}

const isDeletion =
  ({ names }: History, target: string) =>
  ({ canister, sender, method, snapshot = '', before, after }: Effect): boolean =>
    canister === target &&
    sender === names.manager &&
    method === 'delete_canister_snapshot' &&
    before?.snapshots.includes(snapshot) === true &&
    after?.snapshots.includes(snapshot) === false;
