import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterQuiet,
  afterRun,
  beginsAt,
  DEFAULT_POLICY,
  FIRST_RETRY_NANOS,
  jitterOf,
  nextRunBy,
  type Policy,
  type Schedule,
  startSchedule,
  withBackoff,
} from '../../src/index.ts';

const MINUTE = 60_000_000_000n;
const DAY = 1440n * MINUTE;
const moment = fc.bigInt({ min: 0n, max: 2n ** 61n });
const minute = fc.integer({ min: 0, max: 1439 });
const quietHours = fc.record({ from: minute, to: minute }).filter(({ from, to }) => from !== to);

const minuteOf = (time: bigint) => Number((time % DAY) / MINUTE);
const isQuiet = (time: bigint, { from, to }: { from: number; to: number }) =>
  from < to ? minuteOf(time) >= from && minuteOf(time) < to : minuteOf(time) >= from || minuteOf(time) < to;

const of = (target: string, manager = 'manager') => ({ target, manager });

describe('jitter', () => {
  it('is the same each time, and below what the policy says', () => {
    fc.assert(
      fc.property(fc.string(), moment, fc.bigInt({ min: 1n, max: 86_400n }), (target, due, seconds) => {
        const jitter = jitterOf(of(target), due, seconds);
        expect(jitter).toBe(jitterOf(of(target), due, seconds));
        expect(jitter >= 0n && jitter < seconds * 1_000_000_000n).toBe(true);
      }),
    );
    expect(jitterOf(of('a'), 5n, 0n)).toBe(0n);
  });

  it('spreads targets that are due together, and due times of one target', () => {
    const tenths = (values: bigint[]) => new Set(values.map((value) => value / 60_000_000_000n)).size;
    const targets = Array.from({ length: 200 }, (_, i) => jitterOf(of(`target-${i}`), DAY, 600n));
    const times = Array.from({ length: 200 }, (_, i) => jitterOf(of('target'), BigInt(i) * DAY, 600n));
    expect(tenths(targets)).toBe(10);
    expect(tenths(times)).toBe(10);
  });

  it('spreads managers of one target', () => {
    const minutes = Array.from({ length: 200 }, (_, i) => jitterOf(of('target', `manager-${i}`), DAY, 600n) / MINUTE);
    expect(new Set(minutes).size).toBe(10);
  });
});

describe('the latest moment of the next run', () => {
  it('is never passed, by an interval or a calendar', () => {
    const policies = fc.record({
      schedule: fc.oneof(
        fc.bigInt({ min: 60n, max: 200_000n }).map((seconds): Schedule => ({ kind: 'every', seconds })),
        fc
          .constantFrom('0 3 * * *', '*/7 2,4 * * mon', '0 0 29 2 *')
          .map((cron): Schedule => ({ kind: 'calendar', cron })),
      ),
      jitter: fc.bigInt({ min: 0n, max: 86_400n }),
      quiet: fc.option(quietHours, { nil: undefined }),
    });
    fc.assert(
      fc.property(policies, moment, (timed, start) => {
        const policy: Policy = { ...DEFAULT_POLICY, ...timed };
        let state = startSchedule(policy.schedule, start);
        let last = start;
        for (let run = 0; run < 8; run += 1) {
          const begins = beginsAt(policy, of('target'), state.next);
          expect(begins).toBeLessThanOrEqual(nextRunBy(policy, last));
          last = begins;
          state = afterRun(policy.schedule, state, begins);
        }
      }),
    );
  });
});

describe('quiet hours', () => {
  it('put a run off to the first moment that is not quiet, and no other', () => {
    fc.assert(
      fc.property(moment, quietHours, (at, quiet) => {
        const begins = afterQuiet(at, quiet);
        expect(isQuiet(begins, quiet)).toBe(false);
        if (!isQuiet(at, quiet)) expect(begins).toBe(at);
        else {
          expect(minuteOf(begins)).toBe(quiet.to);
          expect(begins % MINUTE).toBe(0n);
          expect(begins > at && begins - at < DAY).toBe(true);
        }
      }),
    );
  });

  it('come after jitter', () => {
    const quiet = { from: 0, to: 60 };
    expect(beginsAt({ quiet, jitter: 600n }, of('a'), DAY)).toBe(DAY + 60n * MINUTE);
    expect(beginsAt({}, of('a'), DAY)).toBe(DAY);
  });
});

describe('back-off', () => {
  const times = { ...of('target'), now: DAY, next: 2n * DAY, interval: DAY };
  const atLeast = (wait: bigint, least: bigint, span = least) => wait >= least && wait < least + span;

  it('tries again soon what passes by itself, later each time, and never after the next due time', () => {
    let failures = afterFailure(undefined, 'rate_limited', times);
    const waits: bigint[] = [];
    while (failures?.retryAt !== undefined) {
      waits.push(failures.retryAt - times.now);
      failures = afterFailure(failures, 'rate_limited', times);
    }
    for (const [n, wait] of waits.entries()) expect(atLeast(wait, (1n << BigInt(n)) * FIRST_RETRY_NANOS)).toBe(true);
    // The eleventh wait is between 1,024 and 2,048 minutes, and a day has 1,440.
    expect([10, 11]).toContain(waits.length);
    expect(failures?.count).toBe(waits.length + 1);
    expect(atLeast(failures!.notBefore! - times.next, 0n, FIRST_RETRY_NANOS)).toBe(true);
  });

  it('brings two managers apart that failed together, whatever the interval', () => {
    const RUN = 10n * 1_000_000_000n;
    const meet = (minutes: bigint, pair: number) => {
      const interval = minutes * MINUTE;
      const at = { target: 'target', now: DAY, next: DAY + interval, interval };
      const next = (manager: string) =>
        withBackoff(afterFailure(undefined, 'snapshot_unproven', { ...at, manager }), at.next);
      const [a, b] = [next(`a${pair}`), next(`b${pair}`)];
      return (a > b ? a - b : b - a) < RUN;
    };
    for (const minutes of [1n, 2n, 60n, 1440n]) {
      const met = Array.from({ length: 500 }, (_, pair) => meet(minutes, pair)).filter(Boolean).length;
      // Two moments in a span of 30 seconds are less than ten apart five times out of nine, in 60 three out of ten.
      expect(met / 500).toBeLessThan(minutes === 1n ? 0.62 : 0.37);
    }
  });

  it('tries soon again for want of cycles, which other runs give back', () => {
    const { retryAt = 0n } = afterFailure(undefined, 'not_enough_cycles', times) ?? {};
    expect(atLeast(retryAt - times.now, FIRST_RETRY_NANOS)).toBe(true);
  });

  it('waits for the next due time with what only a human can change', () => {
    for (const code of ['not_controller', 'slots_full', 'short_runway', 'target_not_found']) {
      expect(afterFailure(undefined, code, times)).toEqual({ count: 1 });
    }
  });

  it('passes over due times once the target was down for too long', () => {
    const hourly = { ...of('target'), now: 0n, next: 60n * MINUTE, interval: 60n * MINUTE };
    const first = afterFailure(undefined, 'downtime_exceeded', hourly);
    const second = afterFailure(first, 'stop_timeout', hourly);
    expect(atLeast(first!.notBefore!, 60n * MINUTE, MINUTE)).toBe(true);
    expect(atLeast(second!.notBefore!, 120n * MINUTE, MINUTE)).toBe(true);
    let longest = second;
    for (let i = 0; i < 30; i += 1) longest = afterFailure(longest, 'downtime_exceeded', hourly);
    expect(atLeast(longest!.notBefore!, DAY, MINUTE)).toBe(true);
    expect(withBackoff(second, 60n * MINUTE)).toBe(second?.notBefore);
    expect(withBackoff(second, 300n * MINUTE)).toBe(300n * MINUTE);
  });

  it('forgets all of it with the first success', () => {
    expect(afterFailure({ count: 5, notBefore: DAY }, undefined, times)).toBeUndefined();
    expect(withBackoff(undefined, 7n)).toBe(7n);
    expect(withBackoff({ count: 1, retryAt: 5n }, 7n)).toBe(5n);
  });
});
