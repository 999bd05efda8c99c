/**
 * The canister `backup-manager`: its methods, each of which delegates. The interface with its comments is in
 * `backup-manager.did`.
 */
import { backupManagerTypes } from '@canister-backup/shared';
import { IDL, init, inspectMessage, postUpgrade, preUpgrade, query, update } from 'azle';
import * as catalogue from './api/catalogue.ts';
import * as exports from './api/export.ts';
import * as health from './api/health.ts';
import * as history from './api/history.ts';
import * as holds from './api/holds.ts';
import * as http from './api/http.ts';
import * as imports from './api/import.ts';
import { inspected } from './api/inspect.ts';
import { installed, upgraded, upgrading } from './api/lifecycle.ts';
import { replyTo } from './api/manual.ts';
import * as proxies from './api/proxy.ts';
import * as queries from './api/queries.ts';
import * as restores from './api/restore.ts';
import * as roles from './api/roles.ts';
import * as runs from './api/runs.ts';
import * as settings from './api/settings.ts';
import * as suspects from './api/suspects.ts';
import * as targets from './api/targets.ts';

const types = backupManagerTypes<IDL.Type>(IDL);

export default class {
  // Manual: installers differ in what they send for no arguments, from nothing at all to `DIDL\0\0`.
  @init([], { manual: true })
  init(): void {
    installed();
  }

  @preUpgrade
  pre_upgrade(): void {
    upgrading();
  }

  @postUpgrade([], { manual: true })
  post_upgrade(): void {
    upgraded();
  }

  @inspectMessage({ manual: true })
  inspect_message(): boolean {
    return inspected();
  }

  @update([types.RegisterArg], types.RegisterResult)
  register(arg: Parameters<typeof targets.register>[0]) {
    return targets.register(arg);
  }

  @update([types.Principal], types.UnregisterResult)
  unregister(canister: Parameters<typeof targets.unregister>[0]) {
    return targets.unregister(canister);
  }

  @update([types.SetPolicyArg], types.SetPolicyResult)
  set_policy(arg: Parameters<typeof targets.setPolicy>[0]) {
    return targets.setPolicy(arg);
  }

  @update([types.SetDefaultArg], types.SetDefaultResult)
  set_default(arg: Parameters<typeof targets.setDefault>[0]) {
    return targets.setDefault(arg);
  }

  @update([types.Principal], types.BackupResult)
  backup(canister: Parameters<typeof runs.backup>[0]) {
    return runs.backup(canister);
  }

  @update([], types.RestoreResult)
  restore() {
    return restores.restore();
  }

  @update([types.RestoreSnapshotArg], types.RestoreResult)
  restore_snapshot(arg: Parameters<typeof restores.restoreSnapshot>[0]) {
    return restores.restoreSnapshot(arg);
  }

  @update([types.RestoreBeforeArg], types.RestoreResult)
  restore_before(arg: Parameters<typeof restores.restoreBefore>[0]) {
    return restores.restoreBefore(arg);
  }

  @update([types.RestoreSnapshotArg], types.RestoreResult)
  restore_without_safety(arg: Parameters<typeof restores.restoreWithoutSafety>[0]) {
    return restores.restoreWithoutSafety(arg);
  }

  @update([types.RestoreForcedArg], types.RestoreResult)
  restore_forced(arg: Parameters<typeof restores.restoreForced>[0]) {
    return restores.restoreForced(arg);
  }

  @update([types.Principal], types.RestoreResult)
  undo_restore(canister: Parameters<typeof restores.undoRestore>[0]) {
    return restores.undoRestore(canister);
  }

  @update([types.Principal], types.SettleResult)
  settle(canister: Parameters<typeof restores.settle>[0]) {
    return restores.settle(canister);
  }

  @update([types.PlanRestoreArg], types.PlanRestoreResult)
  plan_restore(arg: Parameters<typeof restores.planRestore>[0]) {
    return restores.planRestore(arg);
  }

  @update([types.AcceptArg], types.AcceptResult)
  accept(arg: Parameters<typeof suspects.accept>[0]) {
    return suspects.accept(arg);
  }

  @update([types.MarkSuspectArg], types.MarkSuspectResult)
  mark_suspect(arg: Parameters<typeof suspects.markSuspect>[0]) {
    return suspects.markSuspect(arg);
  }

  @update([types.PinArg], types.SnapshotResult)
  pin(arg: Parameters<typeof catalogue.pin>[0]) {
    return catalogue.pin(arg);
  }

  @update([types.SnapshotArg], types.SnapshotResult)
  unpin(arg: Parameters<typeof catalogue.unpin>[0]) {
    return catalogue.unpin(arg);
  }

  @update([types.AdoptArg], types.AdoptResult)
  adopt(arg: Parameters<typeof catalogue.adopt>[0]) {
    return catalogue.adopt(arg);
  }

  @update([types.SnapshotArg], types.DeleteResult)
  delete_snapshot(arg: Parameters<typeof catalogue.deleteSnapshot>[0]) {
    return catalogue.deleteSnapshot(arg);
  }

  @update([types.PlanRetentionArg], types.PlanRetentionResult)
  plan_retention(arg: Parameters<typeof catalogue.planRetention>[0]) {
    return catalogue.planRetention(arg);
  }

  @update([types.HoldArg], types.RegisterResult)
  hold(arg: Parameters<typeof holds.hold>[0]) {
    return holds.hold(arg);
  }

  @update([types.PauseArg], types.PauseResult)
  pause(arg: Parameters<typeof holds.pause>[0]) {
    return holds.pause(arg);
  }

  @update([types.PauseArg], types.PauseResult)
  resume(arg: Parameters<typeof holds.resume>[0]) {
    return holds.resume(arg);
  }

  @update([types.ProxyArg], types.ProxyResult)
  proxy(arg: Parameters<typeof proxies.proxy>[0]) {
    return proxies.proxy(arg);
  }

  @query([types.TargetsArg], types.TargetsResult, { manual: true })
  targets(): void {
    replyTo({ arg: types.TargetsArg, result: types.TargetsResult }, queries.targets);
  }

  @query([types.SnapshotsArg], types.SnapshotsResult, { manual: true })
  snapshots(): void {
    replyTo({ arg: types.SnapshotsArg, result: types.SnapshotsResult }, queries.snapshots);
  }

  @query([types.RunsArg], types.RunsResult, { manual: true })
  runs(): void {
    replyTo({ arg: types.RunsArg, result: types.RunsResult }, queries.runs);
  }

  @update([types.GrantArg], types.GrantsResult)
  grant(arg: Parameters<typeof roles.grant>[0]) {
    return roles.grant(arg);
  }

  @update([types.GrantArg], types.GrantsResult)
  revoke(arg: Parameters<typeof roles.revoke>[0]) {
    return roles.revoke(arg);
  }

  @query([], types.GrantsResult)
  roles() {
    return roles.roles();
  }

  @query([types.HealthArg], types.HealthResult, { manual: true })
  health(): void {
    replyTo({ arg: types.HealthArg, result: types.HealthResult }, health.health);
  }

  @query([types.HistoryArg], types.HistoryResult, { manual: true })
  history(): void {
    replyTo({ arg: types.HistoryArg, result: types.HistoryResult }, history.history);
  }

  @query([], types.SettingsResult)
  settings() {
    return settings.settings();
  }

  @update([types.Settings], types.SettingsResult)
  set_settings(arg: Parameters<typeof settings.setSettings>[0]) {
    return settings.setSettings(arg);
  }

  @query([types.HttpRequest], types.HttpResponse)
  http_request(request: Parameters<typeof http.httpRequest>[0]) {
    return http.httpRequest(request);
  }

  @query([types.ExportStateArg], types.ExportStateResult)
  export_state(arg: Parameters<typeof exports.exportState>[0]) {
    return exports.exportState(arg);
  }

  @update([types.ImportStateArg], types.ImportStateResult)
  import_state(arg: Parameters<typeof imports.importState>[0]) {
    return imports.importState(arg);
  }

  @query([], types.StatusResult)
  status() {
    return queries.status();
  }
}
