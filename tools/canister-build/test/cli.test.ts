import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMAND, packageCopies } from './package-copy.ts';

const copies = packageCopies();
afterAll(() => copies.remove());

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with an empty HOME, and with nothing on the PATH but Node. */
async function run(cwd: string, ...args: string[]): Promise<Outcome> {
  const env = { HOME: await copies.empty(), PATH: dirname(process.execPath) };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('two packages at once, one named and one the current folder: one line each, with the same hash', async () => {
  const [one, other] = [await copies.copy(), await copies.copy(1)];
  const outcomes = await Promise.all([run(one), run(dirname(other), other)]);
  for (const { code, stdout, stderr } of outcomes) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^counter\.wasm {2}\d+ kB, \d+ kB gzipped {2}sha256 [0-9a-f]{64}\n$/);
  }
  expect(outcomes[0]!.stdout).toBe(outcomes[1]!.stdout);
});

test('--help names what is read, what is written, and the exit codes', async () => {
  const { code, stdout } = await run('.', '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/src\/index\.ts.*<name>\.did.*dist\/<name>\.wasm.*Exit codes/s);
});

describe('mistakes end in one message, without a stack', () => {
  test.each([
    [['--fast'], 2, /^canister-build: usage: .*--fast/],
    [['one', 'two'], 2, /^canister-build: usage: one folder at a time/],
  ])('%j', async (args, code, message) => {
    const outcome = await run('.', ...args);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(outcome.stderr).not.toMatch(/^ +at /m);
  });

  test.each([
    ['package.json', 'no_package'],
    ['src/index.ts', 'no_entry'],
    ['counter.did', 'no_did'],
    ['node_modules/azle', 'azle_missing'],
  ])('without %s', async (path, code) => {
    const folder = await copies.copy();
    await rm(join(folder, path));
    const outcome = await run(folder);
    expect(outcome).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`canister-build: ${code}: `),
    });
    expect(outcome.stderr).not.toMatch(/^ +at /m);
  });

  test('a source that does not parse: where, and no stack', async () => {
    const folder = await copies.copy();
    await writeFile(join(folder, 'src/index.ts'), 'export default class {\n  add( {\n');
    const outcome = await run(folder);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/bundle_failed: [\s\S]*src\/index\.ts:3:0/);
    expect(outcome.stderr).not.toMatch(/^ +at /m);
  });
});
