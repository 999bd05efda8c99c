/** What a run that is over tells of its target's health. It is read from the run's state, never from its log. */
import type { ErrorCode } from '../errors/registry.ts';
import type { Run, TargetStatus } from '../run/types.ts';
import { fundsSeen } from './funds.ts';
import type { HealthRecord, Standing } from './types.ts';

/** A target that nothing is known of. */
export const UNSEEN: HealthRecord = { failures: 0, foreign: 0 };

/** When the target went down in a run; runs that do not say it count from their beginning. */
type Observed = Run & { readonly downSince?: bigint | undefined };

/** What is remembered once `run` is over. */
export function observe(record: HealthRecord, run: Run): HealthRecord {
  const at = run.endedAt ?? run.progressAt;
  return {
    ...record,
    ...seen(record, run, at),
    ...funded(record, run),
    ...(run.kind === 'backup' && counted(record, run, at)),
    ...(run.kind === 'restore' && restored(record, run, at)),
  };
}

/** Since when a run has its target down: stopped by us, and not known to run again. */
export function downSince(run: Observed): bigint | undefined {
  if (!run.stopSent || run.statusBefore !== 'running' || run.stopRefused === true) return undefined;
  return run.startConfirmed || run.startSettled ? undefined : (run.downSince ?? run.openedAt);
}

/** What the target was when a run was over; undefined if it is gone, or never answered. */
export function statusWhenOver(run: Run): TargetStatus | undefined {
  if (run.startConfirmed) return 'running';
  if (run.startSettled) return run.statusAfter;
  return downSince(run) === undefined ? (run.statusAfter ?? run.statusBefore) : 'stopped';
}

function seen(record: HealthRecord, run: Run, at: bigint): Partial<HealthRecord> {
  const status = statusWhenOver(run);
  const standing = standingOf(run);
  // Refused before anything was answered, so what was known stands.
  if (status === undefined && standing === undefined && !run.startSettled) return {};
  const down = downSince(run);
  const known = standing === undefined ? {} : { standing };
  if (status === undefined && standing === 'not_ours') return { ...known, seenAt: at };
  return {
    ...known,
    status,
    seenAt: at,
    downSince: down === undefined ? undefined : (record.downSince ?? down),
    foreign: run.listed > 0 ? run.foreign : record.foreign,
    ...(run.present !== undefined && { missing: undefined }),
  };
}

const STANDINGS: Partial<Record<ErrorCode, Standing>> = {
  target_not_found: 'deleted',
  not_controller: 'not_ours',
  empty_target: 'empty',
  starved_target: 'starved',
  left_empty: 'empty',
  nothing_to_load: 'empty',
};

/** What a run found its target to be; undefined if it found out nothing. */
function standingOf(run: Run): Standing | undefined {
  const failed = run.error === undefined ? undefined : STANDINGS[run.error.code];
  if (failed !== undefined) return failed;
  if (run.startSettled && run.statusAfter === undefined) return 'deleted';
  if (run.statusBefore === undefined || run.present === undefined) return undefined;
  return run.moduleHash === undefined && !run.done ? 'empty' : 'well';
}

/** What a day costs is what the balance falls by, and without work at least what the IC says. */
function funded(record: HealthRecord, { cycles, liquid, burnPerDay, openedAt }: Run): Partial<HealthRecord> {
  return fundsSeen(record, { cycles, liquid, burnPerDay }, openedAt);
}

function counted(record: HealthRecord, run: Run, at: bigint): Partial<HealthRecord> {
  const { downSince: from, downUntil: to } = run;
  const downtime = from === undefined || to === undefined ? record.downtime : to - from;
  if (run.outcome === 'failed' || run.outcome === 'interrupted') {
    return { failures: record.failures + 1, lastError: run.error?.message, downtime };
  }
  const unchanged = run.outcome === 'skipped' ? { unchangedSince: run.snapshot, unchangedAt: run.openedAt } : {};
  return { lastSuccess: at, failures: 0, lastError: undefined, downtime, ...unchanged };
}

/** A restore that was refused before it touched the target says nothing of what there is to restore. */
function restored(record: HealthRecord, run: Run, at: bigint): Partial<HealthRecord> {
  if (run.outcome === 'succeeded') return { restoreError: undefined, restoreFailedAt: undefined };
  const touched = run.stopSent || run.safety !== undefined || run.versionBefore !== undefined;
  if (!touched) return {};
  return { restoreError: run.error?.message ?? record.restoreError ?? '', restoreFailedAt: at };
}
