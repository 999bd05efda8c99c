import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpServer, startHttpServer } from '../../src/env/http-server.ts';
import { call, ONE_SUBNET, testApi } from './client.ts';

let server: HttpServer;
let url: string;

beforeEach(async () => {
  const { api } = testApi();
  server = await startHttpServer(api, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${server.port}`;
  await fetch(`${url}/instances`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ONE_SUBNET),
  });
});
afterEach(() => server.close());

/** Sends bytes as they are and gives what comes back until the server closes the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const works = async () => {
  const answer = await fetch(`${url}/instances/0/read/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(call('echo')),
  });
  return answer.json();
};

describe('over a socket', () => {
  test('answers carry their type', async () => {
    const time = await fetch(`${url}/instances/0/read/get_time`, { headers: { 'content-type': 'application/json' } });
    expect(time.headers.get('content-type')).toBe('application/json');
    const blob = await fetch(`${url}/blobstore`, { method: 'POST', body: 'x' });
    expect(blob.headers.get('content-type')).toBe('text/plain');
    const status = await fetch(`${url}/status`);
    expect([status.status, await status.text()]).toEqual([200, '']);
  });

  test('a payload of 100 MiB in base64 goes through, and back', async () => {
    const payload = Buffer.alloc(100 * 1024 ** 2, 'local-ic').toString('base64');
    const answer = await fetch(`${url}/instances/0/read/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...call('echo'), payload }),
    });
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { Ok: string }).Ok === payload).toBe(true);
  });

  test('a body that says it is too large is refused before it is read', async () => {
    const answer = await raw(
      `POST /instances/0/read/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${300 * 1024 ** 2}\r\n\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 .*"message":"The request body is larger/s);
    expect(await works()).toEqual({ Ok: btoa('hello') });
  });

  test('what is not HTTP is answered 400 with a message', async () => {
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"message":"The request is not readable/s);
    expect(await works()).toEqual({ Ok: btoa('hello') });
  });

  test('half a request, or a client that goes away, is not noticed by others', async () => {
    for (const text of [
      'POST /instances/0/upd',
      'POST /instances/0/update/tick HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half',
      'POST /instances/0/read/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"hal',
      `POST /instances/0/update/tick HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    ]) {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text, () => socket.destroy()));
      await new Promise((resolve) => socket.once('close', resolve));
      expect(await works()).toEqual({ Ok: btoa('hello') });
    }
    expect(server.idleMs()).toBeGreaterThanOrEqual(0);
  });

  test('a request that is being answered is use, a connection alone is not', async () => {
    await works();
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.idleMs()).toBeGreaterThan(20);
    socket.write(
      'POST /instances/0/update/tick HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    );
    await expect.poll(() => server.idleMs()).toBe(0);
    socket.destroy();
    await expect.poll(() => server.idleMs()).toBeGreaterThan(0);
  });

  test('hundreds of clients at once get their own answers', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const body = JSON.stringify(call('echo', `payload ${index}`));
        const answer = await fetch(`${url}/instances/0/read/query`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        return ((await answer.json()) as { Ok: string }).Ok;
      }),
    );
    expect(answers.map((text) => atob(text))).toEqual(Array.from({ length: 300 }, (_, index) => `payload ${index}`));
  });
});
