/**
 * The canister `backup-manager`: its methods, each of which delegates. The interface with its comments is in
 * `backup-manager.did`. Every method is a row of METHODS, and so behind the guard (`api/guard.ts`).
 */
import { init, inspectMessage, postUpgrade, preUpgrade } from 'azle';
import * as cancels from './api/cancel.ts';
import * as catalogue from './api/catalogue.ts';
import * as exports from './api/export.ts';
import { inspected, type Methods, prepareRefusals, serveAll } from './api/guard.ts';
import * as health from './api/health.ts';
import * as history from './api/history.ts';
import * as holds from './api/holds.ts';
import * as http from './api/http.ts';
import * as imports from './api/import.ts';
import { installed, upgraded, upgrading } from './api/lifecycle.ts';
import * as names from './api/names.ts';
import * as proxies from './api/proxy.ts';
import * as queries from './api/queries.ts';
import * as restores from './api/restore.ts';
import * as roles from './api/roles.ts';
import * as runs from './api/runs.ts';
import * as settings from './api/settings.ts';
import * as suspects from './api/suspects.ts';
import * as targets from './api/targets.ts';

const METHODS: Methods = {
  register: { update: targets.register, needs: 'administer', arg: 'RegisterArg', result: 'RegisterResult' },
  unregister: { update: targets.unregister, needs: 'administer', arg: 'Principal', result: 'UnregisterResult' },
  set_policy: { update: targets.setPolicy, needs: 'administer', arg: 'SetPolicyArg', result: 'SetPolicyResult' },
  set_name: { update: names.setName, needs: 'administer', arg: 'SetNameArg', result: 'RegisterResult' },
  set_default: {
    update: targets.setDefault,
    needs: 'administer all',
    arg: 'SetDefaultArg',
    result: 'SetDefaultResult',
  },
  backup: { update: runs.backup, needs: 'backup', arg: 'Principal', result: 'BackupResult' },
  restore: { update: restores.restore, needs: 'restore', result: 'RestoreResult' },
  restore_snapshot: {
    update: restores.restoreSnapshot,
    needs: 'restore',
    arg: 'RestoreSnapshotArg',
    result: 'RestoreResult',
  },
  restore_before: {
    update: restores.restoreBefore,
    needs: 'restore',
    arg: 'RestoreBeforeArg',
    result: 'RestoreResult',
  },
  restore_without_safety: {
    update: restores.restoreWithoutSafety,
    needs: 'restore',
    arg: 'RestoreSnapshotArg',
    result: 'RestoreResult',
  },
  restore_forced: {
    update: restores.restoreForced,
    needs: 'restore',
    arg: 'RestoreForcedArg',
    result: 'RestoreResult',
  },
  cancel_run: { update: cancels.cancelRun, needs: 'view', arg: 'Principal', result: 'RunResult' },
  undo_restore: { update: restores.undoRestore, needs: 'restore', arg: 'Principal', result: 'RestoreResult' },
  undo_restore_to: { update: restores.undoRestoreTo, needs: 'restore', arg: 'SnapshotArg', result: 'RestoreResult' },
  settle: { update: restores.settle, needs: 'administer', arg: 'Principal', result: 'SettleResult' },
  plan_restore: { update: restores.planRestore, needs: 'restore', arg: 'PlanRestoreArg', result: 'PlanRestoreResult' },
  accept: { update: suspects.accept, needs: 'administer', arg: 'AcceptArg', result: 'AcceptResult' },
  mark_suspect: { update: suspects.markSuspect, needs: 'restore', arg: 'MarkSuspectArg', result: 'MarkSuspectResult' },
  pin: { update: catalogue.pin, needs: 'administer', arg: 'PinArg', result: 'SnapshotResult' },
  unpin: { update: catalogue.unpin, needs: 'administer', arg: 'SnapshotArg', result: 'SnapshotResult' },
  adopt: { update: catalogue.adopt, needs: 'administer', arg: 'AdoptArg', result: 'AdoptResult' },
  delete_snapshot: {
    update: catalogue.deleteSnapshot,
    needs: 'administer',
    arg: 'SnapshotArg',
    result: 'DeleteResult',
  },
  plan_retention: {
    update: catalogue.planRetention,
    needs: 'view',
    arg: 'PlanRetentionArg',
    result: 'PlanRetentionResult',
  },
  hold: { update: holds.hold, needs: 'backup', arg: 'HoldArg', result: 'RegisterResult' },
  pause: { update: holds.pause, needs: 'administer', arg: 'PauseArg', result: 'PauseResult' },
  resume: { update: holds.resume, needs: 'administer', arg: 'PauseArg', result: 'PauseResult' },
  proxy: { update: proxies.proxy, needs: 'view', arg: 'ProxyArg', result: 'ProxyResult', refusal: proxies.refused },
  targets: { query: queries.targets, needs: 'view', arg: 'TargetsArg', result: 'TargetsResult' },
  snapshots: { query: queries.snapshots, needs: 'view', arg: 'SnapshotsArg', result: 'SnapshotsResult' },
  runs: { query: queries.runs, needs: 'view', arg: 'RunsArg', result: 'RunsResult' },
  grant: { update: roles.grant, needs: 'administer', arg: 'GrantArg', result: 'GrantsResult' },
  revoke: { update: roles.revoke, needs: 'administer', arg: 'GrantArg', result: 'GrantsResult' },
  roles: { query: roles.roles, needs: 'view', result: 'GrantsResult' },
  health: { query: health.health, needs: 'view', arg: 'HealthArg', result: 'HealthResult' },
  history: { query: history.history, needs: 'view', arg: 'HistoryArg', result: 'HistoryResult' },
  settings: { query: settings.settings, needs: 'view', result: 'SettingsResult' },
  set_settings: { update: settings.setSettings, needs: 'administer all', arg: 'Settings', result: 'SettingsResult' },
  http_request: { query: http.httpRequest, arg: 'HttpRequest', result: 'HttpResponse', refusal: http.refused },
  export_state: { query: exports.exportState, needs: 'view', arg: 'ExportStateArg', result: 'ExportStateResult' },
  import_state: { update: imports.importState, needs: 'view', arg: 'ImportStateArg', result: 'ImportStateResult' },
  status: { query: queries.status, needs: 'view', result: 'StatusResult' },
};

export default class {
  constructor() {
    serveAll(this, METHODS);
  }

  // Manual: installers differ in what they send for no arguments, from nothing at all to `DIDL\0\0`.
  @init([], { manual: true })
  init(): void {
    installed();
    prepareRefusals(METHODS);
  }

  @preUpgrade
  pre_upgrade(): void {
    upgrading();
  }

  @postUpgrade([], { manual: true })
  post_upgrade(): void {
    upgraded();
    prepareRefusals(METHODS);
  }

  @inspectMessage({ manual: true })
  inspect_message(): boolean {
    return inspected(METHODS);
  }
}
