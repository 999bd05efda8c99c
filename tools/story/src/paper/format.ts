/** Numbers and times as people read them. */

const NANOS_PER_MILLISECOND = 1_000_000n;

/** `2026-01-01 15:00:00 UTC` */
export function utc(nanos: bigint): string {
  const iso = new Date(Number(nanos / NANOS_PER_MILLISECOND)).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `11.5 MB`, with a million bytes to the MB. */
export function megabytes(bytes: number | bigint): string {
  return `${(Number(bytes) / 1_000_000).toFixed(1)} MB`;
}

/** `1 round`, `2 rounds` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['day', 86_400n],
  ['hour', 3_600n],
  ['minute', 60n],
  ['second', 1n],
];

/** `6 hours`, `1 day 30 minutes`; parts of a second are left out. */
export function duration(nanos: bigint): string {
  let seconds = nanos / 1_000_000_000n;
  const words = UNITS.flatMap(([unit, size]) => {
    const amount = seconds / size;
    seconds -= amount * size;
    return amount === 0n ? [] : [count(Number(amount), unit)];
  });
  return words.join(' ') || '0 seconds';
}

export function hex(bytes: Uint8Array | readonly number[]): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
