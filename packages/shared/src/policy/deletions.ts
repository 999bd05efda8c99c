/**
 * How many of the snapshots that retention drops may go now. History shrinks by at most one snapshot per target and
 * interval, also after a policy was lowered, so that neither a typo nor a thief can empty it in a minute:
 * - what the run takes may replace one; a backup by hand replaces only what was taken by hand;
 * - once an interval, one more may go, and not so soon again where the interval is short; a new schedule does not bring
 *   that forward;
 * - what no policy brings about, such as the rest of a run that did not complete, is not counted.
 */
import { SHRINK_SPACING_NANOS } from '../limits.ts';
import { type PlanDecision, UNCOUNTED } from './plan.ts';
import type { ScheduleState } from './schedule.ts';

export interface Allowance {
  /** Asked for by somebody, not by the timer. */
  readonly manual: boolean;
  /** Nothing has gone in this interval beyond what was replaced. */
  readonly extra: boolean;
  /** The run has replaced one already. */
  readonly replaced?: boolean | undefined;
}

export interface Deletions {
  readonly ids: readonly string[];
  /** One goes for which nothing came. */
  readonly usedExtra: boolean;
  /** One goes for what the run takes. */
  readonly usedReplacement: boolean;
}

/** Until when a history that got shorter at `now` gets no shorter, in nanoseconds. */
export function afterShrinking({ next }: Pick<ScheduleState, 'next'>, now: bigint): bigint {
  return later(next, now + SHRINK_SPACING_NANOS);
}

/** The same after its policy was changed: not before what was due by the policy before. */
export function afterChange(before: {
  readonly schedule: Pick<ScheduleState, 'next'>;
  readonly shrunkUntil?: bigint | undefined;
}): bigint {
  return later(before.shrunkUntil ?? 0n, before.schedule.next);
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/**
 * @param decisions newest first
 * @param isManual whether a snapshot was taken by hand
 */
export function deletionsNow(
  decisions: readonly PlanDecision[],
  isManual: (id: string) => boolean,
  allowance: Allowance,
): Deletions {
  const going = decisions.filter((decision) => !decision.keep).reverse();
  const uncounted = going.filter(({ reason }) => UNCOUNTED.has(reason)).map(({ id }) => id);
  const oldestFirst = going.filter(({ reason }) => !UNCOUNTED.has(reason)).map(({ id }) => id);
  const replaced =
    allowance.replaced === true ? undefined : oldestFirst.find((id) => !allowance.manual || isManual(id));
  const extra = allowance.extra ? oldestFirst.find((id) => id !== replaced) : undefined;
  return {
    ids: [...uncounted, ...[replaced, extra].filter((id) => id !== undefined)],
    usedExtra: extra !== undefined,
    usedReplacement: replaced !== undefined,
  };
}
