import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cron, civilDay, nextAfter, parseCron, weekdayOf } from '../../src/index.ts';

function cron(text: string): Cron {
  const parsed = parseCron(text);
  if ('Err' in parsed) throw new Error(parsed.Err);
  return parsed.Ok;
}

const nanos = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;
const iso = (time: bigint) => new Date(Number(time / 1_000_000n)).toISOString();
const next = (text: string, after: string) => iso(nextAfter(cron(text), nanos(after)));

describe('a calendar', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['0 3 * * *', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00.000Z'],
    ['0 3 * * *', '2026-01-01T02:59:00Z', '2026-01-01T03:00:00.000Z'],
    ['*/15 9-17 * * mon-fri', '2026-01-02T17:45:00Z', '2026-01-05T09:00:00.000Z'],
    ['30 23 31 * *', '2026-01-31T23:30:00Z', '2026-03-31T23:30:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 29 2 *', '2097-01-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    ['0 0 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['0 0 * * sun', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['0 0 13 * fri', '2026-02-01T00:00:00Z', '2026-02-06T00:00:00.000Z'],
    ['0 0 13 * fri', '2026-04-11T00:00:00Z', '2026-04-13T00:00:00.000Z'],
    ['5,10-20/5 0 1 jan,JUL *', '2026-01-01T00:10:00Z', '2026-01-01T00:15:00.000Z'],
    ['5,10-20/5 0 1 jan,JUL *', '2026-01-01T00:20:00Z', '2026-07-01T00:05:00.000Z'],
    ['0 22/1 * * *', '2026-12-31T23:00:00Z', '2027-01-01T22:00:00.000Z'],
  ])('of %s comes after %s at %s', (text, after, expected) => {
    expect(next(text, after)).toBe(expected);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * 32 * *',
    '* * * 13 *',
    '* * * 0 *',
    '* * * * 8',
    '*/0 * * * *',
    '5-1 * * * *',
    '1,,2 * * * *',
    '*-5 * * * *',
    '-1 * * * *',
    '1.5 * * * *',
    'mon * * * *',
    '0 0 30 2 *',
    '0 0 31 4,6,9,11 *',
    '@daily',
    `${'0,'.repeat(200)}0 * * * *`,
  ])('is not what %j is', (text) => {
    expect(parseCron(text)).toHaveProperty('Err');
  });

  it('knows days as other software does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(civilDay(days)).toEqual(expected);
        expect(weekdayOf(days)).toBe(date.getUTCDay());
      }),
    );
  });

  const field = (min: number, max: number) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant('*') },
      fc.integer({ min, max }).map(String),
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.integer({ min: 1, max: 30 }).map((step) => `*/${step}`),
    );
  const text = fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(' '));

  it('is the first minute that fits, found by looking at each', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 60_000_000 }), (calendar, minute) => {
        const parsed = cron(calendar);
        const found = Number(nextAfter(parsed, BigInt(minute) * 60_000_000_000n) / 60_000_000_000n);
        expect(found).toBeGreaterThan(minute);
        expect(fitting(parsed, found)).toBe(true);
        const end = Math.min(found, minute + 1500);
        let earlier: number | undefined;
        for (let at = minute + 1; at < end && earlier === undefined; at += 1) if (fitting(parsed, at)) earlier = at;
        expect(earlier).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('never throws for what it took, and takes or refuses whatever comes', () => {
    const pieces = fc.array(fc.constantFrom('*', '/', '-', ',', '0', '1', '7', '29', '59', ' ', 'feb', 'mon', 'x'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((list) => list.join('')),
          text,
        ),
        (candidate) => {
          const parsed = parseCron(candidate);
          if ('Ok' in parsed) expect(nextAfter(parsed.Ok, 4n * 10n ** 18n)).toBeGreaterThan(4n * 10n ** 18n);
          else expect(parsed.Err.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** By the definition, with the date of another implementation. */
function fitting({ minutes, hours, days, months, weekdays, eitherDay }: Cron, minute: number): boolean {
  const date = new Date(minute * 60_000);
  const day = days.has(date.getUTCDate());
  const weekday = weekdays.has(date.getUTCDay());
  return (
    minutes.has(date.getUTCMinutes()) &&
    hours.has(date.getUTCHours()) &&
    months.has(date.getUTCMonth() + 1) &&
    (eitherDay ? day || weekday : day && weekday)
  );
}
