import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { LoadReport } from '../src/load/index.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const run = promisify(execFile);

it('measures every kind of call, and one agent beside cryptography alone', async () => {
  const { stdout } = await run(process.execPath, [MAIN, 'load', '--seconds', '1', '--agents', '1', '--json']);
  const { rows, oneAgent } = JSON.parse(stdout) as LoadReport;
  expect(rows.map(({ name }) => name)).toEqual(['echo', 'query', 'update', 'update, unchecked']);
  for (const row of rows) {
    expect(row.calls).toBeGreaterThan(0);
    expect(row.p99).toBeGreaterThanOrEqual(row.p50);
  }
  expect(oneAgent.pairs).toBeGreaterThan(0);
});

it.each([
  [['load', '--seconds', '0'], /begin at 1/],
  [['fuzz', '--requests', 'many'], /whole number/],
  [['crash', '--times'], /argument missing/],
])('%j is wrong use', async (args, text) => {
  await expect(run(process.execPath, [MAIN, ...args])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(text),
  });
});
