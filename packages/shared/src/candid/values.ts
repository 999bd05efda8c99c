/**
 * What the manager's arguments and results look like in JavaScript. `P` is the SDK's principal class: `shared` has none
 * of its own, and each SDK wants its own back.
 */

import type { CandidError, CandidResult, Opt } from './result.ts';
import type { TransferService } from './transfer.ts';
import type { WatchingService } from './watching.ts';

export type CandidSchedule = { every_seconds: bigint } | { calendar: { cron: string } };
export type CandidMode = { stop: null } | { running: null };

export interface CandidRules {
  last: number;
  hourly: number;
  daily: number;
  weekly: number;
  monthly: number;
}

export interface CandidPolicy {
  schedule: CandidSchedule;
  keep: number;
  mode: CandidMode;
  retention: Opt<CandidRules>;
  /** Minutes since midnight UTC. */
  quiet_hours: Opt<{ from: number; to: number }>;
  jitter_seconds: Opt<number>;
  immediate: Opt<boolean>;
  skip_unchanged: Opt<boolean>;
  max_downtime_seconds: Opt<number>;
  margin: Opt<{ days: number; cycles: bigint }>;
  after_restore: Opt<CandidTargetMethod>;
  probe: Opt<CandidProbe>;
}

/** A method of a target and the bytes of its argument. */
export interface CandidTargetMethod {
  method: string;
  arg: Uint8Array | number[];
}

export interface CandidTripwire {
  measure: { reply_bytes: null } | { natural: number };
  at_least: Opt<bigint>;
  shrinks_at_most_percent: Opt<number>;
}

export interface CandidProbe {
  method: string;
  arg: Uint8Array | number[];
  tripwires: CandidTripwire[];
}

export interface CandidFingerprint {
  /** "exact", "approximate" or "unknown". */
  certainty: string;
  reply_bytes: Opt<bigint>;
  reply_hash: Opt<Uint8Array | number[]>;
  naturals: bigint[];
}

export interface CandidDoubt {
  /** "suspect", "unknown", "marked", "unproven" or "load_failed". */
  kind: string;
  reasons: CandidError[];
}

export interface CandidOpenProbe<P> {
  canister: P;
  method: string;
  since: bigint;
}

export interface CandidSnapshot<P> {
  canister: P;
  snapshot_id: Uint8Array | number[];
  taken_at: bigint;
  total_size: bigint;
  run_id: bigint;
  mode: CandidMode;
  module_hash: Opt<Uint8Array | number[]>;
  canister_version: Opt<bigint>;
  good: boolean;
  /** Only of a safety snapshot: until when it is not settled. */
  safety_until: Opt<bigint>;
  /** The label of a pin. */
  pin: Opt<string>;
  /** "manual" or "adopted"; absent if the timer took it. */
  origin: Opt<string>;
  fingerprint: Opt<CandidFingerprint>;
  /** Why restore passes over it although it is complete. */
  doubt: Opt<CandidDoubt>;
}

/** What retention would do with one snapshot. */
export interface CandidPlanned {
  snapshot_id: Uint8Array | number[];
  taken_at: bigint;
  keep: boolean;
  reason: string;
  now: boolean;
}

export interface CandidTarget<P> {
  canister: P;
  policy: CandidPolicy;
  is_default: boolean;
  registered_at: bigint;
  next_run_at: bigint;
  last_run: Opt<bigint>;
  open_run: Opt<bigint>;
  paused: Opt<boolean>;
  paused_alone: Opt<boolean>;
  held: Opt<{ until: bigint; by: string }>;
  newest_good: Opt<CandidSnapshot<P>>;
  name: Opt<string>;
  newest_good_age_seconds: Opt<bigint>;
  last_downtime: Opt<bigint>;
}

export interface CandidStep {
  name: string;
  at: bigint;
  error: Opt<CandidError>;
}

export interface CandidRun<P> {
  run_id: bigint;
  canister: P;
  kind: string;
  mode: CandidMode;
  asked_by: string;
  outcome: string;
  error: Opt<CandidError>;
  warnings: CandidError[];
  phase: string;
  started_at: bigint;
  ended_at: Opt<bigint>;
  was_running: Opt<boolean>;
  started_again: boolean;
  snapshot_id: Opt<Uint8Array | number[]>;
  deleted: (Uint8Array | number[])[];
  steps: CandidStep[];
  /** Of a restore: "snapshot" or "before"; absent if it is not known. */
  state_after: Opt<string>;
  safety_snapshot: Opt<Uint8Array | number[]>;
  downtime: Opt<CandidDowntime>;
  name: Opt<string>;
}

/** Nanoseconds, and rounds at least. */
export interface CandidDowntime {
  nanos: bigint;
  rounds: number;
}

export interface CandidKept<P> {
  snapshots: CandidSnapshot<P>[];
  total_size: bigint;
  storage_cycles_per_day: bigint;
  note: string;
}

export interface CandidUnregistered<P> {
  canister: P;
  kept: CandidKept<P>;
  given_up: Opt<CandidError>;
}

export interface CandidBackupReport<P> {
  run_id: bigint;
  snapshot: CandidSnapshot<P>;
  running: boolean;
  deleted: (Uint8Array | number[])[];
  downtime: Opt<CandidDowntime>;
}

export interface CandidRestoreReport<P> {
  run_id: bigint;
  canister: P;
  snapshot_id: Uint8Array | number[];
  taken_at: bigint;
  age_seconds: bigint;
  module_hash: Opt<Uint8Array | number[]>;
  running: boolean;
  summary: string;
  safety_snapshot: Opt<Uint8Array | number[]>;
  lost: Opt<string>;
  downtime: Opt<CandidDowntime>;
  warnings: Opt<CandidError[]>;
  ways_back: Opt<CandidSnapshot<P>[]>;
}

/** A way back that was given up, and those that are left. */
export interface CandidSettled<P> {
  canister: P;
  snapshot_id: Uint8Array | number[];
  note: string;
  ways_back: Opt<CandidSnapshot<P>[]>;
}

/** What is known of a state from outside. */
export interface CandidStateSeen {
  at: bigint;
  module_hash: Opt<Uint8Array | number[]>;
  canister_version: Opt<bigint>;
  size: Opt<bigint>;
  fingerprint: Opt<CandidFingerprint>;
}

export interface CandidRestorePlan<P> {
  canister: P;
  snapshot_id: Uint8Array | number[];
  why: string;
  age_seconds: bigint;
  state_then: CandidStateSeen;
  state_now: CandidStateSeen;
  lost: string;
  older: CandidSnapshot<P>[];
  safety: string;
  steps: string[];
  rounds_down: number;
  cycles_locked: bigint;
  cycles_of_target: bigint;
  warnings: CandidError[];
  ways_back: Opt<CandidSnapshot<P>[]>;
}

export interface CandidStatus<P> {
  version: string;
  layout_version: number;
  now: bigint;
  cycles: bigint;
  targets: number;
  snapshots: number;
  runs: bigint;
  open_runs: CandidRun<P>[];
  next_run: Opt<{ canister: P; at: bigint }>;
  /** Probes that were given up and are not answered. */
  open_probes: Opt<CandidOpenProbe<P>[]>;
  paused_all: Opt<boolean>;
  restorable: Opt<number>;
  oldest_good: Opt<{ canister: P; name: Opt<string>; taken_at: bigint; age_seconds: bigint }>;
}

/** A role in an argument. */
export type CandidRole = { viewer: null } | { operator: null } | { restorer: null } | { admin: null };

export interface CandidGrant<P> {
  who: P;
  /** "viewer", "operator", "restorer" or "admin". */
  role: string;
  canister: Opt<P>;
  granted_by: P;
  granted_at: bigint;
}

/** One page of a list; `next` goes into the following call. */
export interface CandidPage<Item, Cursor> {
  items: Item[];
  total: bigint;
  next: Opt<Cursor>;
}

/** icp-cli's interface of a proxy canister. */
export interface CandidProxyArg<P> {
  canister_id: P;
  method: string;
  args: Uint8Array | number[];
  cycles: bigint;
}

export type CandidProxyResult =
  | { Ok: { result: Uint8Array | number[] } }
  | {
      Err:
        | { InsufficientCycles: { available: bigint; required: bigint } }
        | { CallFailed: { reason: string } }
        | { UnauthorizedUser: null };
    };

/** What a client's actor of the manager looks like. */
export interface BackupManagerService<P> extends WatchingService<P>, TransferService<P> {
  register: (arg: { canister: P; policy: Opt<CandidPolicy> }) => Promise<CandidResult<CandidTarget<P>>>;
  unregister: (canister: P) => Promise<CandidResult<CandidUnregistered<P>>>;
  set_policy: (arg: {
    canister: P;
    policy: CandidPolicy;
  }) => Promise<CandidResult<{ target: CandidTarget<P>; kept: CandidKept<P> }>>;
  set_name: (arg: { canister: P; name: Opt<string> }) => Promise<CandidResult<CandidTarget<P>>>;
  set_default: (arg: { canister: Opt<P> }) => Promise<CandidResult<Opt<P>>>;
  backup: (canister: P) => Promise<CandidResult<CandidBackupReport<P>>>;
  restore: () => Promise<CandidResult<CandidRestoreReport<P>>>;
  restore_snapshot: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
  }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  restore_before: (arg: { canister: P; time: bigint }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  restore_without_safety: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
  }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  restore_forced: (arg: {
    canister: P;
    snapshot_id: Opt<Uint8Array | number[]>;
  }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  cancel_run: (canister: P) => Promise<CandidResult<CandidRun<P>>>;
  undo_restore: (canister: P) => Promise<CandidResult<CandidRestoreReport<P>>>;
  undo_restore_to: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
  }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  settle: (canister: P) => Promise<CandidResult<CandidSettled<P>>>;
  plan_restore: (arg: {
    canister: Opt<P>;
    snapshot_id: Opt<Uint8Array | number[]>;
    time: Opt<bigint>;
  }) => Promise<CandidResult<CandidRestorePlan<P>>>;
  accept: (arg: { canister: P; snapshot_id: Uint8Array | number[] }) => Promise<CandidResult<CandidSnapshot<P>>>;
  mark_suspect: (arg: {
    canister: P;
    since: bigint;
  }) => Promise<CandidResult<{ marked: CandidSnapshot<P>[]; newest_good: Opt<CandidSnapshot<P>> }>>;
  targets: (arg: Opt<{ after: Opt<P>; limit: Opt<number> }>) => Promise<CandidResult<CandidPage<CandidTarget<P>, P>>>;
  snapshots: (
    arg: Opt<{ canister: Opt<P>; after: Opt<P>; limit: Opt<number> }>,
  ) => Promise<CandidResult<CandidPage<CandidSnapshot<P>, P>>>;
  pin: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
    label: string;
  }) => Promise<CandidResult<CandidSnapshot<P>>>;
  unpin: (arg: { canister: P; snapshot_id: Uint8Array | number[] }) => Promise<CandidResult<CandidSnapshot<P>>>;
  adopt: (arg: {
    canister: P;
    snapshot_ids: (Uint8Array | number[])[];
    good: Opt<boolean>;
  }) => Promise<CandidResult<{ run_id: bigint; snapshots: CandidSnapshot<P>[] }>>;
  delete_snapshot: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
  }) => Promise<CandidResult<{ run_id: bigint }>>;
  plan_retention: (arg: {
    canister: P;
    policy: Opt<CandidPolicy>;
  }) => Promise<CandidResult<{ items: CandidPlanned[]; note: string }>>;
  hold: (arg: { canister: P; minutes: number }) => Promise<CandidResult<CandidTarget<P>>>;
  pause: (arg: { canister: Opt<P> }) => Promise<CandidResult<{ changed: number }>>;
  resume: (arg: { canister: Opt<P> }) => Promise<CandidResult<{ changed: number }>>;
  proxy: (arg: CandidProxyArg<P>) => Promise<CandidProxyResult>;
  runs: (
    arg: Opt<{ canister: Opt<P>; before: Opt<bigint>; limit: Opt<number> }>,
  ) => Promise<CandidResult<CandidPage<CandidRun<P>, bigint>>>;
  status: () => Promise<CandidResult<CandidStatus<P>>>;
  grant: (arg: { who: P; role: CandidRole; canister: Opt<P> }) => Promise<CandidResult<CandidGrant<P>[]>>;
  revoke: (arg: { who: P; role: CandidRole; canister: Opt<P> }) => Promise<CandidResult<CandidGrant<P>[]>>;
  roles: () => Promise<CandidResult<CandidGrant<P>[]>>;
}
