/** The Candid interface of the backup manager; `packages/backup-manager/backup-manager.did` explains each part. */
import type { IdlLibrary, IdlTypes } from './idl.ts';
import { transferTypes } from './transfer.ts';
import { watchingTypes } from './watching.ts';

/** The Candid types of the manager's arguments and results, by method and role, for any Candid library. */
export const backupManagerTypes = <T>(IDL: IdlTypes<T>) => {
  const Failure = IDL.Record({ code: IDL.Text, message: IDL.Text, context: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)) });
  const result = (Ok: T): T => IDL.Variant({ Ok, Err: Failure });

  const Schedule = IDL.Variant({ every_seconds: IDL.Nat64, calendar: IDL.Record({ cron: IDL.Text }) });
  const Mode = IDL.Variant({ stop: IDL.Null, running: IDL.Null });
  const TargetMethod = IDL.Record({ method: IDL.Text, arg: IDL.Vec(IDL.Nat8) });
  const Retention = IDL.Record({
    last: IDL.Nat32,
    hourly: IDL.Nat32,
    daily: IDL.Nat32,
    weekly: IDL.Nat32,
    monthly: IDL.Nat32,
  });
  const Tripwire = IDL.Record({
    measure: IDL.Variant({ reply_bytes: IDL.Null, natural: IDL.Nat32 }),
    at_least: IDL.Opt(IDL.Nat),
    shrinks_at_most_percent: IDL.Opt(IDL.Nat32),
  });
  const Probe = IDL.Record({ method: IDL.Text, arg: IDL.Vec(IDL.Nat8), tripwires: IDL.Vec(Tripwire) });
  const Fingerprint = IDL.Record({
    certainty: IDL.Text,
    reply_bytes: IDL.Opt(IDL.Nat64),
    reply_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    naturals: IDL.Vec(IDL.Nat),
  });
  const Doubt = IDL.Record({ kind: IDL.Text, reasons: IDL.Vec(Failure) });
  const OpenProbe = IDL.Record({ canister: IDL.Principal, method: IDL.Text, since: IDL.Nat64 });
  const Policy = IDL.Record({
    schedule: Schedule,
    keep: IDL.Nat32,
    mode: Mode,
    retention: IDL.Opt(Retention),
    quiet_hours: IDL.Opt(IDL.Record({ from: IDL.Nat32, to: IDL.Nat32 })),
    jitter_seconds: IDL.Opt(IDL.Nat32),
    immediate: IDL.Opt(IDL.Bool),
    skip_unchanged: IDL.Opt(IDL.Bool),
    max_downtime_seconds: IDL.Opt(IDL.Nat32),
    margin: IDL.Opt(IDL.Record({ days: IDL.Nat32, cycles: IDL.Nat })),
    after_restore: IDL.Opt(TargetMethod),
    probe: IDL.Opt(Probe),
  });

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
    safety_until: IDL.Opt(IDL.Nat64),
    pin: IDL.Opt(IDL.Text),
    origin: IDL.Opt(IDL.Text),
    fingerprint: IDL.Opt(Fingerprint),
    doubt: IDL.Opt(Doubt),
  });
  const Target = IDL.Record({
    canister: IDL.Principal,
    policy: Policy,
    is_default: IDL.Bool,
    registered_at: IDL.Nat64,
    next_run_at: IDL.Nat64,
    last_run: IDL.Opt(IDL.Nat64),
    open_run: IDL.Opt(IDL.Nat64),
    paused: IDL.Opt(IDL.Bool),
    paused_alone: IDL.Opt(IDL.Bool),
    held: IDL.Opt(IDL.Record({ until: IDL.Nat64, by: IDL.Text })),
    newest_good: IDL.Opt(Snapshot),
    name: IDL.Opt(IDL.Text),
    newest_good_age_seconds: IDL.Opt(IDL.Nat64),
    last_downtime: IDL.Opt(IDL.Nat64),
  });
  const Step = IDL.Record({ name: IDL.Text, at: IDL.Nat64, error: IDL.Opt(Failure) });
  const Downtime = IDL.Record({ nanos: IDL.Nat64, rounds: IDL.Nat32 });
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
    state_after: IDL.Opt(IDL.Text),
    safety_snapshot: IDL.Opt(IDL.Vec(IDL.Nat8)),
    downtime: IDL.Opt(Downtime),
    name: IDL.Opt(IDL.Text),
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
    downtime: IDL.Opt(Downtime),
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
    safety_snapshot: IDL.Opt(IDL.Vec(IDL.Nat8)),
    lost: IDL.Opt(IDL.Text),
    downtime: IDL.Opt(Downtime),
    warnings: IDL.Opt(IDL.Vec(Failure)),
    ways_back: IDL.Opt(IDL.Vec(Snapshot)),
  });
  const StateSeen = IDL.Record({
    at: IDL.Nat64,
    module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    canister_version: IDL.Opt(IDL.Nat64),
    size: IDL.Opt(IDL.Nat64),
    fingerprint: IDL.Opt(Fingerprint),
  });
  const RestorePlan = IDL.Record({
    canister: IDL.Principal,
    snapshot_id: IDL.Vec(IDL.Nat8),
    why: IDL.Text,
    age_seconds: IDL.Nat64,
    state_then: StateSeen,
    state_now: StateSeen,
    lost: IDL.Text,
    older: IDL.Vec(Snapshot),
    safety: IDL.Text,
    steps: IDL.Vec(IDL.Text),
    rounds_down: IDL.Nat32,
    cycles_locked: IDL.Nat,
    cycles_of_target: IDL.Nat,
    warnings: IDL.Vec(Failure),
    ways_back: IDL.Opt(IDL.Vec(Snapshot)),
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
    open_probes: IDL.Opt(IDL.Vec(OpenProbe)),
    paused_all: IDL.Opt(IDL.Bool),
    restorable: IDL.Opt(IDL.Nat32),
    oldest_good: IDL.Opt(
      IDL.Record({ canister: IDL.Principal, name: IDL.Opt(IDL.Text), taken_at: IDL.Nat64, age_seconds: IDL.Nat64 }),
    ),
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
    SetNameArg: IDL.Record({ canister: IDL.Principal, name: IDL.Opt(IDL.Text) }),
    SetPolicyArg: IDL.Record({ canister: IDL.Principal, policy: Policy }),
    PinArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8), label: IDL.Text }),
    SnapshotArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) }),
    AdoptArg: IDL.Record({
      canister: IDL.Principal,
      snapshot_ids: IDL.Vec(IDL.Vec(IDL.Nat8)),
      good: IDL.Opt(IDL.Bool),
    }),
    PlanRetentionArg: IDL.Record({ canister: IDL.Principal, policy: IDL.Opt(Policy) }),
    HoldArg: IDL.Record({ canister: IDL.Principal, minutes: IDL.Nat32 }),
    PauseArg: IDL.Record({ canister: IDL.Opt(IDL.Principal) }),
    SnapshotResult: result(Snapshot),
    AdoptResult: result(IDL.Record({ run_id: IDL.Nat64, snapshots: IDL.Vec(Snapshot) })),
    DeleteResult: result(IDL.Record({ run_id: IDL.Nat64 })),
    PlanRetentionResult: result(
      IDL.Record({
        items: IDL.Vec(
          IDL.Record({
            snapshot_id: IDL.Vec(IDL.Nat8),
            taken_at: IDL.Nat64,
            keep: IDL.Bool,
            reason: IDL.Text,
            now: IDL.Bool,
          }),
        ),
        note: IDL.Text,
      }),
    ),
    PauseResult: result(IDL.Record({ changed: IDL.Nat32 })),
    ProxyArg: IDL.Record({ canister_id: IDL.Principal, method: IDL.Text, args: IDL.Vec(IDL.Nat8), cycles: IDL.Nat }),
    ProxyResult: IDL.Variant({
      Ok: IDL.Record({ result: IDL.Vec(IDL.Nat8) }),
      Err: IDL.Variant({
        InsufficientCycles: IDL.Record({ available: IDL.Nat, required: IDL.Nat }),
        CallFailed: IDL.Record({ reason: IDL.Text }),
        UnauthorizedUser: IDL.Null,
      }),
    }),
    SetDefaultArg: IDL.Record({ canister: IDL.Opt(IDL.Principal) }),
    RestoreSnapshotArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) }),
    RestoreBeforeArg: IDL.Record({ canister: IDL.Principal, time: IDL.Nat64 }),
    RestoreForcedArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Opt(IDL.Vec(IDL.Nat8)) }),
    PlanRestoreArg: IDL.Record({
      canister: IDL.Opt(IDL.Principal),
      snapshot_id: IDL.Opt(IDL.Vec(IDL.Nat8)),
      time: IDL.Opt(IDL.Nat64),
    }),
    TargetsArg: IDL.Opt(IDL.Record({ after: IDL.Opt(IDL.Principal), limit })),
    SnapshotsArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), after: IDL.Opt(IDL.Principal), limit })),
    RunsArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), before: IDL.Opt(IDL.Nat64), limit })),
    AcceptArg: IDL.Record({ canister: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) }),
    AcceptResult: result(Snapshot),
    MarkSuspectArg: IDL.Record({ canister: IDL.Principal, since: IDL.Nat64 }),
    MarkSuspectResult: result(IDL.Record({ marked: IDL.Vec(Snapshot), newest_good: IDL.Opt(Snapshot) })),
    RegisterResult: result(Target),
    UnregisterResult: result(IDL.Record({ canister: IDL.Principal, kept: Kept, given_up: IDL.Opt(Failure) })),
    SetPolicyResult: result(IDL.Record({ target: Target, kept: Kept })),
    SetDefaultResult: result(IDL.Opt(IDL.Principal)),
    BackupResult: result(BackupReport),
    RestoreResult: result(RestoreReport),
    PlanRestoreResult: result(RestorePlan),
    SettleResult: result(
      IDL.Record({
        canister: IDL.Principal,
        snapshot_id: IDL.Vec(IDL.Nat8),
        note: IDL.Text,
        ways_back: IDL.Opt(IDL.Vec(Snapshot)),
      }),
    ),
    TargetsResult: page(Target, IDL.Principal),
    SnapshotsResult: page(Snapshot, IDL.Principal),
    RunsResult: page(Run, IDL.Nat64),
    RunResult: result(Run),
    StatusResult: result(Status),
    ...watchingTypes<T>(IDL, result),
    ...transferTypes<T>(IDL, { result, Failure }),
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
    set_name: IDL.Func([t.SetNameArg], [t.RegisterResult], []),
    set_default: IDL.Func([t.SetDefaultArg], [t.SetDefaultResult], []),
    backup: IDL.Func([t.Principal], [t.BackupResult], []),
    restore: IDL.Func([], [t.RestoreResult], []),
    restore_snapshot: IDL.Func([t.RestoreSnapshotArg], [t.RestoreResult], []),
    restore_before: IDL.Func([t.RestoreBeforeArg], [t.RestoreResult], []),
    restore_without_safety: IDL.Func([t.RestoreSnapshotArg], [t.RestoreResult], []),
    restore_forced: IDL.Func([t.RestoreForcedArg], [t.RestoreResult], []),
    cancel_run: IDL.Func([t.Principal], [t.RunResult], []),
    undo_restore: IDL.Func([t.Principal], [t.RestoreResult], []),
    undo_restore_to: IDL.Func([t.SnapshotArg], [t.RestoreResult], []),
    settle: IDL.Func([t.Principal], [t.SettleResult], []),
    plan_restore: IDL.Func([t.PlanRestoreArg], [t.PlanRestoreResult], []),
    accept: IDL.Func([t.AcceptArg], [t.AcceptResult], []),
    mark_suspect: IDL.Func([t.MarkSuspectArg], [t.MarkSuspectResult], []),
    pin: IDL.Func([t.PinArg], [t.SnapshotResult], []),
    unpin: IDL.Func([t.SnapshotArg], [t.SnapshotResult], []),
    adopt: IDL.Func([t.AdoptArg], [t.AdoptResult], []),
    delete_snapshot: IDL.Func([t.SnapshotArg], [t.DeleteResult], []),
    plan_retention: IDL.Func([t.PlanRetentionArg], [t.PlanRetentionResult], []),
    hold: IDL.Func([t.HoldArg], [t.RegisterResult], []),
    pause: IDL.Func([t.PauseArg], [t.PauseResult], []),
    resume: IDL.Func([t.PauseArg], [t.PauseResult], []),
    proxy: IDL.Func([t.ProxyArg], [t.ProxyResult], []),
    targets: IDL.Func([t.TargetsArg], [t.TargetsResult], ['query']),
    snapshots: IDL.Func([t.SnapshotsArg], [t.SnapshotsResult], ['query']),
    runs: IDL.Func([t.RunsArg], [t.RunsResult], ['query']),
    status: IDL.Func([], [t.StatusResult], ['query']),
    health: IDL.Func([t.HealthArg], [t.HealthResult], ['query']),
    history: IDL.Func([t.HistoryArg], [t.HistoryResult], ['query']),
    settings: IDL.Func([], [t.SettingsResult], ['query']),
    set_settings: IDL.Func([t.Settings], [t.SettingsResult], []),
    http_request: IDL.Func([t.HttpRequest], [t.HttpResponse], ['query']),
    grant: IDL.Func([t.GrantArg], [t.GrantsResult], []),
    revoke: IDL.Func([t.GrantArg], [t.GrantsResult], []),
    roles: IDL.Func([], [t.GrantsResult], ['query']),
    export_state: IDL.Func([t.ExportStateArg], [t.ExportStateResult], ['query']),
    import_state: IDL.Func([t.ImportStateArg], [t.ImportStateResult], []),
  });
};
