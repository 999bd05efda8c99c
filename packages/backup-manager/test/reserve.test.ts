import { openRun } from '@canister-backup/shared';
import { expect, it } from 'vitest';
import { cyclesForOthers } from '../src/runs/reserve.ts';

const run = (id: bigint) =>
  openRun({ id, kind: 'backup', target: 'a', manager: 'b', mode: 'stop', keep: 8, askedBy: 'timer', openedAt: 0n });

it('sets cycles aside for every other open run', () => {
  expect(cyclesForOthers([run(1n)], run(1n), 42n)).toBe(0n);
  expect(cyclesForOthers([run(1n), run(2n), run(3n)], run(1n), 42n)).toBe(2n * 5n * 42n);
});
