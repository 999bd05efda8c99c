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

describe('jitter', () => {
  it('is the same each time, and below what the policy says', () => {
    fc.assert(
      fc.property(fc.string(), moment, fc.bigInt({ min: 1n, max: 86_400n }), (target, due, seconds) => {
        const jitter = jitterOf(target, due, seconds);
        expect(jitter).toBe(jitterOf(target, due, seconds));
        expect(jitter >= 0n && jitter < seconds * 1_000_000_000n).toBe(true);
      }),
    );
    expect(jitterOf('a', 5n, 0n)).toBe(0n);
  });

  it('spreads targets that are due together, and due times of one target', () => {
    const tenths = (values: bigint[]) => new Set(values.map((value) => value / 60_000_000_000n)).size;
    const targets = Array.from({ length: 200 }, (_, i) => jitterOf(`target-${i}`, DAY, 600n));
    const times = Array.from({ length: 200 }, (_, i) => jitterOf('target', BigInt(i) * DAY, 600n));
    expect(tenths(targets)).toBe(10);
    expect(tenths(times)).toBe(10);
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
          const begins = beginsAt(policy, 'target', state.next);
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
    expect(beginsAt({ quiet, jitter: 600n }, 'a', DAY)).toBe(DAY + 60n * MINUTE);
    expect(beginsAt({}, 'a', DAY)).toBe(DAY);
  });
});

describe('back-off', () => {
  const times = { now: DAY, next: 2n * DAY, interval: DAY };

  it('tries again soon what passes by itself, later each time, and never after the next due time', () => {
    let failures = afterFailure(undefined, 'rate_limited', times);
    const waits: bigint[] = [];
    while (failures?.retryAt !== undefined) {
      waits.push(failures.retryAt - times.now);
      failures = afterFailure(failures, 'rate_limited', times);
    }
    expect(waits.slice(0, 4)).toEqual([1n, 2n, 4n, 8n].map((n) => n * FIRST_RETRY_NANOS));
    expect(waits.length).toBe(11);
    expect(failures?.count).toBe(12);
  });

  it('tries soon again for want of cycles, which other runs give back', () => {
    expect(afterFailure(undefined, 'not_enough_cycles', times)?.retryAt).toBe(times.now + FIRST_RETRY_NANOS);
  });

  it('waits for the next due time with what only a human can change', () => {
    for (const code of ['not_controller', 'slots_full', 'short_runway', 'target_not_found']) {
      expect(afterFailure(undefined, code, times)).toEqual({ count: 1 });
    }
  });

  it('passes over due times once the target was down for too long', () => {
    const hourly = { now: 0n, next: 60n * MINUTE, interval: 60n * MINUTE };
    const first = afterFailure(undefined, 'downtime_exceeded', hourly);
    const second = afterFailure(first, 'stop_timeout', hourly);
    expect([first?.notBefore, second?.notBefore]).toEqual([60n * MINUTE, 120n * MINUTE]);
    let longest = second;
    for (let i = 0; i < 30; i += 1) longest = afterFailure(longest, 'downtime_exceeded', hourly);
    expect(longest?.notBefore).toBe(DAY);
    expect(withBackoff(second, 60n * MINUTE)).toBe(120n * MINUTE);
    expect(withBackoff(second, 300n * MINUTE)).toBe(300n * MINUTE);
  });

  it('forgets all of it with the first success', () => {
    expect(afterFailure({ count: 5, notBefore: DAY }, undefined, times)).toBeUndefined();
    expect(withBackoff(undefined, 7n)).toBe(7n);
    expect(withBackoff({ count: 1, retryAt: 5n }, 7n)).toBe(5n);
  });
});
