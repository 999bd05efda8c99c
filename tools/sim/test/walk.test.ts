/** The walk over everything that could make a history shorter: 200 steps here, 10,000 by `npm run sim -- --walk 10000`. */
import { expect, it } from 'vitest';
import { readModules } from '../src/canisters.ts';
import { walk } from '../src/walk.ts';

const STEPS = 200;

it(`${STEPS} steps leave the history that is promised`, async () => {
  const { broken, steps, done, paced, deleted, refused } = walk(await readModules(), { seed: 1, steps: STEPS });
  expect(broken).toBeUndefined();
  expect(steps).toBe(STEPS);
  // It got where the rules are.
  for (const name of ['set_policy', 'register', 'backup', 'restore', 'pin', 'adopt', 'delete_snapshot']) {
    expect(done[name], name).toBeGreaterThan(0);
  }
  for (const times of [paced, deleted, refused]) expect(times).toBeGreaterThan(5);
});
