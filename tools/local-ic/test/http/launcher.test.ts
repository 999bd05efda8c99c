import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, expect, test } from 'vitest';
import { launcherCommand } from '../../src/bin/launcher-options.ts';
import { readCanistersFile } from '../../src/env/canisters-file.ts';
import { COUNTERS, wat } from '../engine/harness.ts';
import { cleanUp, launch, portFilePath, until } from './processes.ts';

afterEach(cleanUp);

/** An id of the mainnet's, outside of those that the subnet gives. */
const ID = 'ryjl3-tyaaa-aaaaa-aaaba-cai';
const ENTRY = { id: ID, wasm: 'counters.wasm', argument: 'none', cycles: '1000000000000', controllers: [] };

/** A list of canisters in a folder of its own. */
function canistersFile(list: unknown): string {
  const file = join(dirname(portFilePath()), 'canisters.json');
  writeFileSync(file, JSON.stringify(list));
  writeFileSync(join(dirname(file), 'counters.wasm'), wat(COUNTERS));
  return file;
}

async function refusalOf(...args: string[]): Promise<string> {
  const errors: string[] = [];
  const launcher = launcherCommand(async () => {}).configureOutput({ writeErr: (text) => errors.push(text) });
  await expect(launcher.parseAsync(args, { from: 'user' })).rejects.toThrow(CommanderError);
  return errors.join('');
}

test.each([
  [['--ii'], /--ii is not served by local-ic.*icp\.yaml/],
  [['--nns'], /--nns is not served/],
  [['--bitcoind-addr=127.0.0.1:18444'], /--bitcoind-addr is not served/],
  [['--dogecoind-addr', '127.0.0.1:1'], /--dogecoind-addr is not served/],
  [['--config-port', '1'], /--config-port is not served.*local-ic serve/],
  [['--subnet=nns'], /--subnet.*application/],
  [['--interface-version', '2.0.0'], /--interface-version.*version 1/],
  [['--bind', 'localhost'], /--bind.*IP address/],
  [['--gateway-port', '70000'], /--gateway-port.*65535/],
  [['--new-flag'], /--new-flag/],
  [['extra'], /too many arguments/],
])('%j is refused', async (args, text) => {
  expect(await refusalOf('--interface-version', '1.1.0', ...args)).toMatch(text);
});

test('wrong options end it with 2', async () => {
  const launcher = launch('network-launcher', ['--ii']);
  expect([await launcher.exit, launcher.stderr()]).toEqual([2, expect.stringContaining('--ii')]);
});

test('help names every flag of icp-cli, and what is not served', () => {
  const help = launcherCommand(async () => {}).helpInformation();
  const flags = '--interface-version --state-dir --status-dir --bind --gateway-port --domain --verbose --subnet';
  for (const flag of flags.split(' ')) expect(help).toContain(flag);
  expect(help).toMatch(/--ii +not served/);
});

test.each([
  [{}, /not a list/],
  [[{ ...ENTRY, cycles: 1 }], /digits/],
  [[{ ...ENTRY, id: 'x' }], /"x" is not a principal/],
  [[{ ...ENTRY, wasm: 'missing' }], /missing/],
])('a list of canisters that is %j', (list, text) => {
  expect(() => readCanistersFile(canistersFile(list))).toThrow(text);
});

test('a canister that cannot be there from the beginning', async () => {
  const network = launch('local-ic', ['start', '--port', '0', '--canisters', canistersFile([ENTRY, ENTRY])]);
  expect([await network.exit, network.stderr()]).toEqual([1, expect.stringMatching(/ryjl3.*already exists/)]);
});

test('the launcher says in the status file where it is, and ends on Ctrl-C with 0', async () => {
  const folder = dirname(portFilePath());
  const args = ['--status-dir', join(folder, 'status'), '--state-dir', join(folder, 'state'), '--domain=localhost'];
  const launcher = launch('network-launcher', args, { LOCAL_IC_CANISTERS: canistersFile([ENTRY]) });
  await until('the line', () => launcher.stdout().endsWith('\n'));
  const text = readFileSync(join(folder, 'status', 'status.json'), 'utf8');
  expect(text.endsWith('}\n')).toBe(true);
  const status = JSON.parse(text) as { gateway_port: number; root_key: string };
  expect(status.root_key).toMatch(/^3081823[0-9a-f]{259}$/);
  expect((await fetch(`http://127.0.0.1:${status.gateway_port}/api/v2/status`)).status).toBe(200);
  launcher.child.kill('SIGINT');
  expect([await launcher.exit, launcher.stderr()]).toEqual([0, '']);
});
