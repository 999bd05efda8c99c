/**
 * How many of the snapshots that retention drops may go now. History shrinks by at most one snapshot per target and
 * interval, also after a policy was lowered, so that neither a typo nor a thief can empty it in a minute:
 * - what the run takes may replace one; a backup by hand replaces only what was taken by hand;
 * - once an interval, one more may go;
 * - what no policy brings about, such as the rest of a run that did not complete, is not counted.
 */
import { type PlanDecision, UNCOUNTED } from './plan.ts';

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
