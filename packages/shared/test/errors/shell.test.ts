/** Commands in refusals go into a shell as they are printed: `bash` reads them, and a stand-in says what it was given. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, failure } from '../../src/index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shell-'));
  for (const tool of ['dfx', 'icp']) {
    const path = join(folder, tool);
    writeFileSync(path, `#!/bin/bash\nprintf '${tool}'\nprintf '\\t%s' "$@"\nprintf '\\n'\n`);
    chmodSync(path, 0o755);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the tools were called with. */
function pasted(message: string): string[][] {
  const commands = [...message.matchAll(/`((?:dfx|icp) [^`]*)`/g)].map(([, command]) => command!);
  if (commands.length === 0) return [];
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const output = execFileSync('bash', ['-e', '-c', commands.join('\n')], { cwd: folder, env, encoding: 'utf8' });
  const called = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(called).toHaveLength(commands.length);
  return called;
}

it.each([
  ['lqy7q-dh777-77777-aaaaq-cai', 'opt principal "lqy7q-dh777-77777-aaaaq-cai"'],
  ['all targets', 'null'],
  ['any target', 'opt principal "CANISTER"'],
])('a refused caller on %s is told the smallest grant that would do', (scope, canister) => {
  const context = { caller: '2vxsx-fae', manager: 'lxzze-o7777-77777-aaaaa-cai', right: 'backup', scope };
  const { message } = failure('caller_not_allowed', { ...context, roles: ['operator', 'admin'] });
  const grant = `(record { who = principal "2vxsx-fae"; role = variant { operator }; canister = ${canister} })`;
  expect(pasted(message)).toEqual(
    ['dfx', 'icp'].map((tool) => [tool, 'canister', 'call', 'lxzze-o7777-77777-aaaaa-cai', 'grant', grant]),
  );
});

const REGISTRY = readFileSync(new URL('../../src/errors/registry.ts', import.meta.url), 'utf8');
const NAMES = new Set([...REGISTRY.matchAll(/\bc\.(\w+)/g)].map(([, name]) => name!));

function sample(name: string): unknown {
  if (['required', 'available', 'top_up', 'seconds', 'since', 'until'].includes(name)) return 7n;
  if (name === 'foreign') return [{ id: '00ab', bytes: 1n }];
  return ['roles', 'candidates', 'older', 'appeared', 'runs', 'probes', 'ways'].includes(name) ? ['abc'] : '00ab';
}

/** Everything that any message is made of: numbers where they are reckoned with, ids elsewhere. */
const context = Object.fromEntries([...NAMES].map((name) => [name, sample(name)]));

it('no command of any refusal is read by a shell as anything but one call with its words', () => {
  let commands = 0;
  for (const code of ERROR_CODES) {
    const { message } = failure(code as ErrorCode, context as never);
    for (const words of pasted(message)) {
      commands += 1;
      expect(words.slice(1).join(' '), code).not.toMatch(/[<>]|undefined/);
    }
  }
  expect(commands).toBeGreaterThan(20);
});
