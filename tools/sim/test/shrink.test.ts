import { expect, it } from 'vitest';
import type { Fault } from '../src/faults.ts';
import { shrink } from '../src/shrink.ts';
import type { Case } from '../src/simulate.ts';

const delay: Fault = { kind: 'delay', nth: 3, rounds: 16 };
const trap: Fault = { kind: 'trap', nth: 1, at: 9 };
const act: Fault = { kind: 'act', round: 2, act: 'append' };
const judge = (fails: (faults: readonly Fault[]) => boolean) => (one: Case) =>
  fails(one.faults) ? ({ kind: 'safety', violations: [] } as const) : ({ kind: 'held' } as const);

it('leaves out what is not needed, and makes the rest small', () => {
  const one: Case = { scenario: 'backup_by_timer', faults: [act, delay, trap] };
  const needed = judge((faults) => {
    const held = faults.find((fault) => fault.kind === 'delay');
    return held !== undefined && held.rounds >= 4 && faults.some((fault) => fault.kind === 'trap');
  });
  expect(shrink(one, 'safety', needed).faults).toEqual([
    { kind: 'delay', nth: 3, rounds: 4 },
    { kind: 'trap', nth: 1, at: 1 },
  ]);
});

it('keeps what fails for another reason out', () => {
  const one: Case = { scenario: 'backup_by_timer', faults: [act, delay] };
  const other = (smaller: Case) =>
    smaller.faults.length === 2
      ? ({ kind: 'safety', violations: [] } as const)
      : ({ kind: 'progress', violations: [] } as const);
  expect(shrink(one, 'safety', other).faults).toHaveLength(2);
});
