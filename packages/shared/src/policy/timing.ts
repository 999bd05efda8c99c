/**
 * From a due time to the moment at which a run begins: jitter spreads targets that share a due time, quiet hours
 * postpone a run. The jitter is a function of the target, its manager and the due time: a manager that starts anew comes
 * to the same moment, and two managers of one target come to different ones. Times are nanoseconds.
 */
import { NANOS_PER_SECOND, SECONDS_PER_DAY } from '../limits.ts';

/** A span of each day, in minutes since midnight UTC. It may pass midnight: from 22:00 to 6:00 is `1320` to `360`. */
export interface QuietHours {
  readonly from: number;
  /** The first minute that is not quiet any more. */
  readonly to: number;
}

const MINUTES_PER_DAY = 1440;
const NANOS_PER_MINUTE = 60n * NANOS_PER_SECOND;
const NANOS_PER_DAY = SECONDS_PER_DAY * NANOS_PER_SECOND;

/** Text of a target and of the manager that backs it up. */
export interface Pair {
  readonly target: string;
  readonly manager: string;
}

/** How much later than `due` a target's run begins: less than `seconds`, and the same each time it is asked. */
export function jitterOf({ target, manager }: Pair, due: bigint, seconds: bigint): bigint {
  return spreadOf(`${manager}/${target}@${due}`, seconds * NANOS_PER_SECOND);
}

/** A moment in a span that only the seed decides: at least 0 and less than `span`. */
export function spreadOf(seed: string, span: bigint): bigint {
  return span <= 0n ? 0n : (BigInt(hash(seed)) * span) >> 32n;
}

/** From one minute of the day to the next time that it is another. */
function minutesUntil(from: number, to: number): number {
  return (to - from + MINUTES_PER_DAY) % MINUTES_PER_DAY;
}

/** The first moment from `at` on that is not quiet. */
export function afterQuiet(at: bigint, quiet: QuietHours | undefined): bigint {
  if (quiet === undefined) return at;
  const midnight = at - (at % NANOS_PER_DAY);
  const minute = Number((at - midnight) / NANOS_PER_MINUTE);
  const { from, to } = quiet;
  const length = minutesUntil(from, to);
  const into = minutesUntil(from, minute);
  if (into >= length) return at;
  return midnight + BigInt(minute + length - into) * NANOS_PER_MINUTE;
}

/** FNV-1a with a final mix, 32 bits: spreads, and protects nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
