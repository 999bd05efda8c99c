/** What people type wrong: every command answers with its exit code and one clear line, and never with a stack. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../clients/free-port.ts';
import { ROOT, run, STACK } from './terminal.ts';

const NETWORK = ['tools/local-ic/bin/local-ic'];
const LAUNCHER = ['tools/local-ic/bin/network-launcher'];
const POCKET_IC = ['tools/local-ic/bin/pocket-ic'];
const node = (program: string) => [process.execPath, '--stack-size=6000', program];
const POLICIES = node('tools/policies/dist/main.js');
const STORY = node('tools/story/dist/main.js');
const PLAY = node('tools/story/dist/play.js');
const BENCH = node('tools/bench/dist/main.js');
const SIM = node('tools/sim/dist/main.js');
const LOAD = node('tools/load/dist/main.js');
const BUILD = node('tools/canister-build/bin/canister-build.mjs');
const BOOTSTRAP = [process.execPath, 'scripts/bootstrap.mjs'];

const folder = mkdtempSync(join(tmpdir(), 'wrong-use-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const nowhere = join(folder, 'not-there');
/** Nothing can be made below a file, not even by root. */
const below = join(file('a-file', ''), 'folder');
const target = '{"targets": [{"canister": "bkyz2-fmaaa-aaaaa-qaaaq-cai"}]}';

const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const who = ['--identity', file('who.pem', String(key)), '--manager', 'bnz7o-iuaaa-aaaaa-qaaaa-cai'];
const asked = (network: string) => ['check', '--network', network, '--file', file('policies.json', target), ...who];

type Row = readonly [command: readonly string[], args: readonly string[], code: number, says: RegExp];

const ROWS: readonly Row[] = [
  // An option that is misspelt.
  [NETWORK, ['start', '--prot', '1'], 2, /unknown option '--prot'\n\(Did you mean --port\?\)/],
  [LAUNCHER, ['--gateway-prot', '1'], 2, /unknown option '--gateway-prot'\n\(Did you mean --gateway-port\?\)/],
  [POCKET_IC, ['--prot'], 2, /Unknown option '--prot'/],
  [POLICIES, ['plan', '--netwrok', 'local'], 2, /^error: unknown option '--netwrok'\n\(Did you mean --network\?\)$/],
  [STORY, ['--bogus'], 2, /unknown option '--bogus'/],
  [PLAY, ['--prot', '1'], 2, /unknown option '--prot'\n\(Did you mean --port\?\)/],
  [PLAY, ['--prompt', '--port', '1'], 2, /unknown option '--port'/],
  [BENCH, ['--bogus'], 2, /unknown option '--bogus'/],
  [SIM, ['--sed', '1'], 2, /unknown option '--sed'\n\(Did you mean --seed\?\)/],
  [LOAD, ['fuzz', '--request', '1'], 2, /unknown option '--request'\n\(Did you mean --requests\?\)/],
  [BUILD, ['--bogus'], 2, /Unknown option '--bogus'/],
  // A command that is misspelt, or too many words.
  [NETWORK, ['star'], 2, /unknown command 'star'\n\(Did you mean start\?\)/],
  [POLICIES, ['paln'], 2, /unknown command 'paln'\n\(Did you mean plan\?\)/],
  [LOAD, ['fuz'], 2, /unknown command 'fuz'\n\(Did you mean fuzz\?\)/],
  [BUILD, ['one', 'two'], 2, /one folder at a time/],
  [BOOTSTRAP, ['strat'], 2, /^There is no command strat\. Usage: /],
  [BOOTSTRAP, [], 2, /^Usage: /],
  // A value that is none, or none at all.
  [NETWORK, ['start', '--port', 'many'], 2, /expected a number from 0 to 65535/],
  [POCKET_IC, ['--port', 'many'], 2, /expected a whole number from 0 to 65535/],
  [POLICIES, ['plan'], 2, /required option '--network <name>' not specified/],
  [POLICIES, ['plan', '--network'], 2, /'--network <name>' argument missing/],
  [POLICIES, asked('moon'), 2, /--network takes local, ic or a URL/],
  [LOAD, ['load', '--agents', 'all'], 2, /'all' is invalid/],
  // A file or a folder that is not there, or is none.
  [
    POLICIES,
    ['check', '--network', 'local', '--file', nowhere],
    2,
    /^There is no file .*not-there\. Name the file with --file/,
  ],
  [POLICIES, ['check', '--network', 'local', '--file', folder], 2, /cannot be read: it is a folder/],
  [NETWORK, ['start', '--port', '0', '--canisters', nowhere], 1, /there is no file .*not-there/],
  [
    NETWORK,
    ['start', '--port', '0', '--canisters', file('list', '[{},\n{"id" 7}]')],
    1,
    /list .*line 2, column 7 is no JSON: /,
  ],
  [NETWORK, ['start', '--port', '0', '--state-dir', below], 1, /^local-ic start: .*ENOTDIR/],
  [POCKET_IC, ['--port-file', join(nowhere, 'port')], 1, /there is no such folder/],
  [BUILD, [nowhere], 1, /package\.json is missing/],
  // Nobody is there.
  [
    POLICIES,
    asked(`http://127.0.0.1:${await freePort()}`),
    12,
    /^http:\/\/127\.0\.0\.1:\d+ cannot be asked: connect ECONNREFUSED 127\.0\.0\.1:\d+\. What was done before stays; run the command again\.$/m,
  ],
  [NETWORK, ['status', '--port', '1'], 1, /^No network of yours answers at port 1/],
  [NETWORK, ['stop', '--port', '1'], 1, /^No network of yours answers at port 1/],
];

/** Nothing of the one who runs the tests: no identity, no folder of npm, no colours. */
const ENV = { PATH: process.env.PATH, HOME: folder, LOCAL_IC_CANISTERS: file('none', '[]') };

describe('wrong use', () => {
  test.concurrent.each(ROWS.map((row) => [row[0].at(-1), row[1].join(' ').replaceAll(folder, ''), row] as const))(
    '%s %s',
    async (_, __, [command, args, code, says]) => {
      const started = run([...command, ...args], ENV);
      started.child.stdin?.end();
      const ended = await started.ended;
      expect(ended.text.trim()).toMatch(says);
      expect(ended.code).toBe(code);
      expect(ended.text).not.toMatch(STACK);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with the escape character
      expect(ended.text, 'no colours in a pipe').not.toMatch(/\u001b\[/);
    },
  );
});

/** Who reads may stop reading: `… --help | head -1`. */
describe('a reader who is gone', () => {
  const all = [NETWORK, LAUNCHER, POCKET_IC, POLICIES, STORY, PLAY, BENCH, SIM, LOAD, BUILD];
  test.concurrent.each(all.map((command) => [command.at(-1), command] as const))('%s --help', async (_, command) => {
    const [program, ...args] = [...command, '--help'];
    const child = spawn(String(program), args, { cwd: ROOT, env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(said).not.toMatch(STACK);
  });
});
