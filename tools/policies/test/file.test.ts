import { readFileSync } from 'node:fs';
import { DEFAULT_POLICY } from '@canister-backup/shared';
import { describe, expect, test } from 'vitest';
import { readPolicies } from '../src/file/read.ts';
import { policiesSchema } from '../src/file/schema.ts';
import { canister } from './worlds.ts';

const [ONE, TWO] = [canister(1), canister(2)] as const;
const read = (file: unknown) => readPolicies(JSON.stringify(file), 'policies.json');
const policyOf = (own: object, defaults: object = {}) =>
  read({ defaults, targets: [{ canister: ONE, ...own }] }).wanted.targets[0]?.policy;

describe('policies.json', () => {
  test('what is said nowhere is as in the default policy of the manager', () => {
    expect(policyOf({})).toEqual(DEFAULT_POLICY);
  });

  test('what a target says comes before what all targets have, field by field', () => {
    const defaults = { schedule: { every: '1h' }, keep: 3, probe: { method: 'size' } };
    expect(policyOf({ keep: 5 }, defaults)).toMatchObject({
      schedule: { kind: 'every', seconds: 3600n },
      keep: 5,
      mode: 'stop',
      probe: { method: 'size', arg: '4449444c0000', rules: [] },
    });
  });

  test('null takes away what all targets have', () => {
    const policy = policyOf({ probe: null, retention: null }, { probe: { method: 'size' }, retention: { daily: 3 } });
    expect(policy).toMatchObject({ keep: 8 });
    expect(policy?.probe).toBeUndefined();
    expect(policy?.retention).toBeUndefined();
  });

  test('every field becomes what the interface counts in', () => {
    const file = {
      schedule: { calendar: '0 3 * * mon' },
      keep: 4,
      mode: 'running',
      retention: { daily: 3, weekly: 1 },
      quiet_hours: { from: '22:00', to: '06:30' },
      jitter: '15m',
      skip_unchanged: true,
      max_downtime: '30s',
      margin: { days: 10, cycles: '500b' },
      after_restore: { method: 'wake', arg: '4449444C0000' },
      probe: { method: 'size', tripwires: [{ measure: { natural: 0 }, at_least: '9007199254740993' }] },
    };
    expect(policyOf(file)).toEqual({
      schedule: { kind: 'calendar', cron: '0 3 * * mon' },
      keep: 4,
      mode: 'running',
      retention: { last: 0, hourly: 0, daily: 3, weekly: 1, monthly: 0 },
      quiet: { from: 1320, to: 390 },
      jitter: 900n,
      skipUnchanged: true,
      maxDowntime: 30n,
      margin: { days: 10, cycles: 500_000_000_000n },
      afterRestore: { method: 'wake', arg: '4449444c0000' },
      probe: { method: 'size', arg: '4449444c0000', rules: [{ measure: { natural: 0 }, atLeast: 9007199254740993n }] },
    });
  });

  test('names stand for ids', () => {
    const targets = [{ canister: ONE, name: 'ledger' }, { canister: TWO }];
    const roles = [
      { who: TWO, role: 'operator', target: 'ledger' },
      { who: TWO, role: 'viewer' },
    ];
    expect(read({ manager: TWO, default_target: 'ledger', targets, roles })).toMatchObject({
      manager: TWO,
      wanted: {
        defaultTarget: ONE,
        roles: [
          { who: TWO, role: 'operator', canister: ONE },
          { who: TWO, role: 'viewer' },
        ],
      },
    });
    expect(read({ targets: [] }).wanted).toEqual({ targets: [], defaultTarget: undefined, roles: undefined });
    expect(read({ targets: [], default_target: null }).wanted.defaultTarget).toBeNull();
  });
});

describe('a mistake', () => {
  test.each([
    ['is no JSON', '{', /JSON/],
    [
      'is a name that does not exist',
      { targets: [{ canister: ONE, quite_hours: null }] },
      /targets\[0\]: .*"quite_hours"/,
    ],
    [
      'is a canister that is none',
      { targets: [{ canister: 'abc' }] },
      /targets\[0\]\.canister: expected the text of a/,
    ],
    [
      'is a schedule that is none',
      { targets: [], defaults: { schedule: '6h' } },
      /defaults\.schedule: expected \{ "ev/,
    ],
    ['is a time without a unit', { targets: [], defaults: { jitter: '15' } }, /defaults\.jitter: expected a time like/],
    [
      'is what the manager would refuse',
      { targets: [{ canister: ONE, keep: 9 }] },
      /the policy of .*keep is 9.*1 to 8/,
    ],
    ['is a calendar that is none', { targets: [{ canister: ONE, schedule: { calendar: '61 * * * *' } }] }, /cron/],
    ['is a canister twice', { targets: [{ canister: ONE }, { canister: ONE }] }, /targets\[1\]: .* is there already/],
    [
      'is a name twice',
      {
        targets: [
          { canister: ONE, name: 'a' },
          { canister: TWO, name: 'a' },
        ],
      },
      /a is there already/,
    ],
    ['is a default that is no target', { targets: [], default_target: 'x' }, /default_target: no target is called x/],
    [
      'is a role on no target',
      { targets: [], roles: [{ who: ONE, role: 'viewer', target: 'x' }] },
      /roles\[0\]\.target/,
    ],
  ])('that %s is told with its place', (_, file, message) => {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    expect(() => readPolicies(text, 'policies.json')).toThrow(message);
  });

  test('does not hide the others', () => {
    const targets = [
      { canister: ONE, keep: 9 },
      { canister: TWO, keep: 0 },
    ];
    expect(() => read({ targets, default_target: 'x' })).toThrow(
      /keep is 9[\s\S]*keep is 0[\s\S]*no target is called x/,
    );
  });
});

describe('docs/policies.md', () => {
  const text = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8');

  test('has an example that is right', () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
    const { wanted } = readPolicies(example, 'docs/policies.md');
    expect(wanted.targets.map(({ name }) => name)).toEqual(['ledger', 'assets', 'archive']);
    expect(wanted.targets[0]?.policy).toMatchObject({
      schedule: { cron: '15 */4 * * *' },
      jitter: 1800n,
      skipUnchanged: true,
    });
  });

  test('explains every field, and none that does not exist', () => {
    const { shape } = policiesSchema;
    const fields = [...Object.keys(shape), ...Object.keys(shape.defaults.def.innerType.shape), 'paused'];
    const named = [...text.matchAll(/^\| `([a-z_]+)` /gm)].map(([, field]) => field);
    expect(named.toSorted()).toEqual(fields.filter((field) => field !== '$schema' && field !== 'defaults').toSorted());
  });

  test.each([
    ['{\n  "targets": [,]\n}', /^ {2}line 2, column 15: this is no JSON/m],
    ['', /line 1, column 1: this is no JSON/],
    ['{"targets": []', /line 1, column 15: this is no JSON/],
    ['{\n  "targets": [], // none\n}', /line 2, column 18: this is no JSON/],
    ['{\n  "targets": [],\n  "targets": []\n}', /line 3, column 3: "targets" is there already, at line 2, column 3/],
    ['{"targets": [{"canister": "a",\n "keep": 1, "keep": 2}]}', /line 2, column 13: "keep" is there already/],
    ['{\n  "targets": [\n    {"canister": 7}]\n}', /line 3, column 18: targets\[0\]\.canister: /],
    ['{"targets": [],\n "tagrets": []}', /line 1, column 1: .*tagrets/],
  ])('%s is refused with its place', (text, says) => {
    expect(() => readPolicies(text, 'policies.json')).toThrow(says);
  });

  test('a byte order mark is no part of the file', () => {
    expect(readPolicies('\uFEFF{"targets": []}', 'policies.json').wanted.targets).toEqual([]);
  });
});
