/**
 * What the manager's arguments and results look like in JavaScript. `P` is the SDK's principal class: `shared` has none
 * of its own, and each SDK wants its own back.
 */

/** `[]` or `[value]`, as every Candid library writes `opt`. */
export type Opt<T> = [] | [T];

/** `variant { Ok; Err }`. */
export type CandidResult<T> = { Ok: T } | { Err: CandidError };

export interface CandidError {
  code: string;
  message: string;
  context: [string, string][];
}

export type CandidSchedule = { every_seconds: bigint } | { calendar: { cron: string } };
export type CandidMode = { stop: null } | { running: null };

export interface CandidPolicy {
  schedule: CandidSchedule;
  keep: number;
  mode: CandidMode;
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
}

export interface CandidTarget<P> {
  canister: P;
  policy: CandidPolicy;
  is_default: boolean;
  registered_at: bigint;
  next_run_at: bigint;
  last_run: Opt<bigint>;
  open_run: Opt<bigint>;
  newest_good: Opt<CandidSnapshot<P>>;
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
}

export interface CandidKept<P> {
  snapshots: CandidSnapshot<P>[];
  total_size: bigint;
  storage_cycles_per_day: bigint;
  note: string;
}

export interface CandidBackupReport<P> {
  run_id: bigint;
  snapshot: CandidSnapshot<P>;
  running: boolean;
  deleted: (Uint8Array | number[])[];
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

/** What a client's actor of the manager looks like. */
export interface BackupManagerService<P> {
  register: (arg: { canister: P; policy: Opt<CandidPolicy> }) => Promise<CandidResult<CandidTarget<P>>>;
  unregister: (canister: P) => Promise<CandidResult<{ canister: P; kept: CandidKept<P> }>>;
  set_policy: (arg: {
    canister: P;
    policy: CandidPolicy;
  }) => Promise<CandidResult<{ target: CandidTarget<P>; kept: CandidKept<P> }>>;
  set_default: (arg: { canister: Opt<P> }) => Promise<CandidResult<Opt<P>>>;
  backup: (canister: P) => Promise<CandidResult<CandidBackupReport<P>>>;
  restore: () => Promise<CandidResult<CandidRestoreReport<P>>>;
  restore_snapshot: (arg: {
    canister: P;
    snapshot_id: Uint8Array | number[];
  }) => Promise<CandidResult<CandidRestoreReport<P>>>;
  targets: (arg: Opt<{ after: Opt<P>; limit: Opt<number> }>) => Promise<CandidResult<CandidPage<CandidTarget<P>, P>>>;
  snapshots: (
    arg: Opt<{ canister: Opt<P>; after: Opt<P>; limit: Opt<number> }>,
  ) => Promise<CandidResult<CandidPage<CandidSnapshot<P>, P>>>;
  runs: (
    arg: Opt<{ canister: Opt<P>; before: Opt<bigint>; limit: Opt<number> }>,
  ) => Promise<CandidResult<CandidPage<CandidRun<P>, bigint>>>;
  status: () => Promise<CandidResult<CandidStatus<P>>>;
  grant: (arg: { who: P; role: CandidRole; canister: Opt<P> }) => Promise<CandidResult<CandidGrant<P>[]>>;
  revoke: (arg: { who: P; role: CandidRole; canister: Opt<P> }) => Promise<CandidResult<CandidGrant<P>[]>>;
  roles: () => Promise<CandidResult<CandidGrant<P>[]>>;
}
