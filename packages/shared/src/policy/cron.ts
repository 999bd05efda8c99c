/**
 * Calendar schedules: "minute hour day-of-month month day-of-week", in UTC, without leap seconds. Pure integer
 * arithmetic: a canister has no `Intl`, and its `Date` is nobody's clock.
 * - a field is `*`, a number, a range `a-b`, either with a step `/n`, or several of these with commas;
 * - months and days of the week may be named (`jan`, `mon`); Sunday is 0 or 7;
 * - as everywhere, if neither day field is `*`, a day that fits one of the two is enough.
 */

/** Values that each field allows. */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both day fields are restricted: one of them has to fit. */
  readonly eitherDay: boolean;
}

/** A day of the Gregorian calendar; months from 1. */
export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** No text that anybody means is longer. */
const MAX_LENGTH = 200;

/** Days that are looked at for the next time: 29 February may be eight years away, and on a given weekday 40. */
const HORIZON_DAYS = 366 * 41;

const MINUTES_PER_DAY = 1440;
const NANOS_PER_MINUTE = 60_000_000_000n;

/** The calendar of a text, or a sentence that says what is wrong with it. */
export function parseCron(text: string): { readonly Ok: Cron } | { readonly Err: string } {
  if (text.length > MAX_LENGTH) return { Err: `at most ${MAX_LENGTH} characters` };
  const parts = text.trim().split(/[ \t]+/);
  if (parts.length !== FIELDS.length) return { Err: 'five fields: minute hour day-of-month month day-of-week (UTC)' };
  const sets: ReadonlySet<number>[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const values = parseField(parts[i]!.toLowerCase(), field);
    if (values === undefined) {
      return { Err: `a ${field.name} of ${field.min} to ${field.max}, *, a-b, with /n, or several with commas` };
    }
    sets.push(values);
  }
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  if (weekdays.has(7)) weekdays.add(0);
  const eitherDay = !parts[2]!.startsWith('*') && !parts[4]!.startsWith('*');
  const cron = { minutes, hours, days, months, weekdays, eitherDay };
  return nextDay(cron, 0) === undefined ? { Err: 'a day that exists' } : { Ok: cron };
}

/** The first time after `after`, in nanoseconds since 1970; a day exists, as `parseCron` has seen. */
export function nextAfter(cron: Cron, after: bigint): bigint {
  const minute = Number(after / NANOS_PER_MINUTE) + 1;
  const today = Math.floor(minute / MINUTES_PER_DAY);
  const rest = fits(cron, today) ? minuteFrom(cron, minute % MINUTES_PER_DAY) : undefined;
  if (rest !== undefined) return toNanos(today, rest);
  const day = nextDay(cron, today + 1);
  const first = minuteFrom(cron, 0);
  if (day === undefined || first === undefined) throw new Error('a calendar without a time was parsed');
  return toNanos(day, first);
}

/** The day that is `days` after 1970-01-01 (Howard Hinnant's algorithm, for years that are not negative). */
export function civilDay(days: number): CivilDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** 0 for Sunday; 1970-01-01 was a Thursday. */
export function weekdayOf(days: number): number {
  return (days + 4) % 7;
}

function parseField(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null) return undefined;
    const [, from = '', to, step] = match;
    const range = rangeOf(from, to, { field, stepped: step !== undefined });
    const by = step === undefined ? 1 : Number(step);
    if (range === undefined || by === 0) return undefined;
    for (let value = range[0]; value <= range[1]; value += by) values.add(value);
  }
  return values;
}

function rangeOf(
  from: string,
  to: string | undefined,
  { field, stepped }: { readonly field: Field; readonly stepped: boolean },
): readonly [number, number] | undefined {
  const last = field.max === 7 ? 6 : field.max;
  if (from === '*') return to === undefined ? [field.min, last] : undefined;
  const first = numberOf(from, field);
  const end = to === undefined ? (stepped ? last : first) : numberOf(to, field);
  return first === undefined || end === undefined || first > end ? undefined : [first, end];
}

function numberOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : named;
  return value >= min && value <= max ? value : undefined;
}

function fits({ days, months, weekdays, eitherDay }: Cron, at: number): boolean {
  const { month, day } = civilDay(at);
  if (!months.has(month)) return false;
  const byDay = days.has(day);
  const byWeekday = weekdays.has(weekdayOf(at));
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

/** The first day from `from` on that fits; whole months that do not are stepped over. */
function nextDay(cron: Cron, from: number): number | undefined {
  for (let at = from; at < from + HORIZON_DAYS; ) {
    if (fits(cron, at)) return at;
    const { month, day } = civilDay(at);
    at += cron.months.has(month) || day > 1 ? 1 : 28;
  }
  return undefined;
}

function minuteFrom({ minutes, hours }: Cron, from: number): number | undefined {
  for (let at = from; at < MINUTES_PER_DAY; ) {
    const hour = Math.floor(at / 60);
    if (!hours.has(hour)) at = (hour + 1) * 60;
    else if (minutes.has(at % 60)) return at;
    else at += 1;
  }
  return undefined;
}

function toNanos(day: number, minute: number): bigint {
  return BigInt(day * MINUTES_PER_DAY + minute) * NANOS_PER_MINUTE;
}
