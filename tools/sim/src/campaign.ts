/** Many cases, one after the other: counts, and each failure with the shortest list of faults that shows it. */
import { shrink } from './shrink.ts';
import type { Case, Verdict } from './simulate.ts';
import type { Stage } from './stage.ts';

export interface Numbered {
  /** What a person replays it by: a seed, or its number in an enumeration. */
  readonly number: number;
  readonly case: Case;
}

export interface Failure {
  readonly number: number;
  readonly kind: Exclude<Verdict['kind'], 'held'>;
  /** The first violation's invariant. */
  readonly invariant: string;
  readonly message: string;
  readonly original: Case;
  readonly shortest: Case;
}

export interface Outcome {
  readonly cases: number;
  readonly failures: readonly Failure[];
}

/** @param onCase called after each case */
export function campaign(
  stage: Stage,
  cases: Iterable<Numbered>,
  options: {
    readonly onCase?: (done: number, failure: Failure | undefined) => void;
    readonly shrinking?: boolean;
  } = {},
): Outcome {
  const { onCase = () => {}, shrinking = true } = options;
  const failures: Failure[] = [];
  let done = 0;
  for (const { number, case: one } of cases) {
    const { verdict } = stage.run(one);
    done += 1;
    if (verdict.kind === 'held') {
      onCase(done, undefined);
      continue;
    }
    const { kind } = verdict;
    const shortest = shrinking ? shrink(one, kind, (smaller) => stage.run(smaller).verdict) : one;
    const shown = stage.run(shortest).verdict;
    const [first] = shown.kind === 'held' ? verdict.violations : shown.violations;
    const { invariant = 'unknown', message = '' } = first ?? {};
    const failure: Failure = { number, kind, invariant, message, original: one, shortest };
    failures.push(failure);
    onCase(done, failure);
  }
  return { cases: done, failures };
}
