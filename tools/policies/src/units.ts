/** What people write in the file, and what the interface counts in: seconds, minutes since midnight, cycles, bytes. */

const SECONDS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3600n, d: 86_400n };
const CYCLES: Readonly<Record<string, bigint>> = { k: 10n ** 3n, m: 10n ** 6n, b: 10n ** 9n, t: 10n ** 12n };

/** "90s", "15m", "6h" or "7d" in seconds. */
export function readDuration(text: string): bigint | undefined {
  const [, count, unit] = /^(\d{1,12})([smhd])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : BigInt(count) * SECONDS[unit]!;
}

/** In the largest unit that leaves no rest. */
export function writeDuration(seconds: bigint): string {
  const [unit, size] = Object.entries(SECONDS).findLast(([, each]) => seconds % each === 0n)!;
  return seconds === 0n ? '0s' : `${seconds / size}${unit}`;
}

/** "22:30" in minutes since midnight. */
export function readTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

export function writeTimeOfDay(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** "500b" or "1t" with the suffixes of icp (thousand, million, billion, trillion), or a plain number with `_` at will. */
export function readCycles(text: string): bigint | undefined {
  const [, digits, suffix] = /^(\d[\d_]{0,49})([kmbt]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const count = BigInt(digits.replaceAll('_', ''));
  return suffix ? count * CYCLES[suffix.toLowerCase()]! : count;
}

export function writeCycles(cycles: bigint): string {
  const [suffix, size] = Object.entries(CYCLES).findLast(([, each]) => cycles % each === 0n) ?? ['', 1n];
  return cycles === 0n ? '0' : `${cycles / size}${suffix}`;
}
