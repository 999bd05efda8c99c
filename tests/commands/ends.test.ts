/** How commands end that a person ends: Ctrl-C, the end of the input, a polite kill, a closed terminal. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../clients/free-port.ts';
import {
  CTRL_C,
  CTRL_D,
  inTerminal,
  listens,
  PROC,
  processesWith,
  type Running,
  run,
  SCRIPT,
  STACK,
} from './terminal.ts';

const PLAY = [process.execPath, '--stack-size=6000', 'tools/story/dist/play.js'];
const POLICIES = [process.execPath, 'tools/policies/dist/main.js'];
const MANAGER = 'bnz7o-iuaaa-aaaaa-qaaaa-cai';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ends-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(SCRIPT === undefined)('in a terminal [needs SCRIPT]', () => {
  test('Ctrl-C at the prompt of the story ends it with 130', async () => {
    const prompt = inTerminal([...PLAY, '--prompt']);
    await prompt.until(/leave[\s\S]*\n> /);
    prompt.type(CTRL_C);
    const { code, text } = await prompt.ended;
    expect(code).toBe(130);
    expect(text).not.toMatch(STACK);
  });

  describe('a question of policies', () => {
    let port: number;
    let network: Running;
    let apply: string[];
    beforeAll(async () => {
      port = await freePort();
      network = run([...PLAY, '--port', String(port)]);
      const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
      writeFileSync(join(folder, 'who.pem'), key);
      writeFileSync(join(folder, 'policies.json'), '{"targets": []}');
      const named = ['--manager', MANAGER, '--identity', 'anonymous', '--file', join(folder, 'policies.json')];
      apply = [...POLICIES, 'apply', '--prune', '--network', `http://127.0.0.1:${port}`, ...named];
      await network.until(/Ctrl-C ends it/);
    });
    afterAll(async () => {
      network.child.kill('SIGTERM');
      expect(await network.ended).toMatchObject({ code: 0 });
      expect(await listens(port)).toBe(false);
    });

    test.each([
      ['Ctrl-C', CTRL_C, 130, /Interrupted: nothing was done/],
      ['the end of the input', CTRL_D, 2, /Nothing was done/],
      ['Enter', '\r', 2, /Nothing was done/],
    ])('%s does nothing, and shows no stack', async (_, keys, code, says) => {
      const asked = inTerminal(apply);
      await asked.until(/\[y\/N\] /);
      asked.type(keys);
      const ended = await asked.ended;
      expect(ended.text).toMatch(says);
      expect(ended.text).not.toMatch(STACK);
      expect(ended.code).toBe(code);
    });
  });
});

/** The commands themselves; what npm adds is tested with it, by `npm run test:clients`. */
describe('a signal', () => {
  const NETWORK = 'tools/local-ic/bin/local-ic';
  test.concurrent.each([
    ['network', 'SIGTERM', [NETWORK, 'start'], /The network is at/],
    ['network', 'SIGINT', [NETWORK, 'start'], /The network is at/],
    ['network', 'SIGHUP', [NETWORK, 'start'], /The network is at/],
    ['pocket-ic', 'SIGHUP', ['tools/local-ic/bin/pocket-ic'], /listening on port/],
    ['play', 'SIGHUP', PLAY, /Ctrl-C ends it/],
  ] as const)('%s ends on %s, with nothing left at its port', async (_, signal, command, ready) => {
    const port = await freePort();
    const started = run([...command, '--port', String(port)]);
    await started.until(ready);
    expect(await listens(port)).toBe(true);
    started.child.kill(signal);
    const { code, text } = await started.ended;
    expect(code).toBe(0);
    expect(text).not.toMatch(STACK);
    expect(await listens(port)).toBe(false);
    if (PROC) expect(processesWith(String(port))).toEqual([]);
  });
});
