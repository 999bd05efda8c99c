/** How well targets and manager are, as values. All times are nanoseconds; cycles are cycles. */
import type { Timed } from '../policy/schedule.ts';
import type { TargetStatus } from '../run/types.ts';
import type { Spending } from './spending.ts';

/** In the order of their gravity. `critical` is for a breach: no backup, no target, or no means to make one. */
export const HEALTH_LEVELS = ['ok', 'warn', 'critical'] as const;

export type HealthLevel = (typeof HEALTH_LEVELS)[number];

export type HealthCode =
  /** Critical: a due time passed without a run, or two runs in a row did not succeed. */
  | 'missed_run'
  /** Critical: the target does not run, by our doing or by somebody else's. */
  | 'target_not_running'
  /** Critical: the manager cannot pay for one more run. */
  | 'manager_under_budget'
  | 'no_backup_yet'
  | 'failures'
  | 'suspect'
  /** Adopted snapshots that nothing has shown yet to be good. */
  | 'unproven'
  | 'slots'
  | 'target_cycles'
  | 'manager_cycles'
  | 'paused'
  /** A call of a method of the target was given up and is still open: neither the target nor the manager can stop. */
  | 'open_probe'
  | 'open_call';

/** Why something is not ok: what is the matter, and what helps. */
export interface HealthReason {
  readonly level: 'warn' | 'critical';
  readonly code: HealthCode;
  readonly message: string;
}

/** What is remembered of a target from run to run. */
export interface HealthRecord {
  /** End of the last backup that succeeded, or found nothing to do. */
  readonly lastSuccess?: bigint | undefined;
  /** Backups since then that did not succeed. */
  readonly failures: number;
  /** Message of the last failure. */
  readonly lastError?: string | undefined;
  /** As the target was when last seen, and when that was. */
  readonly status?: TargetStatus | undefined;
  readonly seenAt?: bigint | undefined;
  /** Since when the target is down by our doing: stopped, and not started again. */
  readonly downSince?: bigint | undefined;
  /** Snapshots of others, when last listed. */
  readonly foreign: number;
  /** Cycles of the target, those above its freezing limit, and what a day costs it at least, when last seen. */
  readonly cycles?: bigint | undefined;
  readonly liquid?: bigint | undefined;
  readonly burnPerDay?: bigint | undefined;
  /** What its balance fell by, from run to run. */
  readonly spending?: Spending | undefined;
}

/** All that is known of a target when its health is asked for. */
export interface TargetFacts {
  readonly canister: string;
  readonly manager: string;
  readonly registeredAt: bigint;
  /** Since when there is this schedule, which owes no run from before. */
  readonly scheduledAt: bigint;
  readonly policy: Timed;
  readonly nextRunAt: bigint;
  /** How many targets the manager has, this one included: their runs wait for each other. */
  readonly targets: number;
  readonly paused: boolean;
  readonly record: HealthRecord;
  /** A run that is open, and since when the target is down in it. */
  readonly open?: { readonly run: bigint; readonly downSince?: bigint | undefined } | undefined;
  /** A probe, or a call after a restore, that is not answered, and since when; also of before an upgrade. */
  readonly openProbe?: { readonly method: string; readonly since: bigint } | undefined;
  /** Snapshots of ours, and their size. */
  readonly snapshots: number;
  readonly bytes: bigint;
  /** Snapshots of ours that may be bad and that nobody has decided about. */
  readonly suspects: number;
  /** Those that were adopted and are not proven. */
  readonly unproven?: number | undefined;
}

export interface TargetHealth extends TargetFacts {
  readonly level: HealthLevel;
  readonly reasons: readonly HealthReason[];
  /** Snapshots that the IC still has room for. */
  readonly slotsFree: number;
  /** Days until the target has no cycles left, if both are known. */
  readonly runwayDays?: bigint | undefined;
}

/** What the manager knows of itself. */
export interface ManagerFacts {
  readonly manager: string;
  readonly cycles: bigint;
  /** Above the freezing limit, when it was last measured and reckoned up to now. */
  readonly liquid?: bigint | undefined;
  /** What one call locks while it is open. */
  readonly perCall?: bigint | undefined;
  readonly spentPerDay?: bigint | undefined;
  readonly openRuns: number;
  readonly openCalls: number;
  /** Since when there has always been a call open. */
  readonly openSince?: bigint | undefined;
}

export interface ManagerHealth extends ManagerFacts {
  readonly level: HealthLevel;
  readonly reasons: readonly HealthReason[];
  readonly runwayDays?: bigint | undefined;
}
