/** Which cases a campaign runs, by its options. */

import { pairs, singles, swarm } from './generate.ts';
import type { Numbered } from './outcomes.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Case } from './simulate.ts';
import { thinned } from './thinning.ts';

/** The most single faults and pairs that are run. */
export const MAX_SINGLES = 16_000;
export const MAX_PAIRS = 8000;

const DEFAULT_SEEDS = 100;

export interface Selection {
  readonly seeds?: number;
  /** The first one. */
  readonly seed: number;
  readonly singles?: boolean;
  readonly pairs?: boolean;
  readonly limit?: number;
  /** The i-th of n parts, from 1. */
  readonly part?: readonly [number, number];
}

export interface Selected {
  readonly cases: readonly Numbered[];
  /** Counts, for people. */
  readonly notes: readonly string[];
}

export function select(rehearsals: readonly Rehearsal[], options: Selection): Selected {
  const { cases, notes } = wholeOf(rehearsals, options);
  const [index, count] = options.part ?? [1, 1];
  return { cases: cases.filter((_, position) => position % count === index - 1), notes };
}

/** The options as they are typed. */
export function tellSelection({ seeds, seed, singles, pairs, limit, part }: Selection): string {
  const limited = limit === undefined ? '' : ` --limit ${limit}`;
  const parted = part === undefined ? '' : ` --part ${part.join('/')}`;
  if (singles || pairs) return `${singles ? '--singles' : '--pairs'}${limited}${parted}`;
  return `--seeds ${seeds ?? DEFAULT_SEEDS} --seed ${seed}${parted}`;
}

function wholeOf(rehearsals: readonly Rehearsal[], options: Selection): Selected {
  const { limit, seed, seeds = DEFAULT_SEEDS } = options;
  if (options.singles) return thinnedSingles(rehearsals, Math.min(limit ?? MAX_SINGLES, MAX_SINGLES));
  if (options.pairs) return { cases: numbered(pairs(rehearsals, Math.min(limit ?? MAX_PAIRS, MAX_PAIRS))), notes: [] };
  const cases = Array.from({ length: seeds }, (_, index) => seed + index).map((number) => ({
    number,
    case: swarm(rehearsals, number),
  }));
  return { cases, notes: [] };
}

function thinnedSingles(rehearsals: readonly Rehearsal[], limit: number): Selected {
  const { cases, of, boundaries, kept } = thinned(numbered(rehearsals.flatMap(singles)), limit);
  const notes = [
    `${cases.length} of ${of} single faults`,
    `${kept} of ${boundaries} pairs of a class of faults and a boundary have at least one`,
  ];
  return { cases, notes };
}

function numbered(cases: readonly Case[]): Numbered[] {
  return cases.map((one, index) => ({ number: index, case: one }));
}
