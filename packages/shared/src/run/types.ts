/**
 * A run: one backup or restore of one target, as a value. `advance` takes it from event to event; whoever drives it
 * stores the value, carries out the commands and brings the answers back. All times are nanoseconds; ids of snapshots
 * are hexadecimal text.
 */
import type { ErrorValue } from '../errors/registry.ts';
import type { CallName, Reject } from '../errors/rejects.ts';
import type { Mode } from '../policy/policy.ts';

export type RunKind = 'backup' | 'restore';

/**
 * - `preflight`: status and snapshots are being read; nothing was changed yet
 * - `making_room`: snapshots that the policy drops anyway are deleted, because every slot is taken
 * - `funding`: the manager's cycles are being measured
 * - `stopping`: status and stop were sent together
 * - `taking`, `loading`: the snapshot is being taken or loaded; start was sent together with it if we stopped the target
 * - `starting`: the outcome is known, the target has to run again
 * - `pruning`: the target runs; snapshots beyond the policy are being deleted
 */
export type Phase =
  | 'preflight'
  | 'making_room'
  | 'funding'
  | 'stopping'
  | 'taking'
  | 'loading'
  | 'starting'
  | 'pruning'
  | 'closed';

export type Outcome = 'succeeded' | 'failed' | 'interrupted';

export type TargetStatus = 'running' | 'stopping' | 'stopped';

/** A call that was sent and not answered: its name, and the snapshot it is about. */
export interface Call {
  readonly name: CallName;
  readonly snapshot?: string | undefined;
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
  /** Restore: the snapshot to load; undefined for the newest good one. */
  readonly wanted?: string | undefined;
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
  readonly stopSent: boolean;
  /** The IC answered that the target is stopped, so no call of it is open. */
  readonly stopProven: boolean;
  readonly startsSent: number;
  readonly startConfirmed: boolean;
  /** A start was refused for a reason that trying again does not change. */
  readonly startRefused: boolean;
  /** Hexadecimal hash and version of the target: of the snapshot's moment for a backup, after the load for a restore. */
  readonly moduleHash?: string | undefined;
  readonly version?: bigint | undefined;
  /** Status after a restore. */
  readonly statusAfter?: TargetStatus | undefined;
  /** How many snapshots are not ours, and all together, when last listed. */
  readonly foreign: number;
  readonly listed: number;
  /** Snapshot that was taken or is to be loaded, and when it was taken. */
  readonly snapshot?: string | undefined;
  readonly takenAt?: bigint | undefined;
  /** Whether taking or loading it succeeded. */
  readonly done: boolean;
  readonly deleted: readonly string[];
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
  /** Its stop was proven. Only a complete one is good. */
  readonly good: boolean;
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
  /** The manager starts anew: no answer to a call that is pending will come. */
  | { readonly kind: 'restarted' };

/** In the order in which they are to be carried out, within the execution that stores the run. */
export type Command =
  | { readonly do: 'call'; readonly call: Call }
  | { readonly do: 'measure_funds' }
  | { readonly do: 'record'; readonly entry: CatalogEntry }
  | { readonly do: 'forget'; readonly id: string };

/** What the run is told of the world with each event. */
export interface RunContext {
  readonly now: bigint;
  /** Our snapshots of the target. */
  readonly catalog: readonly CatalogEntry[];
}
