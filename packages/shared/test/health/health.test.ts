import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessManager,
  assessTarget,
  type ErrorCode,
  type HealthRecord,
  held,
  liquidNow,
  type ManagerFacts,
  NANOS_PER_SECOND,
  observe,
  openRun,
  type Run,
  type Spending,
  sighted,
  spend,
  spentPerDay,
  type TargetFacts,
  UNSEEN,
  worst,
} from '../../src/index.ts';
import { CHAT, DAY, HOUR, MANAGER, NOW, reasons, record, WELL } from './facts.ts';

/** Due at 3:00; the world is at 15:00. */
function nightly(ago: bigint): TargetFacts {
  const failures = ago > 2n * DAY ? 2 : 0;
  const last = record({ lastSuccess: NOW - ago, failures });
  return { ...last, policy: { schedule: { kind: 'calendar', cron: '0 3 * * *' } } };
}

const ORDER = {
  id: 1n,
  kind: 'backup',
  target: CHAT,
  manager: MANAGER,
  mode: 'stop',
  keep: 8,
  askedBy: 'timer',
} as const;
const OPEN_PROBE = { method: 'count', since: NOW - 60n * NANOS_PER_SECOND };
describe('the health of a target', () => {
  it('is ok while it is backed up and runs', () => {
    expect(assessTarget(WELL, NOW)).toMatchObject({ level: 'ok', reasons: [], slotsFree: 2 });
  });

  it.each<[string, TargetFacts, string[]]>([
    ['a due time that passed', { ...WELL, nextRunAt: NOW - HOUR }, ['critical missed_run']],
    ['one that has just passed', { ...WELL, nextRunAt: NOW - 60n * NANOS_PER_SECOND }, []],
    ['one that passed, with many to wait for', { ...WELL, nextRunAt: NOW - HOUR, targets: 1000 }, []],
    ['one whose run is open', { ...WELL, nextRunAt: NOW - HOUR, open: { run: 1n } }, []],
    ['no success for two intervals', record({ lastSuccess: NOW - 13n * HOUR }), ['critical missed_run']],
    ['no success for one night', nightly(30n * HOUR), []],
    ['no success for two nights', nightly(49n * HOUR), ['critical missed_run', 'warn failures']],
    [
      'no success for long by the schedule before',
      { ...nightly(20n * DAY), scheduledAt: NOW - DAY },
      ['warn failures'],
    ],
    ['a pause, however long', { ...record({ lastSuccess: NOW - DAY }), paused: true }, ['warn paused']],
    ['a pause of all', { ...record({ lastSuccess: NOW - DAY }), pausedAll: true }, ['warn paused']],
    ['no success ever', record({ lastSuccess: undefined }), ['critical missed_run', 'warn no_backup_yet']],
    ['failures', record({ failures: 2 }), ['warn failures']],
    ['a target that somebody stopped', record({ status: 'stopped' }), ['critical target_not_running']],
    ['a target that we stopped', record({ status: 'stopped', downSince: NOW }), ['critical target_not_running']],
    ['a run that has just stopped it', { ...WELL, open: { run: 1n, downSince: NOW - NANOS_PER_SECOND } }, []],
    [
      'a run that has it down for long',
      { ...WELL, open: { run: 1n, downSince: NOW - HOUR } },
      ['critical target_not_running'],
    ],
    ['a call that nothing waits for', { ...WELL, openProbe: OPEN_PROBE }, ['warn open_probe']],
    ['one that its run waits for', { ...WELL, openProbe: OPEN_PROBE, open: { run: 1n } }, []],
    ['a suspect', { ...WELL, suspects: 1 }, ['warn suspect']],
    ['six slots taken by others', record({ foreign: 6 }), ['warn slots']],
    ['cycles for a week', record({ cycles: 7n, burnPerDay: 1n }), ['warn target_cycles']],
    ['cycles for a year', record({ cycles: 365n, burnPerDay: 1n }), []],
  ])('with %s', (_, facts, expected) => {
    expect(reasons(facts)).toEqual(expected);
  });

  it('names a command that helps in every reason but a failure, which has its own', () => {
    const bad = assessTarget(
      {
        ...record({ foreign: 8, status: 'stopped', lastSuccess: undefined, cycles: 1n, burnPerDay: 1n }),
        suspects: 1,
        goodAt: undefined,
      },
      NOW,
    );
    expect(bad.reasons.map(({ code }) => code)).toHaveLength(7);
    for (const { message } of bad.reasons) expect(message).toMatch(/`dfx |call accept/);
  });

  it('is never better with one more thing wrong', () => {
    const facts = fc.record({
      nextRunAt: fc.bigInt({ min: NOW - DAY, max: NOW + DAY }),
      paused: fc.boolean(),
      suspects: fc.nat(3),
      foreign: fc.nat(10),
      failures: fc.nat(5),
      lastSuccess: fc.option(fc.bigInt({ min: NOW - 3n * DAY, max: NOW }), { nil: undefined }),
    });
    const ranks = ['ok', 'warn', 'critical'];
    fc.assert(
      fc.property(facts, ({ foreign, failures, lastSuccess, ...rest }) => {
        const one = { ...record({ foreign, failures, lastSuccess }), ...rest };
        const level = (other: TargetFacts) => ranks.indexOf(assessTarget(other, NOW).level);
        expect(level({ ...one, suspects: one.suspects + 1 })).toBeGreaterThanOrEqual(level(one));
        expect(level({ ...one, record: { ...one.record, failures: failures + 1 } })).toBeGreaterThanOrEqual(level(one));
        expect(level({ ...one, record: { ...one.record, status: 'stopped' } })).toBe(2);
      }),
    );
  });
});

describe('the health of the manager', () => {
  const facts: ManagerFacts = { manager: MANAGER, cycles: 100n, openRuns: 0, openCalls: 0 };
  const codes = (changes: Partial<ManagerFacts>) =>
    assessManager({ ...facts, ...changes }, NOW).reasons.map(({ level, code }) => `${level} ${code}`);

  it('is critical exactly when one more run cannot be paid', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ liquid: 16n, perCall: 1n })).toEqual([]);
    expect(codes({ liquid: 15n, perCall: 1n })).toEqual(['critical manager_under_budget']);
  });

  it('is critical when the alarm is long overdue, and names a call that changes nothing', () => {
    const late = { ringsAt: NOW - HOUR };
    expect(codes({ ringsAt: NOW + HOUR })).toEqual([]);
    expect(codes({ ringsAt: NOW - 60n * NANOS_PER_SECOND })).toEqual([]);
    expect(codes(late)).toEqual(['critical timer_asleep']);
    const advice = (pausedAll: boolean) => assessManager({ ...facts, ...late, pausedAll }, NOW).reasons[0]!.message;
    expect(advice(false)).toContain(`dfx canister call ${MANAGER} resume '(record { canister = null })'`);
    expect(advice(true)).toContain(`dfx canister call ${MANAGER} pause '(record { canister = null })'`);
    expect(advice(true)).toContain('--mode upgrade');
  });

  it('warns of the last thirty days', () => {
    expect(codes({ liquid: 30n, perCall: 0n, spentPerDay: 1n })).toEqual([]);
    expect(codes({ liquid: 29n, perCall: 0n, spentPerDay: 1n })).toEqual(['warn manager_cycles']);
  });

  it('warns of a call that belongs to no run and stays open', () => {
    expect(codes({ openCalls: 1, openSince: NOW - 2n * HOUR })).toEqual(['warn open_call']);
    expect(codes({ openCalls: 1, openSince: NOW - 2n * HOUR, openRuns: 1 })).toEqual([]);
    expect(codes({ openCalls: 1, openSince: NOW - NANOS_PER_SECOND })).toEqual([]);
  });
});

describe('what a run tells of its target', () => {
  const run = (changes: Partial<Run>): Run => ({
    ...openRun({ ...ORDER, openedAt: NOW }),
    phase: 'closed',
    endedAt: NOW + 2n,
    statusBefore: 'running',
    stopSent: true,
    startConfirmed: true,
    outcome: 'succeeded',
    ...changes,
  });

  it('a success ends the failures', () => {
    const failed = observe(observe(UNSEEN, run({ outcome: 'failed' })), run({ outcome: 'interrupted' }));
    expect(failed).toMatchObject({ failures: 2, status: 'running' });
    expect(failed.lastSuccess).toBeUndefined();
    expect(observe(failed, run({}))).toMatchObject({ failures: 0, lastSuccess: NOW + 2n, lastError: undefined });
  });

  it('a restore is no backup', () => {
    expect(observe(UNSEEN, run({ kind: 'restore' }))).toEqual({ ...UNSEEN, status: 'running', seenAt: NOW + 2n });
    expect(observe(UNSEEN, run({ kind: 'restore', outcome: 'failed' })).failures).toBe(0);
  });

  it('a start that was not confirmed leaves the target down, until one is', () => {
    const down = observe(UNSEEN, run({ startConfirmed: false, outcome: 'failed' }));
    expect(down).toMatchObject({ status: 'stopped', downSince: NOW });
    expect(observe(down, run({ startConfirmed: false, outcome: 'failed', openedAt: NOW + 9n })).downSince).toBe(NOW);
    expect(observe(down, run({})).downSince).toBeUndefined();
    expect(observe(down, run({ stopSent: false })).downSince).toBeUndefined();
  });

  it('a start that is not owed any more leaves it as it was seen last, and not down by our doing', () => {
    const settled = (changes: Partial<Run>) =>
      observe(UNSEEN, run({ startConfirmed: false, startSettled: true, ...changes }));
    expect(settled({ statusAfter: 'running' })).toMatchObject({ status: 'running', downSince: undefined });
    expect(settled({ statusAfter: 'stopped' })).toMatchObject({ status: 'stopped', downSince: undefined });
    const gone = observe(observe(UNSEEN, run({})), run({ startConfirmed: false, startSettled: true }));
    expect(gone).toMatchObject({ status: undefined, downSince: undefined });
  });

  it('a stop that was refused took nothing down', () => {
    const refused = run({ startConfirmed: false, outcome: 'failed', stopRefused: true });
    expect(observe(UNSEEN, refused)).toMatchObject({ status: 'running', downSince: undefined });
  });

  it('is not read from its log, which is cut', () => {
    const error = { code: 'stop_cancelled', message: '', context: [] } as const;
    const steps = [{ name: 'stop', at: NOW, error }];
    const changes = { startConfirmed: false, outcome: 'failed', warnings: [error], steps } as const;
    expect(observe(UNSEEN, run(changes))).toEqual(observe(UNSEEN, run({ ...changes, steps: [], warnings: [] })));
  });

  it('says what the target is, and what a restore came to', () => {
    const failed = (code: ErrorCode) =>
      observe(UNSEEN, run({ outcome: 'failed', stopSent: false, error: { code, message: 'm', context: [] } })).standing;
    expect(failed('target_not_found')).toBe('deleted');
    expect(failed('not_controller')).toBe('not_ours');
    expect(failed('empty_target')).toBe('empty');
    expect(failed('starved_target')).toBe('starved');
    expect(observe(UNSEEN, run({ present: [], moduleHash: 'aa' })).standing).toBe('well');
    const error = { code: 'load_failed', message: 'it did not load', context: [] } as const;
    const broken = observe(UNSEEN, run({ kind: 'restore', outcome: 'failed', error }));
    expect(broken).toMatchObject({ restoreError: 'it did not load', restoreFailedAt: NOW + 2n });
    expect(observe(broken, run({ kind: 'restore' })).restoreError).toBeUndefined();
    const refused = run({ kind: 'restore', outcome: 'failed', stopSent: false, error });
    expect(observe(UNSEEN, refused).restoreError).toBeUndefined();
  });

  it('a skipped one says that nothing changed since the newest snapshot', () => {
    const skipped = observe(UNSEEN, run({ outcome: 'skipped', snapshot: 'aa', stopSent: false }));
    const entry = { id: 'aa', canister: CHAT, takenAt: NOW - DAY, size: 7n, runId: 1n, mode: 'stop' } as const;
    const good = { ...entry, state: 'complete', good: true } as const;
    const doubt = { kind: 'suspect', reasons: [], otherwiseGood: true } as const;
    const suspect = { ...good, id: 'bb', good: false, doubt };
    expect(held([good, suspect], skipped)).toMatchObject({
      snapshots: 2,
      suspects: 1,
      goodTakenAt: NOW - DAY,
      goodAt: NOW,
    });
    expect(held([good, suspect], { ...skipped, missing: ['aa'] })).toMatchObject({ bytes: 7n, goodAt: undefined });
  });

  it('a run that saw nothing changes nothing that was seen', () => {
    const known = observe(UNSEEN, run({ startConfirmed: false, listed: 3, foreign: 2 }));
    const blind = observe(
      known,
      run({ statusBefore: undefined, stopSent: false, startConfirmed: false, outcome: 'failed' }),
    );
    expect(blind).toMatchObject({ status: 'stopped', downSince: NOW, foreign: 2, failures: 1 });
  });
});

describe('what a look beside any run tells', () => {
  it('is that a target which runs is not down any more; one that does not has been down since it was', () => {
    const down: HealthRecord = { ...UNSEEN, status: 'stopped', downSince: 3n, lastError: 'it failed' };
    const { downSince: _, ...well } = down;
    expect(sighted(down, 'running', 9n)).toEqual({ ...well, status: 'running', seenAt: 9n });
    expect(sighted(down, 'stopped', 9n)).toEqual({ ...down, seenAt: 9n });
  });
});

describe('the cycles of a target', () => {
  const seen = (before: HealthRecord, openedAt: bigint, liquid: bigint) => {
    const funds = { cycles: liquid + 50n, liquid, burnPerDay: 2n };
    return observe(before, {
      ...openRun({ ...ORDER, openedAt }),
      ...funds,
      statusBefore: 'running',
      outcome: 'succeeded',
    });
  };

  it('last until it freezes, by what it costs idle at least', () => {
    const first = seen(UNSEEN, NOW, 100n);
    expect(first).toMatchObject({ cycles: 150n, liquid: 100n, burnPerDay: 2n });
    expect(assessTarget(record(first), NOW).runwayDays).toBe(50n);
  });

  it('last as long as the balance takes to fall, if that is faster; what was topped up does not count', () => {
    const days = [seen(UNSEEN, NOW, 100n)];
    for (const liquid of [90n, 80n, 170n, 160n]) days.push(seen(days.at(-1)!, NOW + BigInt(days.length) * DAY, liquid));
    const last = days.at(-1)!;
    expect(last).toMatchObject({ liquid: 160n, burnPerDay: 7n });
    expect(reasons(record({ ...last, lastSuccess: NOW - HOUR }))).toEqual(['warn target_cycles']);
  });
});

describe('spending', () => {
  const look = (balance: bigint) => ({ balance, liquid: balance - 10n, perCall: 1n });

  it('is what balances fell by, whatever was topped up', () => {
    const steps = [100n, 90n, 200n, 190n, 180n];
    const last = steps.reduce<Spending | undefined>(
      (before, balance, day) => spend(before, look(balance), BigInt(day) * DAY),
      undefined,
    )!;
    expect(last.spent).toBe(30n);
    expect(spentPerDay(last)).toBe(30n / 4n);
    expect(spentPerDay(spend(undefined, look(5n), 0n))).toBeUndefined();
  });

  it('of long ago fades, and the rate stays', () => {
    let last: Spending | undefined;
    for (let day = 0n; day < 200n; day += 1n) last = spend(last, look(1_000_000n - 1000n * day), day * DAY);
    expect(spentPerDay(last!)! - 1000n).toBeLessThan(100n);
    expect(1000n - spentPerDay(last!)!).toBeLessThan(100n);
    expect(last!.at - last!.since).toBeLessThanOrEqual(14n * DAY);
  });

  it('since the last look comes off what is above the freezing limit', () => {
    expect(liquidNow(spend(undefined, look(100n), 0n), 95n)).toBe(85n);
    expect(liquidNow(spend(undefined, look(100n), 0n), 5n)).toBe(0n);
  });
});

it('the worst of levels is the worst', () => {
  expect(worst([])).toBe('ok');
  expect(worst(['ok', 'critical', 'warn'])).toBe('critical');
  expect(worst(['ok', 'warn'])).toBe('warn');
});
