/** Numbers, times and sizes as people read them: the one place for pages, refusals and commands. */
import { utc } from '../errors/text.ts';
import { NANOS_PER_SECOND } from '../limits.ts';

/** `2026-01-01 15:00:00 UTC` */
export const when = utc;

/** `2026-01-01 15:00 UTC` */
export function whenToTheMinute(nanos: bigint): string {
  return when(nanos).replace(/:\d\d UTC$/, ' UTC');
}

/** `1 round`, `2 rounds` */
export function count(number: number | bigint, noun: string): string {
  return `${number} ${noun}${BigInt(number) === 1n ? '' : 's'}`;
}

/** `11.5 MB`, with a million bytes to the MB. */
export function megabytes(bytes: number | bigint): string {
  return `${(Number(bytes) / 1_000_000).toFixed(1)} MB`;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['day', 86_400n],
  ['hour', 3_600n],
  ['minute', 60n],
  ['second', 1n],
];

/** `6 hours`, `1 day 30 minutes`; parts of a second are left out. */
export function duration(nanos: bigint): string {
  let seconds = nanos / NANOS_PER_SECOND;
  const words = UNITS.flatMap(([unit, size]) => {
    const amount = seconds / size;
    seconds -= amount * size;
    return amount === 0n ? [] : [count(amount, unit)];
  });
  return words.join(' ') || '0 seconds';
}

/** A time span for people, in its largest unit: "5 h". */
export function span(nanos: bigint): string {
  const seconds = Number(nanos) / Number(NANOS_PER_SECOND);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
