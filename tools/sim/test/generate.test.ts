import { expect, it } from 'vitest';
import { classOf } from '../src/faults.ts';
import { pairs, singles } from '../src/generate.ts';
import type { Rehearsal } from '../src/rehearsal.ts';

const rehearsal = {
  scenario: 'backup_by_call',
  executions: [
    { hostCalls: 3, instructions: 100n },
    { hostCalls: 9, instructions: 200n },
  ],
  managementCalls: ['stop_canister', 'take_canister_snapshot'],
  messages: 2,
  rounds: 2,
} as unknown as Rehearsal;

it('pairs of faults are all those of two classes, each once, and a limit spreads over them', () => {
  const faults = singles(rehearsal).map(({ faults: [fault] }) => fault!);
  const expected = faults.flatMap((one, at) =>
    faults.slice(at + 1).flatMap((other) => (classOf(one) === classOf(other) ? [] : [JSON.stringify([one, other])])),
  );
  const all = pairs([rehearsal], Number.MAX_SAFE_INTEGER).map((one) => JSON.stringify(one.faults));
  expect(all).toEqual(expected);
  const some = pairs([rehearsal, rehearsal], 20).map((one) => JSON.stringify(one.faults));
  expect(some).toHaveLength(20);
  expect(new Set(some).size).toBeLessThan(20);
  expect(some.every((one) => expected.includes(one))).toBe(true);
});
