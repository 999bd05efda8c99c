/** Many cases, one after the other: counts, and each failure with the shortest list of faults that shows it. */
import type { Failure, Numbered, Outcome } from './outcomes.ts';
import { type CampaignRecord, caseId } from './record.ts';
import { shrink } from './shrink.ts';
import type { Stage } from './stage.ts';

interface Options {
  /** Called after each case. */
  readonly onCase?: (done: number, failure: Failure | undefined) => void;
  readonly shrinking?: boolean;
  /** What ran before is not run again, and counts as it ended then. */
  readonly record?: CampaignRecord | undefined;
}

export function campaign(stage: Stage, cases: Iterable<Numbered>, options: Options = {}): Outcome {
  const { onCase = () => {}, shrinking = true, record } = options;
  const before = new Map(record?.done.map((one) => [one.id, one]));
  const failures: Failure[] = [];
  let [done, ran] = [0, 0];
  for (const numbered of cases) {
    const id = record === undefined ? '' : caseId(numbered.case);
    const known = before.get(id);
    const failure = known === undefined ? judge(stage, numbered, shrinking) : known.failure;
    if (known === undefined) ran += 1;
    if (known === undefined)
      record?.append(failure === undefined ? { id, result: 'held' } : { id, result: failure.kind, failure });
    done += 1;
    if (failure !== undefined) failures.push(failure);
    onCase(done, failure);
  }
  return { cases: done, ran, failures };
}

/** Runs a case; undefined if it held. */
function judge(stage: Stage, { number, case: one }: Numbered, shrinking: boolean): Failure | undefined {
  const { verdict } = stage.run(one);
  if (verdict.kind === 'held') return undefined;
  const { kind } = verdict;
  const shortest = shrinking ? shrink(one, kind, (smaller) => stage.run(smaller).verdict) : one;
  const shown = stage.run(shortest).verdict;
  const [first] = shown.kind === 'held' ? verdict.violations : shown.violations;
  const { invariant = 'unknown', message = '' } = first ?? {};
  return { number, kind, invariant, message, original: one, shortest };
}
