/** The Candid interface of the backup manager; `packages/backup-manager/backup-manager.did` explains each part. */
import type { IdlLibrary, IdlTypes } from './idl.ts';

/** The Candid types of the manager's arguments and results, by method and role, for any Candid library. */
export const backupManagerTypes = <T>(IDL: IdlTypes<T>) => {
  const Failure = IDL.Record({ code: IDL.Text, message: IDL.Text, context: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)) });
  const result = (Ok: T): T => IDL.Variant({ Ok, Err: Failure });

  const Schedule = IDL.Variant({ every_seconds: IDL.Nat64, calendar: IDL.Record({ cron: IDL.Text }) });
  const Mode = IDL.Variant({ stop: IDL.Null, running: IDL.Null });
  const Policy = IDL.Record({ schedule: Schedule, keep: IDL.Nat32, mode: Mode });

  const Snapshot = IDL.Record({
    canister: IDL.Principal,
    snapshot_id: IDL.Vec(IDL.Nat8),
    taken_at: IDL.Nat64,
    total_size: IDL.Nat64,
    run_id: IDL.Nat64,
    mode: Mode,
    module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    canister_version: IDL.Opt(IDL.Nat64),
    good: IDL.Bool,
  });
  const Target = IDL.Record({
    canister: IDL.Principal,
    policy: Policy,
    is_default: IDL.Bool,
    registered_at: IDL.Nat64,
    next_run_at: IDL.Nat64,
    last_run: IDL.Opt(IDL.Nat64),
    open_run: IDL.Opt(IDL.Nat64),
    newest_good: IDL.Opt(Snapshot),
  });
  const Step = IDL.Record({ name: IDL.Text, at: IDL.Nat64, error: IDL.Opt(Failure) });
  const Run = IDL.Record({
    run_id: IDL.Nat64,
    canister: IDL.Principal,
    kind: IDL.Text,
    mode: Mode,
    asked_by: IDL.Text,
    outcome: IDL.Text,
    error: IDL.Opt(Failure),
    warnings: IDL.Vec(Failure),
    phase: IDL.Text,
    started_at: IDL.Nat64,
    ended_at: IDL.Opt(IDL.Nat64),
    was_running: IDL.Opt(IDL.Bool),
    started_again: IDL.Bool,
    snapshot_id: IDL.Opt(IDL.Vec(IDL.Nat8)),
    deleted: IDL.Vec(IDL.Vec(IDL.Nat8)),
    steps: IDL.Vec(Step),
  });
  const Kept = IDL.Record({
    snapshots: IDL.Vec(Snapshot),
    total_size: IDL.Nat64,
    storage_cycles_per_day: IDL.Nat,
    note: IDL.Text,
  });
  const BackupReport = IDL.Record({
    run_id: IDL.Nat64,
    snapshot: Snapshot,
    running: IDL.Bool,
    deleted: IDL.Vec(IDL.Vec(IDL.Nat8)),
  });
  const RestoreReport = IDL.Record({
    run_id: IDL.Nat64,
    canister: IDL.Principal,
    snapshot_id: IDL.Vec(IDL.Nat8),
    taken_at: IDL.Nat64,
    age_seconds: IDL.Nat64,
    module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    running: IDL.Bool,
    summary: IDL.Text,
  });
  const Status = IDL.Record({
    version: IDL.Text,
    layout_version: IDL.Nat32,
    now: IDL.Nat64,
    cycles: IDL.Nat,
    targets: IDL.Nat32,
    snapshots: IDL.Nat32,
    runs: IDL.Nat64,
    open_runs: IDL.Vec(Run),
    next_run: IDL.Opt(IDL.Record({ canister: IDL.Principal, at: IDL.Nat64 })),
  });
  const Role = IDL.Variant({ viewer: IDL.Null, operator: IDL.Null, restorer: IDL.Null, admin: IDL.Null });
  const Grant = IDL.Record({
    who: IDL.Principal,
    role: IDL.Text,
    canister: IDL.Opt(IDL.Principal),
    granted_by: IDL.Principal,
    granted_at: IDL.Nat64,
  });
  const page = (item: T, cursor: T): T =>
    result(IDL.Record({ items: IDL.Vec(item), total: IDL.Nat64, next: IDL.Opt(cursor) }));
  const limit = IDL.Opt(IDL.Nat32);

  return {
    Principal: IDL.Principal,
    RegisterArg: IDL.Record({ canister: IDL.Principal, policy: IDL.Opt(Policy) }),
    SetPolicyArg: IDL.Record({ canister: IDL.Principal, policy: Policy }),
    SetDefaultArg: IDL.Record({ canister: IDL.Opt(IDL.Principal) }),
    RestoreSnapshotArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) }),
    TargetsArg: IDL.Opt(IDL.Record({ after: IDL.Opt(IDL.Principal), limit })),
    SnapshotsArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), after: IDL.Opt(IDL.Principal), limit })),
    RunsArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), before: IDL.Opt(IDL.Nat64), limit })),
    RegisterResult: result(Target),
    UnregisterResult: result(IDL.Record({ canister: IDL.Principal, kept: Kept })),
    SetPolicyResult: result(IDL.Record({ target: Target, kept: Kept })),
    SetDefaultResult: result(IDL.Opt(IDL.Principal)),
    BackupResult: result(BackupReport),
    RestoreResult: result(RestoreReport),
    TargetsResult: page(Target, IDL.Principal),
    SnapshotsResult: page(Snapshot, IDL.Principal),
    RunsResult: page(Run, IDL.Nat64),
    StatusResult: result(Status),
    GrantArg: IDL.Record({ who: IDL.Principal, role: Role, canister: IDL.Opt(IDL.Principal) }),
    GrantsResult: result(IDL.Vec(Grant)),
  };
};

/** The manager's interface for any Candid library. */
export const backupManagerIdlFactory = <S>({ IDL }: { IDL: IdlLibrary<S> }): S => {
  const t = backupManagerTypes<unknown>(IDL);
  return IDL.Service({
    register: IDL.Func([t.RegisterArg], [t.RegisterResult], []),
    unregister: IDL.Func([t.Principal], [t.UnregisterResult], []),
    set_policy: IDL.Func([t.SetPolicyArg], [t.SetPolicyResult], []),
    set_default: IDL.Func([t.SetDefaultArg], [t.SetDefaultResult], []),
    backup: IDL.Func([t.Principal], [t.BackupResult], []),
    restore: IDL.Func([], [t.RestoreResult], []),
    restore_snapshot: IDL.Func([t.RestoreSnapshotArg], [t.RestoreResult], []),
    targets: IDL.Func([t.TargetsArg], [t.TargetsResult], ['query']),
    snapshots: IDL.Func([t.SnapshotsArg], [t.SnapshotsResult], ['query']),
    runs: IDL.Func([t.RunsArg], [t.RunsResult], ['query']),
    status: IDL.Func([], [t.StatusResult], ['query']),
    grant: IDL.Func([t.GrantArg], [t.GrantsResult], []),
    revoke: IDL.Func([t.GrantArg], [t.GrantsResult], []),
    roles: IDL.Func([], [t.GrantsResult], ['query']),
  });
};
