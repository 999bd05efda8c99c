/**
 * A run: one backup or restore of one target, as a value. `advance` takes it from event to event; whoever drives it
 * stores the value, carries out the commands and brings the answers back. All times are nanoseconds; ids of snapshots
 * are hexadecimal text.
 */
import type { ErrorValue } from '../errors/registry.ts';
import type { CallName, Reject } from '../errors/rejects.ts';
import type { Margin, Mode, TargetMethod } from '../policy/policy.ts';
import type { Fingerprint, Probe, ProbeReply } from '../policy/probe.ts';
import type { Rules } from '../policy/retention.ts';
import type { Doubt } from '../policy/tripwire.ts';

/** `adopt` and `delete` change what we have, not the target. */
export type RunKind = 'backup' | 'restore' | 'adopt' | 'delete';

/**
 * What a restore is for, if not to bring back a good snapshot:
 * - `undo`: the state before the first restore that is not settled, from its safety snapshot
 * - `forced`: the same as without, for a target that never stops: its open calls are dropped
 */
export type Purpose = 'undo' | 'forced';

/**
 * - `preflight`: status and snapshots are being read; nothing was changed yet
 * - `making_room`: snapshots that the policy drops anyway are deleted, because every slot is taken
 * - `funding`: the manager's cycles are being measured
 * - `stopping`: status and stop were sent together
 * - `taking`: the snapshot is being taken; start was sent together with it if we stopped the target
 * - `securing`: the safety snapshot of a restore is being taken; nothing is loaded before it is answered
 * - `recovering`: whether the safety snapshot of a forced restore was taken is being found out from lists
 * - `loading`: the snapshot is being loaded; start was sent together with it, unless a rate limit may refuse the load
 * - `checking`: whether a load was carried out is being read from the target's history
 * - `reviving`: the target runs; the method that the policy names is being called
 * - `starting`: the outcome is known, the target has to run again
 * - `probing`: the target runs; it is being asked what is in it, and which version it has after that
 * - `pruning`: the target runs; snapshots beyond the policy are being deleted
 */
export type Phase =
  | 'preflight'
  | 'making_room'
  | 'funding'
  | 'stopping'
  | 'taking'
  | 'securing'
  | 'recovering'
  | 'loading'
  | 'checking'
  | 'reviving'
  | 'starting'
  | 'probing'
  | 'pruning'
  | 'closed';

/** `skipped`: nothing changed since the last snapshot. */
export type Outcome = 'succeeded' | 'skipped' | 'failed' | 'interrupted';

export type TargetStatus = 'running' | 'stopping' | 'stopped';

/** A call that was sent and not answered: its name, and the snapshot it is about. */
export interface Call {
  readonly name: CallName;
  readonly snapshot?: string | undefined;
  /** Take: remove the code in the same step, which drops every open call. */
  readonly uninstall?: boolean | undefined;
}

/** One answered call. */
export interface Step {
  readonly name: string;
  readonly at: bigint;
  readonly error?: ErrorValue | undefined;
}

/** What is given when a run is opened. */
export interface RunOrder {
  readonly id: bigint;
  readonly kind: RunKind;
  /** Text of the target and of the manager. */
  readonly target: string;
  readonly manager: string;
  readonly mode: Mode;
  readonly keep: number;
  /** `timer` or the text of the caller. */
  readonly askedBy: string;
  readonly openedAt: bigint;
  /** Backup: which snapshots stay; the policy's interval, and from when the pace of deletions counts (nanoseconds). */
  readonly rules?: Rules | undefined;
  readonly every?: bigint | undefined;
  readonly pacedFrom?: bigint | undefined;
  /** Backup: false if none goes by its pace, whatever that is. */
  readonly mayShrink?: boolean | undefined;
  /** Backup: not if nothing changed; seconds of downtime; cycles that the target has to have left. */
  readonly skipUnchanged?: boolean | undefined;
  readonly maxDowntime?: bigint | undefined;
  readonly margin?: Margin | undefined;
  /** Adopt: ids of snapshots, and whether somebody says that they were taken of the stopped target. */
  readonly adopts?: { readonly ids: readonly string[]; readonly good: boolean } | undefined;
  /** Backup: asked behind the take. */
  readonly probe?: Probe | undefined;
  /** Restore: the snapshot to load; undefined for the newest good one. */
  readonly wanted?: string | undefined;
  readonly purpose?: Purpose | undefined;
  /** Restore: the newest good snapshot that was taken before this, in nanoseconds. */
  readonly before?: bigint | undefined;
  /** Restore: nothing is kept of the state before. */
  readonly withoutSafety?: boolean | undefined;
  /** Restore: called when the target runs again, because a load leaves its timers asleep. */
  readonly afterRestore?: TargetMethod | undefined;
}

export interface Run extends RunOrder {
  readonly phase: Phase;
  readonly pending: readonly Call[];
  /** When something last happened. */
  readonly progressAt: bigint;
  /** When the next start is sent, if nothing is pending because starts keep failing. */
  readonly retryAt?: bigint | undefined;
  /** Status that the target had before we touched it, as exactly as known. */
  readonly statusBefore?: TargetStatus | undefined;
  /** A stop was sent, and not refused for good. */
  readonly stopSent: boolean;
  /** The IC refused the stop, so the target was never down. A stop that timed out may still come. */
  readonly stopRefused?: boolean | undefined;
  /** The IC answered that the target is stopped, so no call of it is open. */
  readonly stopProven: boolean;
  readonly startsSent: number;
  readonly startConfirmed: boolean;
  /** The first start was sent behind the status that was asked for behind the take. */
  readonly startLate?: boolean | undefined;
  /** No start is owed any more without one being confirmed: the target is gone, runs, or was stopped by somebody else. */
  readonly startSettled: boolean;
  /** Hexadecimal hash and version of the target: right before the take for a backup, after the load for a restore. */
  readonly moduleHash?: string | undefined;
  readonly version?: bigint | undefined;
  /** Backup: the target's status right before the take. */
  readonly statusAtTake?: TargetStatus | undefined;
  /** Version behind the take and the start, and once the probe had answered. */
  readonly versionStarted?: bigint | undefined;
  readonly versionProbed?: bigint | undefined;
  readonly probeReply?: ProbeReply | undefined;
  /** Why there is no answer to the probe. */
  readonly probeProblem?: ErrorValue | undefined;
  /** Status after a restore. */
  readonly statusAfter?: TargetStatus | undefined;
  /** The target's cycles when the run began: balance, above its freezing limit, and what a day costs without any work. */
  readonly cycles?: bigint | undefined;
  readonly liquid?: bigint | undefined;
  readonly burnPerDay?: bigint | undefined;
  /** How many snapshots are not ours, and all together, when last listed. */
  readonly foreign: number;
  readonly listed: number;
  /** Snapshot that was taken or is to be loaded, and when it was taken. */
  readonly snapshot?: string | undefined;
  readonly takenAt?: bigint | undefined;
  /** Whether taking or loading it succeeded. */
  readonly done: boolean;
  /** How many snapshots of ours the list did not have any more. */
  readonly vanished?: number | undefined;
  /** Ids that were listed first, to know later what is new. */
  readonly present?: readonly string[] | undefined;
  /** Restore: the snapshot of the state before that this run took, and when it was taken. */
  readonly safety?: string | undefined;
  readonly safetyTakenAt?: bigint | undefined;
  /** Restore: the load is awaited before the start, because a rate limit may refuse it. */
  readonly patient?: boolean | undefined;
  /** Restore: the answer to the load was lost, so that history has to say whether it was carried out. */
  readonly loadLost?: boolean | undefined;
  /** Whether the target's history has the load; absent if it was not read. */
  readonly recorded?: boolean | undefined;
  /** How often history was asked again. */
  readonly checks?: number | undefined;
  /** Forced restore: the load failed, and the safety snapshot is loaded back. */
  readonly fallback?: boolean | undefined;
  /** The version that the load was sent to, and the one after it if nothing else ran. */
  readonly versionBefore?: bigint | undefined;
  readonly restoredVersion?: bigint | undefined;
  /** Restore: which state the target is in; absent while that is not known. */
  readonly state?: 'snapshot' | 'before' | undefined;
  /** When the target went down (nanoseconds), and for how many rounds at least. */
  readonly downSince?: bigint | undefined;
  readonly downUntil?: bigint | undefined;
  readonly roundsDown?: number | undefined;
  readonly deleted: readonly string[];
  /** Whether one snapshot went for the new one, and whether one went by its pace. */
  readonly replaced?: boolean | undefined;
  readonly shrunk?: boolean | undefined;
  readonly outcome?: Outcome | undefined;
  /** The first failure; what failed after it is in the warnings. */
  readonly error?: ErrorValue | undefined;
  readonly warnings: readonly ErrorValue[];
  readonly steps: readonly Step[];
  readonly endedAt?: bigint | undefined;
}

/** A snapshot of ours that the catalog knows. */
export interface CatalogEntry {
  readonly id: string;
  readonly canister: string;
  readonly takenAt: bigint;
  readonly size: bigint;
  readonly runId: bigint;
  readonly mode: Mode;
  readonly moduleHash?: string | undefined;
  readonly version?: bigint | undefined;
  /** `deleting`: it goes, and is never picked again. */
  readonly state: 'incomplete' | 'complete' | 'deleting';
  /** Its stop was proven, and its probe, if it has one, raises no doubt. Only a complete one is good. */
  readonly good: boolean;
  /** The answer to the probe; absent if the policy had none. */
  readonly fingerprint?: Fingerprint | undefined;
  /** Why it is not good although it is complete. */
  readonly doubt?: Doubt | undefined;
  /** Who had it taken, if not our timer. */
  readonly origin?: 'manual' | 'adopted' | undefined;
  /** Interval in nanoseconds of the policy that it was taken under, once that is not the one of now. */
  readonly every?: bigint | undefined;
  /** Somebody's label: it stays until the pin is taken away. */
  readonly pin?: string | undefined;
  /** The version that the target has as long as nothing changed since; absent if that is not known exactly. */
  readonly versionAfter?: bigint | undefined;
  /**
   * Only a safety snapshot, which is never good, has this: until then (nanoseconds) it is unsettled, and neither
   * deleted nor followed by another one. After that it goes like one beyond the policy.
   */
  readonly safetyUntil?: bigint | undefined;
}

/** A snapshot as the IC lists it. */
export interface ListedSnapshot {
  readonly id: string;
  readonly takenAt: bigint;
  readonly size: bigint;
}

export interface StatusAnswer {
  readonly status: TargetStatus;
  readonly moduleHash?: string | undefined;
  readonly version?: bigint | undefined;
  /** Balance, what a day costs without any work, and bytes with all snapshots. */
  readonly cycles?: bigint | undefined;
  readonly burnPerDay?: bigint | undefined;
  /** For so many seconds of that burn the balance has to last, or the canister freezes. */
  readonly freezingSeconds?: bigint | undefined;
  readonly memory?: bigint | undefined;
}

/** One change in a canister's history, as far as runs ask for it. */
export interface HistoryEntry {
  /** Nanoseconds. */
  readonly at: bigint;
  /** Text of who did it. */
  readonly by: string;
  /** Its name in the interface of the management canister; empty for one that is not known here. */
  readonly what: string;
  /** Only of a load. */
  readonly loaded?: string | undefined;
}

/** The newest entries; undefined if they cannot be read. */
export interface InfoAnswer {
  readonly history?: readonly HistoryEntry[] | undefined;
}

/** What a call came to. `lost`: the answer will not be seen any more, and whether the call was carried out is unknown. */
export type CallResult = { readonly ok: unknown } | { readonly reject: Reject } | { readonly lost: string };

export type RunEvent =
  | { readonly kind: 'begin' }
  | { readonly kind: 'answer'; readonly call: Call; readonly result: CallResult }
  /** Cycles above the freezing limit that no other run counts on, and what one call locks. */
  | { readonly kind: 'funds'; readonly available: bigint; readonly perCall: bigint }
  /** The watchdog looks. Nothing happens before the run is overdue. */
  | { readonly kind: 'tick' }
  /** Somebody ends the run. Nothing happens once it is past its stop. */
  | { readonly kind: 'cancel'; readonly by: string }
  /** The manager starts anew: no answer to a call that is pending will come. */
  | { readonly kind: 'restarted' };

/** In the order in which they are to be carried out, within the execution that stores the run. */
export type Command =
  | { readonly do: 'call'; readonly call: Call }
  | { readonly do: 'measure_funds' }
  | { readonly do: 'record'; readonly entry: CatalogEntry }
  | { readonly do: 'forget'; readonly id: string }
  /** One went by its pace, which counts from then on (nanoseconds). */
  | { readonly do: 'shrunk'; readonly from: bigint };

/** What the run is told of the world with each event. */
export interface RunContext {
  readonly now: bigint;
  /** A probe of the target that was sent by an earlier run and is not answered, and when (nanoseconds). */
  readonly openProbe?: { readonly method: string; readonly since: bigint } | undefined;
  /** Our snapshots of the target. */
  readonly catalog: readonly CatalogEntry[];
  /** What the last restore loaded, and the version that the target had after it. */
  readonly restored?: { readonly snapshot: string; readonly version: bigint } | undefined;
}
