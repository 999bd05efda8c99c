import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { decode, encode } from 'cbor2';
import { afterEach, expect, test } from 'vitest';
import { isLoopback } from '../../src/env/exposure.ts';
import { cleanUp, type Launched, launch, portFilePath, until } from './processes.ts';

afterEach(cleanUp);

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly subnet_id: string;
  readonly state_dir: string | null;
}

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const start = (...args: string[]) => launch('local-ic', ['start', '--port', '0', '--json', ...args]);
const readyOf = async (network: Launched): Promise<Ready> =>
  JSON.parse(await until('the line', () => network.stdout().endsWith('\n') && network.stdout()));

async function end(network: Launched): Promise<number | string> {
  // Twice, as a terminal and whoever started it send it.
  network.child.kill('SIGINT');
  network.child.kill('SIGINT');
  return network.exit;
}

test('one line says that it is ready; Ctrl-C ends it with 0', async () => {
  const network = start();
  const ready = await readyOf(network);
  expect(ready).toMatchObject({ url: `http://127.0.0.1:${ready.port}`, state_dir: null });
  expect((await fetch(`${ready.url}/api/v2/status`)).status).toBe(200);
  expect([(await fetch(ready.url)).status, (await fetch(`${ready.url}/instances`)).status]).toEqual([400, 400]);
  expect([await end(network), network.stdout().split('\n').length, network.stderr()]).toEqual([0, 2, '']);
});

test('is on the loopback interface unless it is told otherwise, and says so then', async () => {
  const quiet = start();
  expect(await readyOf(quiet)).toMatchObject({ url: expect.stringContaining('//127.0.0.1:'), exposed: false });
  const open = start('--host', '0.0.0.0');
  expect(await readyOf(open)).toMatchObject({ exposed: true });
  const told = launch('local-ic', ['start', '--port', '0', '--host', '0.0.0.0']);
  expect(await until('the line', () => told.stdout().endsWith('\n') && told.stdout())).toMatch(/Other machines can/);
  const servers = [
    launch('local-ic', ['serve', '--host', '0.0.0.0']),
    launch('pocket-ic', ['--ip-addr', '0.0.0.0', '--port', '0', '--log-levels', 'off']),
  ];
  for (const server of servers) await until('the warning', () => /Other machines can/.test(server.stderr()));
  expect(await Promise.all([quiet, open, told, ...servers].map(end))).toEqual([0, 0, 0, 0, 0]);
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['', false],
  ['192.168.0.1', false],
  ['127.example.org', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('a port that is taken: by whom, and what to do', async () => {
  const first = start();
  const { port } = await readyOf(first);
  const second = launch('local-ic', ['start', '--port', String(port)]);
  expect(await second.exit).toBe(1);
  expect(second.stderr()).toMatch(new RegExp(`port ${port} .* is taken by .*local-ic.* \\(process \\d+\\).*--port`));
  expect(await end(first)).toBe(0);
});

test('the seed gives the keys, and the state folder keeps them and what was done', async () => {
  const stateDir = join(dirname(portFilePath()), 'state');
  const first = start('--state-dir', stateDir, '--seed', 'one');
  const { subnet_id, port } = await readyOf(first);
  const taken = start('--state-dir', stateDir);
  expect([await taken.exit, taken.stderr()]).toEqual([1, expect.stringMatching(/process \d+.*--state-dir/)]);
  const height = await heightOf(port);
  expect(await end(first)).toBe(0);
  expect(readdirSync(stateDir).sort()).toEqual(['rounds.log', 'state.cbor']);

  const second = start('--state-dir', stateDir);
  const again = await readyOf(second);
  expect(again.subnet_id).toBe(subnet_id);
  expect(await heightOf(again.port)).toBeGreaterThan(height);
  expect(await end(second)).toBe(0);

  const other = start('--state-dir', stateDir, '--seed', 'two');
  expect([await other.exit, other.stderr()]).toEqual([1, expect.stringContaining('--clean')]);
  const clean = start('--state-dir', stateDir, '--seed', 'two', '--clean');
  expect((await readyOf(clean)).subnet_id).not.toBe(subnet_id);
  expect(await end(clean)).toBe(0);
});

test('in the background it goes on when the command has ended, until it is told to stop', async () => {
  const port = await freePort();
  const command = (...args: string[]) => launch('local-ic', [...args, '--port', String(port)]);
  const missing = command('status');
  expect([await missing.exit, missing.stdout()]).toEqual([1, expect.stringContaining(`port ${port}`)]);

  const starting = command('start', '--background');
  expect([await starting.exit, starting.stdout()]).toEqual([
    0,
    expect.stringContaining(`local-ic stop --port ${port}`),
  ]);
  const again = command('start', '--background');
  expect([await again.exit, again.stderr()]).toEqual([
    1,
    expect.stringMatching(/^local-ic start: port \d+ .* is taken by/),
  ]);
  const status = command('status', '--json');
  expect([await status.exit, JSON.parse(status.stdout())]).toMatchObject([0, { running: true, state_dir: null }]);

  const stopping = command('stop');
  expect([await stopping.exit, stopping.stdout()]).toEqual([0, expect.stringContaining('has ended')]);
  expect(await command('stop').exit).toBe(1);
});

test.each([
  ['that is none', Buffer.from('none'), 'not a saved local-ic state'],
  ['of a newer version', encode({ format: 'local-ic', version: 2, pages: new Uint8Array(), root: null }), 'version 2'],
])('a state %s is refused, and left as it is', async (_name, bytes, reason) => {
  const folder = dirname(portFilePath());
  writeFileSync(join(folder, 'state.cbor'), bytes);
  const network = start('--state-dir', folder);
  expect([await network.exit, network.stderr()]).toEqual([1, expect.stringContaining(reason)]);
  expect(readdirSync(folder)).not.toContain('lock');
  expect(readFileSync(join(folder, 'state.cbor')).equals(bytes)).toBe(true);
});

async function heightOf(port: number): Promise<number> {
  const body = await (await fetch(`http://127.0.0.1:${port}/api/v2/status`)).arrayBuffer();
  return (decode(new Uint8Array(body)) as { certified_height: number }).certified_height;
}
