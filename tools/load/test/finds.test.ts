/** That the commands see what they look for. */
import { truncateSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { crashes } from '../src/crash/campaign.ts';
import { startBystander, statusProblem } from '../src/fuzz/bystander.ts';
import { fuzz } from '../src/fuzz/campaign.ts';
import type { Shot } from '../src/fuzz/shot.ts';
import type { Target } from '../src/fuzz/targets.ts';
import { createClient } from '../src/http.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that does something else, and one kind of request that it should refuse. */
async function target(listener: RequestListener, server: Partial<Target['server']> = {}): Promise<Target> {
  const http = createServer(listener);
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const shot: Shot = { name: 'one kind', request: { method: 'GET', path: '/' }, allowed: [400] };
  const wish = { request: { method: 'GET', path: '/good' }, problem: statusProblem };
  const whole = { url, pid: process.pid, log: () => 'its log', hasEnded: () => false, stop: async () => 0, ...server };
  return {
    name: 'fake',
    server: whole as Target['server'],
    bystander: startBystander(createClient(url), () => [wish]),
    shots: async () => fc.constant(shot),
    after: async () => undefined,
    problems: async () => [],
  };
}

const failuresOf = async (of: Target) => (await fuzz(of, { requests: 3, seed: 1 })).failures;

it('nothing is wrong with a server that refuses what it should', async () => {
  const right: RequestListener = ({ url }, response) => response.writeHead(url === '/good' ? 200 : 400).end();
  expect(await failuresOf(await target(right))).toEqual([]);
});

it('a wrong status is found', async () => {
  const wrong: RequestListener = ({ url }, response) => response.writeHead(url === '/good' ? 200 : 500).end('bug');
  const failures = await failuresOf(await target(wrong));
  expect(failures).toEqual(Array(3).fill(expect.stringMatching(/one kind: GET \/ was answered 500 \(bug\), not 400/)));
});

it('a connection that just ends is found', async () => {
  const rude: RequestListener = ({ url, socket }, response) =>
    url === '/good' ? response.writeHead(200).end() : socket.destroy();
  expect(await failuresOf(await target(rude))).toEqual(Array(3).fill(expect.stringContaining('was answered 0')));
});

it('a bystander who is not served is found', async () => {
  const deaf: RequestListener = (_request, response) => response.writeHead(400).end();
  expect(await failuresOf(await target(deaf))).toContainEqual(expect.stringMatching(/a bystander was not served/));
});

it('a server that ended, or ends with a failure, is found', async () => {
  const right: RequestListener = ({ url }, response) => response.writeHead(url === '/good' ? 200 : 400).end();
  const crashed = await target(right, { hasEnded: () => true });
  expect(await failuresOf(crashed)).toEqual([expect.stringMatching(/the server ended: its log/)]);
  const failing = await target(right, { stop: async () => 1 });
  expect(await failuresOf(failing)).toEqual(['the server ended with 1']);
});

it('rounds that a disk has forgotten are found', async () => {
  let kills = 0;
  const forget = (stateDir: string) => {
    kills += 1;
    // The first rounds make the canister.
    if (kills > 1) truncateSync(join(stateDir, 'rounds.log'), 0);
  };
  const { failures } = await crashes({ times: 3, seed: 1, afterKill: forget });
  expect(failures).toContainEqual(expect.stringMatching(/\d+ calls were acknowledged, -?\d+ are there/));
});

it('a state that a disk has torn is found', async () => {
  const tear = (stateDir: string) => truncateSync(join(stateDir, 'state.cbor'), 100);
  await expect(crashes({ times: 1, seed: 1, afterKill: tear })).rejects.toThrow(/not a saved local-ic state/);
});
