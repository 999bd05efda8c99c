/** How well targets and manager are, as values. All times are nanoseconds; cycles are cycles. */
import type { Policy } from '../policy/policy.ts';
import type { Timed } from '../policy/schedule.ts';
import type { TargetStatus } from '../run/types.ts';
import type { Spending } from './spending.ts';

/** In the order of their gravity. `critical` is for a breach: no backup, no target, or no means to make one. */
export const HEALTH_LEVELS = ['ok', 'warn', 'critical'] as const;

export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/**
 * What can be the matter. The level follows the code, except for `no_good_snapshot`, which is a warning until a good
 * snapshot is owed.
 */
export type HealthCode =
  /** Critical: a due time passed without a run, or two runs in a row did not succeed. */
  | 'missed_run'
  /** Critical: the target does not run, by our doing for longer than its budget of downtime, or by another controller's. */
  | 'target_not_running'
  /** Critical: there is no such canister any more. */
  | 'target_deleted'
  /** Critical: the target has no code, and possibly no snapshots either. */
  | 'target_empty'
  /** Critical: the manager is not a controller of the target any more. */
  | 'control_lost'
  /** Nothing that `restore` would load, or nothing as young as the policy promises. */
  | 'no_good_snapshot'
  /** Critical: the manager cannot pay for one more run. */
  | 'manager_under_budget'
  /** Critical: the manager's alarm should have rung long ago, so nothing happens by the schedule. */
  | 'timer_asleep'
  | 'no_backup_yet'
  | 'failures'
  /** The last restore failed after it had begun to change the target, and no good snapshot was taken since. */
  | 'restore_failed'
  /** The manager could not look at the target for so long that what it knows may be out of date. */
  | 'not_seen'
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

/** What a target was found to be: ours and with code, or why it cannot be backed up. `starved`: it ran out of cycles. */
export type Standing = 'well' | 'deleted' | 'not_ours' | 'empty' | 'starved';

/** What is remembered of a target from run to run, and from look to look. */
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
  /** What the target was found to be at `seenAt`; absent in records of before there were looks. */
  readonly standing?: Standing | undefined;
  /** Ids of snapshots of ours that the IC did not list when last asked: deleted by another controller. */
  readonly missing?: readonly string[] | undefined;
  /** The snapshot that the target was last found unchanged since, and when. */
  readonly unchangedSince?: string | undefined;
  readonly unchangedAt?: bigint | undefined;
  /** Message of the last restore, if it failed once it had begun to change the target, and when. */
  readonly restoreError?: string | undefined;
  readonly restoreFailedAt?: bigint | undefined;
  /** Nanoseconds that the last backup kept the target from answering. */
  readonly downtime?: bigint | undefined;
  /** Snapshots of others, when last listed. */
  readonly foreign: number;
  /** Cycles of the target, those above its freezing limit, and what a day costs it at least, when last seen. */
  readonly cycles?: bigint | undefined;
  readonly liquid?: bigint | undefined;
  readonly burnPerDay?: bigint | undefined;
  /** What its balance fell by, from run to run. */
  readonly spending?: Spending | undefined;
}

/** A run that is open, since when the target is down in it, whether it is proven to be stopped, and when it was seen. */
export interface OpenFacts {
  readonly run: bigint;
  readonly downSince?: bigint | undefined;
  readonly stopped?: boolean | undefined;
  readonly seenAt?: bigint | undefined;
}

/** All that is known of a target when its health is asked for. */
export interface TargetFacts {
  readonly canister: string;
  readonly name?: string | undefined;
  readonly manager: string;
  readonly registeredAt: bigint;
  /** Since when there is this schedule, which owes no run from before. */
  readonly scheduledAt: bigint;
  readonly policy: Timed & Partial<Pick<Policy, 'mode' | 'maxDowntime'>>;
  readonly nextRunAt: bigint;
  /** How many targets the manager has, this one included: their runs wait for each other. */
  readonly targets: number;
  /** One by one. */
  readonly paused: boolean;
  /** With all the others. */
  readonly pausedAll?: boolean | undefined;
  readonly record: HealthRecord;
  readonly open?: OpenFacts | undefined;
  /** A probe, or a call after a restore, that is not answered, and since when; also of before an upgrade. */
  readonly openProbe?: { readonly method: string; readonly since: bigint } | undefined;
  /** Snapshots of ours that are there, and their size. */
  readonly snapshots: number;
  readonly bytes: bigint;
  /** When the newest good one that is there was taken, and when the target was last known to be as it is in it. */
  readonly goodTakenAt?: bigint | undefined;
  /** The id of that snapshot. */
  readonly goodSnapshot?: string | undefined;
  readonly goodAt?: bigint | undefined;
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
  /** When what is told of the target was last seen to be so. */
  readonly asOf?: bigint | undefined;
  /** What the target is, as far as known: in an open run, as that has it. */
  readonly status?: TargetStatus | undefined;
  /** Age of the newest good snapshot in nanoseconds. */
  readonly goodAge?: bigint | undefined;
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
  /** When cycles were last measured. */
  readonly fundsAt?: bigint | undefined;
  /** When the next alarm rings, as far as the manager knows. */
  readonly ringsAt?: bigint | undefined;
  /** Whether all targets are paused. */
  readonly pausedAll?: boolean | undefined;
  /** Since when there has always been a call open. */
  readonly openSince?: bigint | undefined;
}

export interface ManagerHealth extends ManagerFacts {
  readonly level: HealthLevel;
  readonly reasons: readonly HealthReason[];
  readonly runwayDays?: bigint | undefined;
}
