/** Reasons about what there is to restore from. */

import { when } from '../text/format.ts';
import { backupCommand, called, critical, graceOf, promisedUntil, warn } from './reasons.ts';
import { blocked } from './standing.ts';
import type { HealthReason, TargetFacts } from './types.ts';

export function missed(facts: TargetFacts, now: bigint): HealthReason | undefined {
  const { nextRunAt, record, registeredAt } = facts;
  const late = now > nextRunAt + graceOf(facts) && facts.open === undefined;
  const covered = record.lastSuccess ?? registeredAt;
  if (!late && now <= promisedUntil(facts, covered)) return undefined;
  const name = called(facts);
  const what = late
    ? `${name} was due at ${when(nextRunAt)} and no run was begun.`
    : `${name} was not backed up since ${when(covered)}, though two runs were due.`;
  return critical('missed_run', `${what} ${backUp(facts, 'Back it up now, and read why it fails')}`);
}

/**
 * There is nothing that `restore` would load: critical if there was a backup, or if one is owed. Or there is, and it is
 * older than the policy promises. A policy in mode `running` promises none, so that is a warning.
 */
export function noGoodSnapshot(facts: TargetFacts, now: bigint): HealthReason | undefined {
  const { goodAt, goodTakenAt, policy, record, registeredAt } = facts;
  const paused = facts.paused || facts.pausedAll === true;
  const promises = policy.mode !== 'running';
  if (goodAt === undefined) {
    const owed = record.lastSuccess !== undefined || (!paused && now > promisedUntil(facts, registeredAt));
    const level = promises && owed ? critical : warn;
    return level(
      'no_good_snapshot',
      `Nothing of ${called(facts)} can be restored: it has no good snapshot. ${remedy(facts)}`,
    );
  }
  if (paused || now <= promisedUntil(facts, goodAt)) return undefined;
  const level = promises ? critical : warn;
  return level(
    'no_good_snapshot',
    `The newest good snapshot of ${called(facts)} is of ${when(goodTakenAt ?? goodAt)}, older than its policy promises. ` +
      remedy(facts),
  );
}

function remedy(facts: TargetFacts): string {
  const mode =
    facts.policy.mode === 'running'
      ? 'Snapshots in mode `running` never count as good: set the mode `stop` with set_policy, then take one. '
      : '';
  const accept =
    facts.suspects > 0
      ? `${facts.suspects} are in doubt; one that you know to be right can be taken with accept. `
      : '';
  return `${mode}${accept}${backUp(facts, 'Take one, while the canister is well')}`;
}

/** What stands in the way of a backup is repaired first. */
function backUp(facts: TargetFacts, why: string): string {
  if (blocked(facts) !== undefined) return 'No backup can succeed before the reason above is repaired.';
  return `${why}: ${backupCommand(facts)}.`;
}

export function noBackupYet(facts: TargetFacts): HealthReason | undefined {
  if (facts.record.lastSuccess !== undefined) return undefined;
  return warn(
    'no_backup_yet',
    `No backup of ${called(facts)} has succeeded yet; the next is due at ${when(facts.nextRunAt)}. ` +
      backUp(facts, 'To have one now'),
  );
}

export function failing(facts: TargetFacts): HealthReason | undefined {
  const { failures, lastError } = facts.record;
  if (failures === 0) return undefined;
  return warn(
    'failures',
    `The last ${failures} backups of ${called(facts)} did not succeed. ${lastError ?? ''}`.trimEnd(),
  );
}

/** Until a restore succeeds, or a good snapshot is taken that nobody has tried yet. */
export function restoreFailed(facts: TargetFacts): HealthReason | undefined {
  const { restoreError, restoreFailedAt } = facts.record;
  if (restoreError === undefined || restoreFailedAt === undefined) return undefined;
  if (facts.goodTakenAt !== undefined && facts.goodTakenAt > restoreFailedAt) return undefined;
  return warn(
    'restore_failed',
    `The restore of ${called(facts)} at ${when(restoreFailedAt)} failed: ${restoreError} ` +
      `If its state is the one you want, keep it: ${backupCommand(facts)}. If not, look at snapshots and load another with ` +
      'restore_snapshot.',
  );
}
