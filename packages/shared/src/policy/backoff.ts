/**
 * When a target whose scheduled run failed is tried again. What passes by itself is tried again soon, and ever later
 * until the next due time would have come anyway; what kept the target down for too long is not done again as soon as
 * it is due; what only a human can change waits for the next due time.
 *
 * Two managers that met at one target fail together. So every wait has a part that the manager's id decides: the next
 * attempts of the two do not meet again. Times are nanoseconds.
 */
import type { ErrorCode } from '../errors/registry.ts';
import { NANOS_PER_SECOND, SECONDS_PER_DAY } from '../limits.ts';
import { type Pair, spreadOf } from './timing.ts';

/** What is remembered of failures in a row. */
export interface Failures {
  readonly count: number;
  /** The next attempt, before the next due time or instead of it. */
  readonly retryAt?: bigint | undefined;
  /** No attempt by the timer before this. */
  readonly notBefore?: bigint | undefined;
}

/** First wait before a retry, at least; at most twice that. It doubles with every failure. */
export const FIRST_RETRY_NANOS = 60n * NANOS_PER_SECOND;

/** Longest wait that a target which was down for too long gets on top of its schedule. */
export const LONGEST_BACKOFF_NANOS = SECONDS_PER_DAY * NANOS_PER_SECOND;

/** Doublings that are told apart; the limits above are reached long before. */
const MAX_DOUBLINGS = 20;

/** Failures that pass by themselves, or when others let go. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'rate_limited',
  'interrupted',
  'stop_cancelled',
  'stop_failed',
  'status_failed',
  'list_failed',
  'take_failed',
  'take_unknown',
  'take_not_carried_out',
  'snapshot_unproven',
  'target_stopping',
  // Others' runs hold cycles as well, and give them back. Nothing was stopped for it.
  'not_enough_cycles',
]);

/** Failures that kept the target from running. */
const COSTLY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['stop_timeout', 'downtime_exceeded']);

export function isTransient(code: string): boolean {
  return TRANSIENT.has(code as ErrorCode);
}

/**
 * What is remembered after a run by the timer ended.
 * @param error code of what it failed with; undefined if it did not
 * @param of.next the next due time
 * @param of.interval from the due time before to the next
 */
export function afterFailure(
  before: Failures | undefined,
  error: string | undefined,
  of: Pair & { readonly now: bigint; readonly next: bigint; readonly interval: bigint },
): Failures | undefined {
  if (error === undefined) return undefined;
  const count = (before?.count ?? 0) + 1;
  const factor = 1n << BigInt(Math.min(count - 1, MAX_DOUBLINGS));
  const apart = (span: bigint) => spreadOf(`${of.manager}/${of.target}#${count}@${of.next}`, span);
  if (COSTLY.has(error as ErrorCode)) {
    const wait = of.interval * factor;
    const longest = of.interval > LONGEST_BACKOFF_NANOS ? of.interval : LONGEST_BACKOFF_NANOS;
    return { count, notBefore: of.now + (wait < longest ? wait : longest) + apart(FIRST_RETRY_NANOS) };
  }
  if (!isTransient(error)) return { count };
  const wait = FIRST_RETRY_NANOS * factor;
  const retryAt = of.now + wait + apart(wait);
  if (retryAt < of.next) return { count, retryAt };
  // No room for a retry before the next due time, which a second manager may have as well.
  const half = of.interval / 2n;
  return { count, notBefore: of.next + apart(half < FIRST_RETRY_NANOS ? half : FIRST_RETRY_NANOS) };
}

/** When the timer begins a run that would begin at `at`. */
export function withBackoff(failures: Failures | undefined, at: bigint): bigint {
  const { retryAt, notBefore } = failures ?? {};
  const early = retryAt !== undefined && retryAt < at ? retryAt : at;
  return notBefore !== undefined && notBefore > early ? notBefore : early;
}
