/** What a slow, greedy or vanished client costs: nothing that lasts. Times are short here, so that nobody waits. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { HTTP_LIMITS, type HttpLimits } from '../../src/env/http-limits.ts';
import { type HttpServer, startHttpServer } from '../../src/env/http-server.ts';
import type { Answer } from '../../src/http/answer.ts';
import type { HttpRequest, RequestHandler } from '../../src/http/request.ts';

const MIB = 1024 ** 2;
const TEXT: Answer = { status: 200, type: 'text', body: 'here' };

const servers: HttpServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server that answers `/wait` when it is told to, `/large` with 64 MiB, and everything else at once. */
async function serve(limits: Partial<HttpLimits>) {
  const waiting: ((answer: Answer) => void)[] = [];
  const gone: (AbortSignal | undefined)[] = [];
  const api: RequestHandler = {
    handle: (request: HttpRequest) => {
      gone.push(request.gone);
      if (request.url === '/large') return Promise.resolve({ ...TEXT, body: new Uint8Array(64 * MIB) });
      return request.url === '/wait' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(TEXT);
    },
    maxBodyBytes: () => MIB,
    tooLarge: () => ({ status: 413, type: 'text', body: '' }),
  };
  const server = await startHttpServer(api, { host: '127.0.0.1', port: 0 }, { ...HTTP_LIMITS, ...limits });
  servers.push(server);
  return { server, gone, waiting, answered: async () => (await fetch(`http://127.0.0.1:${server.port}/`)).status };
}

interface Peer {
  readonly socket: Socket;
  /** What it has got, when the server has closed the connection. */
  readonly closed: Promise<string>;
}

/** A client that sends these bytes as they are and never closes its side; `deaf`: nor reads. */
function peer({ port }: HttpServer, text: string, deaf = false): Peer {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  let answer = '';
  if (deaf) socket.pause();
  else socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
  socket.on('error', () => {});
  const ended = deaf ? ['close'] : ['end', 'close'];
  const closed = new Promise<string>((resolve) => {
    for (const event of ended) socket.once(event, () => resolve(answer));
  });
  socket.once('connect', () => socket.write(text));
  return { socket, closed };
}

const post = (length: number, path = '/') => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

test.each([
  ['nothing at all', '', /408/],
  ['half a head', 'POST / HTTP/1.1\r\nHost', /408/],
  ['half a body', `${post(100)}half`, /408/],
])('a client that sends %s is let go, and others are served meanwhile', async (_name, text, answer) => {
  const { server, answered } = await serve({ headMs: 200, requestMs: 300, checkMs: 50 });
  const { closed } = peer(server, text);
  expect(await answered()).toBe(200);
  expect(await closed).toMatch(answer);
  await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
});

test('headers that are too large are refused as such', async () => {
  const { server, answered } = await serve({});
  const { closed } = peer(server, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(await closed).toMatch(/^HTTP\/1.1 431/);
  expect(await answered()).toBe(200);
});

test('a client that sends a byte now and then is let go as well', async () => {
  const { server } = await serve({ headMs: 200, requestMs: 300, checkMs: 50 });
  const { socket, closed } = peer(server, post(10_000));
  const drip = setInterval(() => socket.write('x'), 20);
  expect(await closed).toMatch(/408/);
  clearInterval(drip);
});

test('a client that does not take its answer is let go', async () => {
  const { server, answered } = await serve({ stalledMs: 200 });
  peer(server, get('/large'), true);
  await expect.poll(() => server.idleMs()).toBe(0);
  expect(await answered()).toBe(200);
  await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
});

test('who waits for an answer and goes away is not waited with', async () => {
  const { server, gone } = await serve({});
  const { socket } = peer(server, get('/wait'));
  await expect.poll(() => gone.length).toBe(1);
  expect([gone[0]?.aborted, server.idleMs()]).toEqual([false, 0]);
  socket.destroy();
  await expect.poll(() => gone[0]?.aborted).toBe(true);
  await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
});

test('requests behind one another in a connection go with it', async () => {
  const { server, gone } = await serve({});
  const { socket } = peer(server, get('/wait').repeat(10));
  await expect.poll(() => gone.length).toBe(10);
  socket.destroy();
  await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
});

test('more requests in one connection than may wait close it, and cost no more', async () => {
  const { server, gone, answered } = await serve({ pipelined: 5 });
  const { closed } = peer(server, get('/wait').repeat(2_000));
  await closed;
  expect(gone).toHaveLength(5);
  expect(await answered()).toBe(200);
  await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
});

test('bodies above what the server keeps in all are turned away, until others have gone', async () => {
  const { server, answered } = await serve({ heldBytes: MIB });
  const whole = 'x'.repeat(600_000);
  const first = peer(server, post(whole.length, '/wait') + whole);
  await expect.poll(() => server.idleMs()).toBe(0);
  const send = () => fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: whole });
  await expect.poll(async () => (await send()).status).toBe(503);
  expect((await send()).headers.get('retry-after')).toBe('1');
  expect(await answered()).toBe(200);
  first.socket.destroy();
  await expect.poll(async () => (await send()).status).toBe(200);
});

test('connections above what the server takes are closed, and those it has go on', async () => {
  const { server } = await serve({ connections: 3 });
  const three = Array.from({ length: 3 }, () => peer(server, get('/')));
  await Promise.all(three.map(({ socket }) => new Promise((resolve) => socket.once('data', resolve))));
  expect(await peer(server, get('/')).closed).toBe('');
  const again = new Promise((resolve) => three[0]?.socket.once('data', resolve));
  three[0]?.socket.write(get('/'));
  expect(String(await again)).toMatch(/^HTTP\/1.1 200/);
});

test('who keeps its side of a connection open after a mistake does not keep ours open', async () => {
  const { server, answered } = await serve({ connections: 1 });
  expect(await peer(server, 'nonsense\r\n\r\n').closed).toMatch(/^HTTP\/1.1 400/);
  await expect.poll(() => answered().catch(() => 0)).toBe(200);
});
