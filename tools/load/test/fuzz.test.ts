/** A fiftieth of what the issue asks for at once: `npm run fuzz -- --requests 100000`. */
import { expect, it } from 'vitest';
import { runFuzz } from '../src/fuzz/index.ts';

const REQUESTS = 2_000;

/** Set by `npm test` to a number made of the commit's hash. */
const COMMIT_SEED = Number(process.env.SIM_SEED ?? 1);

it(`${REQUESTS} wrong requests are refused as they should be, from ${COMMIT_SEED}, and a bystander is served`, async () => {
  const reports = await runFuzz({ requests: REQUESTS, seed: COMMIT_SEED, onProgress: () => {} });
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  expect(reports.map(({ requests }) => requests)).toEqual([REQUESTS / 2, REQUESTS / 2]);
  for (const { statuses, bystander } of reports) {
    const answers = new Set(Object.values(statuses).flatMap((counts) => Object.keys(counts)));
    expect([...answers]).toEqual(expect.arrayContaining(['200', '400', '404', '405']));
    expect(bystander.requests).toBeGreaterThan(0);
  }
});
