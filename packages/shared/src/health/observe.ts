/** What a run that is over tells of its target's health. */
import type { Run, TargetStatus } from '../run/types.ts';
import { spend, spentPerDay } from './spending.ts';
import type { HealthRecord } from './types.ts';

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
  };
}

/** Since when a run has its target down: stopped by us, and not known to run again. */
export function downSince(run: Observed): bigint | undefined {
  if (!run.stopSent || run.statusBefore !== 'running' || stopRefused(run)) return undefined;
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
  // Refused before anything was answered, so what was known stands.
  if (status === undefined && !run.startSettled) return {};
  const down = downSince(run);
  return {
    status,
    seenAt: at,
    downSince: down === undefined ? undefined : (record.downSince ?? down),
    foreign: run.listed > 0 ? run.foreign : record.foreign,
  };
}

/** What a day costs is what the balance falls by, and without work at least what the IC says. */
function funded(record: HealthRecord, run: Run): Partial<HealthRecord> {
  const { cycles, liquid, burnPerDay: idle } = run;
  if (cycles === undefined || liquid === undefined || idle === undefined) return {};
  const spending = spend(record.spending, { balance: cycles, liquid, perCall: 0n }, run.openedAt);
  const spent = spentPerDay(spending) ?? 0n;
  return { cycles, liquid, burnPerDay: spent > idle ? spent : idle, spending };
}

function counted(record: HealthRecord, run: Run, at: bigint): Partial<HealthRecord> {
  if (run.outcome === 'failed' || run.outcome === 'interrupted') {
    return { failures: record.failures + 1, lastError: run.error?.message };
  }
  return { lastSuccess: at, failures: 0, lastError: undefined };
}

/** The IC refused the stop, so the target was never down; a stop that timed out may still come. */
function stopRefused(run: Run): boolean {
  const stop = run.steps.find((step) => step.name === 'stop');
  return stop?.error !== undefined && !['interrupted', 'stop_timeout', 'take_unknown'].includes(stop.error.code);
}
