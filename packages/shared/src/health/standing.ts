/** Reasons about the target itself: is it there, is it ours, does it answer, and was it looked at. */
import { commandPair, snapshotArgument } from '../errors/commands.ts';
import { DEFAULT_DOWNTIME_SECONDS, LOOK_GRACE_NANOS, NANOS_PER_SECOND } from '../limits.ts';
import { when } from '../text/format.ts';
import { called, critical, graceOf, warn } from './reasons.ts';
import { lookBy } from './sighting.ts';
import type { HealthReason, Standing, TargetFacts } from './types.ts';

/** What keeps the manager from doing anything with a target; undefined if nothing does. */
export function standing(facts: TargetFacts): HealthReason | undefined {
  const { canister, manager, record } = facts;
  const name = called(facts);
  const seen = record.seenAt === undefined ? '' : ` when last seen, ${when(record.seenAt)}`;
  switch (record.standing) {
    case 'deleted':
      return critical(
        'target_deleted',
        `${name} did not exist${seen}: it was deleted, and its snapshots with it. If that was meant, unregister it: ` +
          `${commandPair(`canister call ${manager} unregister '(principal "${canister}")'`)}.`,
      );
    case 'not_ours':
      return critical(
        'control_lost',
        `The manager is not a controller of ${name} any more${seen.replace('when last seen, ', 'as of ')}, so it can neither ` +
          `back it up nor restore it. Make it one again: ${commandPair(
            `canister update-settings ${canister} --add-controller ${manager}`,
            `canister settings update ${canister} --add-controller ${manager}`,
          )}. Health sees it within 5 minutes.`,
      );
    case 'starved':
      return critical(
        'target_empty',
        `${name} had no code and no snapshots${seen}: it ran out of cycles, or both were removed. Nothing on the IC can ` +
          'bring its state back. Install its code again and load a copy that was made off the IC, if there is one. If the ' +
          `canister is not needed any more: ${commandPair(
            `canister call ${manager} unregister '(principal "${canister}")'`,
          )}.`,
      );
    case 'empty':
      return critical('target_empty', `${name} had no code${seen}. ${bringBack(facts)}`);
    default:
      return undefined;
  }
}

function bringBack({ canister, manager, goodSnapshot }: TargetFacts): string {
  if (goodSnapshot === undefined) return 'No good snapshot of it is there: install its code again.';
  return `Load the newest good snapshot: ${commandPair(
    `canister call ${manager} restore_snapshot '${snapshotArgument({ canister, snapshot: goodSnapshot })}'`,
  )}.`;
}

/** Whether a backup can succeed at all before something else is repaired. */
export function blocked({ record }: TargetFacts): Standing | undefined {
  return record.standing === 'well' ? undefined : record.standing;
}

/** How long a backup may keep a target from answering, in nanoseconds. */
export function downtimeBudget({ policy: { maxDowntime } }: TargetFacts): bigint {
  return (maxDowntime ?? DEFAULT_DOWNTIME_SECONDS) * NANOS_PER_SECOND;
}

export function notRunning(facts: TargetFacts, now: bigint): HealthReason | undefined {
  const { canister, record, open } = facts;
  const name = called(facts);
  const since = open === undefined ? record.downSince : open.downSince;
  const start = `Start it: ${commandPair(`canister start ${canister}`)}. Health sees it within 5 minutes.`;
  if (since !== undefined && (open === undefined || now > since + downtimeBudget(facts))) {
    const cause = open !== undefined || record.lastError === undefined ? '' : ` ${record.lastError}`;
    const what =
      open === undefined
        ? 'we stopped it, and it was not started again.'
        : `run ${open.run} stopped it and is not over.`;
    return critical('target_not_running', `${name} is down since ${when(since)}: ${what}${cause} ${start}`);
  }
  if (open !== undefined || record.status === undefined || record.status === 'running') return undefined;
  return critical(
    'target_not_running',
    `${name} was ${record.status} when last seen, ${when(record.seenAt ?? 0n)}, and not by us. ` +
      `If that is not meant: ${start}`,
  );
}

/** Nothing is known of the target that is as young as looks are far apart. */
export function notSeen(facts: TargetFacts, now: bigint): HealthReason | undefined {
  const { record, policy, registeredAt, manager, open } = facts;
  const due = lookBy(record, policy, registeredAt);
  if (open !== undefined || now <= due + LOOK_GRACE_NANOS + graceOf(facts)) return undefined;
  const last = record.seenAt === undefined ? 'never' : `last at ${when(record.seenAt)}`;
  return warn(
    'not_seen',
    `${called(facts)} could not be looked at (${last}), so what is shown of it may be out of date. If the manager has ` +
      `cycles and runs, look at its runs: ${commandPair(`canister call ${manager} runs`)}.`,
  );
}
