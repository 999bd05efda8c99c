/** What a run that is over tells of its target's health. */
import { NANOS_PER_SECOND, SECONDS_PER_DAY, SPEND_WINDOW_NANOS } from '../limits.ts';
import type { Run, TargetStatus } from '../run/types.ts';
import type { HealthRecord } from './types.ts';

/** A target that nothing is known of. */
export const UNSEEN: HealthRecord = { failures: 0, foreign: 0 };

/** When the target went down in a run; runs that do not say it count from their beginning. */
type Observed = Run & { readonly downSince?: bigint | undefined };

/** What is remembered once `run` is over. */
export function observe(record: HealthRecord, run: Run): HealthRecord {
  const at = run.endedAt ?? run.progressAt;
  return { ...record, ...seen(record, run, at), ...(run.kind === 'backup' && counted(record, run, at)) };
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

/** What the manager spent, kept as one falling sum so that top-ups do not count. */
export interface Spending {
  /** Cycles at the last look, in all and above the freezing limit, and what a call locks. */
  readonly balance: bigint;
  readonly liquid: bigint;
  readonly perCall: bigint;
  readonly at: bigint;
  /** Since when `spent` was added up. */
  readonly since: bigint;
  readonly spent: bigint;
}

export interface Look {
  readonly balance: bigint;
  readonly liquid: bigint;
  readonly perCall: bigint;
}

/** One more look at the cycles. What is older than the window counts half, again and again. */
export function spend(before: Spending | undefined, look: Look, now: bigint): Spending {
  if (before === undefined) return { ...look, at: now, since: now, spent: 0n };
  const spent = before.spent + (before.balance > look.balance ? before.balance - look.balance : 0n);
  const age = now - before.since;
  if (age <= SPEND_WINDOW_NANOS) return { ...look, at: now, since: before.since, spent };
  return { ...look, at: now, since: now - age / 2n, spent: spent / 2n };
}

/** Cycles spent in a day; undefined before there is a day to tell from. */
export function spentPerDay({ since, spent, at }: Spending): bigint | undefined {
  const day = SECONDS_PER_DAY * NANOS_PER_SECOND;
  return at - since < day ? undefined : (spent * day) / (at - since);
}

/** Cycles above the freezing limit now, reckoned from the last look: the limit itself moves slowly. */
export function liquidNow(last: Spending, balance: bigint): bigint {
  const liquid = last.liquid - (last.balance - balance);
  return liquid > 0n ? liquid : 0n;
}
