/** docs/alerts.yml, evaluated by Prometheus's own `promtool test rules` on metrics as the manager writes them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  assessManager,
  assessTarget,
  type HealthReason,
  type ManagerFacts,
  metricsText,
  reportHealth,
} from '@canister-backup/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANAGER, NOW, WELL } from '../../packages/shared/test/health/facts.ts';
import { deploy, HOUR, SECOND, STRANGER, taken, type World } from '../e2e/manager-world.ts';

const PROMTOOL = process.env.PROMTOOL_BIN;
const RULES = fileURLToPath(new URL('../../docs/alerts.yml', import.meta.url));
const TYPES = readFileSync(new URL('../../packages/shared/src/health/types.ts', import.meta.url), 'utf8');

/** Minutes: longer than each `for` in the rules. */
const LATER = 90;

const FACTS: ManagerFacts = { manager: MANAGER, cycles: 10n ** 13n, openRuns: 0, openCalls: 0 };

const OF_MANAGER = ['manager_under_budget', 'timer_asleep', 'manager_cycles', 'open_call'];

/** Metrics of a manager with one target, of which one of them has one reason. */
function metricsWith(reason?: HealthReason): string {
  const [manager, target] = [assessManager(FACTS, NOW), assessTarget(WELL, NOW)];
  expect([...manager.reasons, ...target.reasons]).toEqual([]);
  const changed = reason && { level: reason.level, reasons: [reason] };
  const ofManager = reason !== undefined && OF_MANAGER.includes(reason.code);
  const report = reportHealth(
    { ...manager, ...(ofManager && changed) },
    [{ ...target, ...(!ofManager && changed) }],
    NOW,
  );
  return metricsText(report, true);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The alerts that fire at `minute`, if the metrics stay like that, are these and no others; `promtool` says so. */
function fires(metrics: string, minute: number, alerts: readonly string[]): void {
  const series = metrics
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(.*) (\S+)$/.exec(line)!)
    .map(([, name, value]) => ({ series: name, values: `${value}x${LATER}` }));
  const up = { series: 'up{job="canister-backup"}', values: `1x${LATER}` };
  const samples = alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 }));
  const expr = 'group by (alertname) (ALERTS{alertstate="firing"})';
  const content = {
    rule_files: [RULES],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [up, ...series],
        promql_expr_test: [{ expr, eval_time: `${minute}m`, exp_samples: samples }],
      },
    ],
  };
  const path = join(folder, 'test.json');
  writeFileSync(path, JSON.stringify(content));
  execFileSync(PROMTOOL!, ['test', 'rules', path], { encoding: 'utf8', stdio: 'pipe' });
}

const CODES = [
  ...TYPES.slice(TYPES.indexOf('export type HealthCode'), TYPES.indexOf('/** Why something is not ok')).matchAll(
    /\| '([a-z_]+)'/g,
  ),
].map(([, code]) => code as HealthReason['code']);

/** The rule of each reason that has one of its own; every reason is told of by `BackupReason` if it is a warning. */
const OWN: Readonly<Record<string, string>> = {
  missed_run: 'BackupMissed',
  target_not_running: 'BackupTargetNotRunning',
  target_deleted: 'BackupTargetDeleted',
  target_empty: 'BackupTargetEmpty',
  control_lost: 'BackupControlLost',
  manager_under_budget: 'BackupManagerUnderBudget',
  timer_asleep: 'BackupManagerTimerAsleep',
};
const WARNED: Readonly<Record<string, string>> = {
  restore_failed: 'BackupRestoreFailed',
  not_seen: 'BackupNotSeen',
  no_good_snapshot: 'BackupNothingPromised',
};

describe.skipIf(PROMTOOL === undefined)('alerts [needs PROMTOOL_BIN]', () => {
  test('none fires for what is well', () => {
    for (const minute of [1, 61]) fires(metricsWith(), minute, []);
  });

  test('a test of alerts can fail', () => {
    expect(() => fires(metricsWith(), 61, ['BackupMissed'])).toThrow('Command failed');
  });

  test.each(CODES.filter((code) => code in OWN || code === 'no_good_snapshot'))('%s, critical', (code) => {
    const metrics = metricsWith({ level: 'critical', code, message: 'x' });
    const manager = OF_MANAGER.includes(code) ? ['BackupManagerCritical'] : [];
    const own = OWN[code] ?? 'BackupNothingToRestore';
    fires(metrics, 1, [...manager, own]);
    fires(metrics, 6, [...manager, own, 'BackupCritical']);
  });

  test.each(CODES.filter((code) => !(code in OWN)))('%s, a warning', (code) => {
    const metrics = metricsWith({ level: 'warn', code, message: 'x' });
    const own = code in WARNED ? [WARNED[code]!] : [];
    fires(metrics, 61, [...own, 'BackupReason', 'BackupWarning']);
  });

  test('a warning is told of although something else is critical', () => {
    const [manager, target] = [assessManager(FACTS, NOW), assessTarget(WELL, NOW)];
    const reasons: HealthReason[] = [
      { level: 'critical', code: 'control_lost', message: 'x' },
      { level: 'warn', code: 'slots', message: 'x' },
    ];
    const metrics = metricsText(reportHealth(manager, [{ ...target, level: 'critical', reasons }], NOW), true);
    fires(metrics, 61, ['BackupControlLost', 'BackupCritical', 'BackupReason']);
  });

  describe('on the metrics of a real manager', () => {
    let deployed: World;
    beforeAll(() => {
      deployed = deploy(1);
      deployed.register();
      deployed.backup();
      taken(deployed.ask('set_settings', [{ public_http: [true] }]));
    });

    test.each<[string, (world: World) => void, readonly string[]]>([
      ['that is well', () => {}, []],
      [
        'whose target was stopped',
        (world) => world.about('stop_canister', world.chat),
        ['BackupCritical', 'BackupTargetNotRunning'],
      ],
      [
        'whose target was emptied',
        (world) => world.about('uninstall_code', world.chat),
        ['BackupCritical', 'BackupTargetEmpty', 'BackupReason'],
      ],
    ])('%s', (_, happen, alerts) => {
      const world = deployed.fork();
      happen(world);
      world.pass(HOUR + 60n * SECOND);
      const request = { method: 'GET', url: '/metrics', headers: [], body: new Uint8Array() };
      const { body } = world.ask('http_request', [{ ...request, certificate_version: [2] }], STRANGER) as unknown as {
        body: Uint8Array;
      };
      fires(Buffer.from(body).toString(), 61, alerts);
    });
  });
});
