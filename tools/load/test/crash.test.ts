/** A fiftieth of what the issue asks for at once: `npm run crash -- --times 200`. */
import { expect, it } from 'vitest';
import { crashes } from '../src/crash/campaign.ts';

const TIMES = 4;

/** Set by `npm test` to a number made of the commit's hash. */
const COMMIT_SEED = Number(process.env.SIM_SEED ?? 1);

it(`nothing that was acknowledged is lost by ${TIMES} kills, from ${COMMIT_SEED}`, async () => {
  const { failures, times, acknowledged, counted } = await crashes({ times: TIMES, seed: COMMIT_SEED });
  expect(failures).toEqual([]);
  expect(times).toBe(TIMES);
  expect(acknowledged).toBeGreaterThan(0);
  expect(counted).toBeGreaterThanOrEqual(acknowledged);
});
