import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterRun, changeSchedule, dueAt, NANOS_PER_SECOND, type Schedule, startSchedule } from '../../src/index.ts';

const schedule = fc.bigInt({ min: 60n, max: 31_622_400n }).map((seconds) => ({ kind: 'every', seconds }) as const);
const moment = fc.bigInt({ min: 0n, max: 2n ** 61n });
const delays = fc.array(fc.bigInt({ min: 0n, max: 10n ** 17n }), { maxLength: 50 });

describe('schedule', () => {
  it('is due one interval after the start', () => {
    const every: Schedule = { kind: 'every', seconds: 60n };
    const state = startSchedule(every, 5n);
    expect(dueAt(every, state, 60n * NANOS_PER_SECOND + 4n)).toEqual({
      kind: 'not_yet',
      at: 60n * NANOS_PER_SECOND + 5n,
    });
    expect(dueAt(every, state, 60n * NANOS_PER_SECOND + 5n)).toEqual({
      kind: 'due',
      at: 60n * NANOS_PER_SECOND + 5n,
      missed: 0n,
    });
  });

  it('never drifts, however late each run is', () => {
    fc.assert(
      fc.property(schedule, moment, delays, (every, anchor, lateness) => {
        const interval = every.seconds * NANOS_PER_SECOND;
        let state = startSchedule(every, anchor);
        let now = anchor;
        for (const late of lateness) {
          now = state.next + late;
          state = afterRun(every, state, now);
          expect((state.next - anchor) % interval).toBe(0n);
          expect(state.next > now).toBe(true);
          expect(state.next - now <= interval).toBe(true);
        }
      }),
    );
  });

  it('runs once for however many due times were missed', () => {
    fc.assert(
      fc.property(schedule, moment, fc.bigInt({ min: 0n, max: 1000n }), (every, anchor, missed) => {
        const state = startSchedule(every, anchor);
        const now = state.next + missed * every.seconds * NANOS_PER_SECOND;
        expect(dueAt(every, state, now)).toEqual({ kind: 'due', at: state.next, missed });
        expect(dueAt(every, afterRun(every, state, now), now).kind).toBe('not_yet');
      }),
    );
  });

  it('does not move for a run that was not due', () => {
    fc.assert(
      fc.property(schedule, moment, (every, anchor) => {
        const state = startSchedule(every, anchor);
        expect(afterRun(every, state, state.next - 1n)).toEqual(state);
      }),
    );
  });

  it('keeps its grid when the interval stays and starts a new one when it changes', () => {
    const hourly: Schedule = { kind: 'every', seconds: 3600n };
    const daily: Schedule = { kind: 'every', seconds: 86_400n };
    const state = startSchedule(hourly, 0n);
    expect(changeSchedule({ from: hourly, to: hourly }, state, 77n)).toEqual(state);
    expect(changeSchedule({ from: hourly, to: daily }, state, 77n)).toEqual(startSchedule(daily, 77n));
    const nightly: Schedule = { kind: 'calendar', cron: '0 3 * * *' };
    expect(changeSchedule({ from: hourly, to: nightly }, state, 77n)).toEqual(startSchedule(nightly, 77n));
    expect(changeSchedule({ from: nightly, to: { ...nightly } }, state, 77n)).toEqual(state);
  });

  it('follows a calendar, once for however many times were missed', () => {
    const DAY = 86_400n * NANOS_PER_SECOND;
    const nightly: Schedule = { kind: 'calendar', cron: '0 3 * * *' };
    const state = startSchedule(nightly, 10n * DAY);
    expect(state.next).toBe(10n * DAY + DAY / 8n);
    const late = 14n * DAY;
    expect(dueAt(nightly, state, late)).toEqual({ kind: 'due', at: state.next, missed: 3n });
    expect(afterRun(nightly, state, late).next).toBe(14n * DAY + DAY / 8n);
    expect(dueAt(nightly, afterRun(nightly, state, late), late).kind).toBe('not_yet');
  });
});
