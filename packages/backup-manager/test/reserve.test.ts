import { openRun } from '@canister-backup/shared';
import { expect, it } from 'vitest';
import { affordsAnother, cyclesForOthers } from '../src/runs/reserve.ts';

const run = (id: bigint) =>
  openRun({ id, kind: 'backup', target: 'a', manager: 'b', mode: 'stop', keep: 8, askedBy: 'timer', openedAt: 0n });

it('sets cycles aside for every other open run', () => {
  expect(cyclesForOthers([run(1n)], run(1n), 42n)).toBe(0n);
  expect(cyclesForOthers([run(1n), run(2n), run(3n)], run(1n), 42n)).toBe(2n * 6n * 42n);
});

it('lets the timer open a run only if it and the open ones can be paid for', () => {
  expect(affordsAnother(0, { liquid: 16n, perCall: 1n })).toBe(true);
  expect(affordsAnother(0, { liquid: 15n, perCall: 1n })).toBe(false);
  expect(affordsAnother(2, { liquid: 28n, perCall: 1n })).toBe(true);
  expect(affordsAnother(2, { liquid: 27n, perCall: 1n })).toBe(false);
});
