/** What is left of the single faults when they are thinned. */
import { describe, expect, it } from 'vitest';
import { classOf } from '../src/faults.ts';
import { singles } from '../src/generate.ts';
import type { Rehearsal } from '../src/rehearsal.ts';
import { SCENARIO_NAMES } from '../src/scenarios.ts';
import { MAX_SINGLES, select, tellSelection } from '../src/selection.ts';
import { boundaryOf, thinned } from '../src/thinning.ts';

/** As long as the longest backup, for every scenario: more than there are. */
const rehearsals = SCENARIO_NAMES.map(
  (scenario) =>
    ({
      scenario,
      executions: Array.from({ length: 20 }, (_, index) => ({ hostCalls: index + 3, instructions: 1000n })),
      managementCalls: Array.from({ length: 12 }, (_, index) =>
        index % 2 === 0 ? 'take_canister_snapshot' : 'stop_canister',
      ),
      messages: 26,
      rounds: 15,
    }) as unknown as Rehearsal,
);
const all = rehearsals.flatMap(singles).map((one, number) => ({ number, case: one }));
const boundaries = new Set(all.map((one) => boundaryOf(one.case)));

describe('single faults are thinned', () => {
  it(`to ${MAX_SINGLES}, with every class at every boundary`, () => {
    const { cases, notes } = select(rehearsals, { seed: 1, singles: true });
    expect(all.length).toBeGreaterThan(MAX_SINGLES);
    expect(cases).toHaveLength(MAX_SINGLES);
    expect(new Set(cases.map((one) => boundaryOf(one.case)))).toEqual(boundaries);
    expect(notes).toEqual([
      `${MAX_SINGLES} of ${all.length} single faults`,
      `${boundaries.size} of ${boundaries.size} pairs of a class of faults and a boundary have at least one`,
    ]);
    const numbers = cases.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(MAX_SINGLES);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('and with one for each boundary still has every act, code and time', () => {
    const { cases } = thinned(all, boundaries.size);
    expect(cases).toHaveLength(boundaries.size);
    const kinds = (list: readonly { readonly case: { readonly faults: readonly object[] } }[]) =>
      new Set(
        list.map(({ case: { faults } }) => {
          const [{ nth, round, instructions, ...fault }] = faults as [Record<string, unknown>];
          return JSON.stringify(fault.kind === 'trap' ? { ...fault, at: 0 } : fault);
        }),
      );
    expect(kinds(cases)).toEqual(kinds(all));
    expect(new Set(cases.map((one) => classOf(one.case.faults[0]!)))).toEqual(
      new Set(all.map((one) => classOf(one.case.faults[0]!))),
    );
  });

  it('and says so where there is no room for every boundary', () => {
    const { cases, notes } = select(rehearsals, { seed: 1, singles: true, limit: 10 });
    expect(cases).toHaveLength(10);
    expect(notes[1]).toBe(`10 of ${boundaries.size} pairs of a class of faults and a boundary have at least one`);
  });

  it('and split into parts without a case twice', () => {
    const part = (index: number) => select(rehearsals, { seed: 1, singles: true, limit: 5001, part: [index, 2] }).cases;
    const numbers = [...part(1), ...part(2)].map(({ number }) => number);
    expect(new Set(numbers).size).toBe(5001);
    expect(tellSelection({ seed: 1, singles: true, limit: 5001, part: [1, 2] })).toBe(
      '--singles --limit 5001 --part 1/2',
    );
  });
});
