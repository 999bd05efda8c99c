/** Cases with their numbers, and what became of them. */
import type { Case, Verdict } from './simulate.ts';

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
  /** Those of them that were not in the record. */
  readonly ran: number;
  readonly failures: readonly Failure[];
}
