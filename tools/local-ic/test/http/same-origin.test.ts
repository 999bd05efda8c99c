/** No web page of another origin reaches a route, whatever it sends and however it came here. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/http/answer.ts';
import { createBlobstore } from '../../src/http/blobstore.ts';
import { JSON_TYPE, message, testApi } from './client.ts';

const ROUTES = [
  ['GET', '/status'],
  ['POST', '/blobstore'],
  ['GET', `/blobstore/${'0'.repeat(64)}`],
  ['GET', '/read_graph/a/b'],
  ['POST', '/instances'],
  ['GET', '/instances'],
  ['DELETE', '/instances/0'],
  ['GET', '/instances/0/auto_progress'],
  ['POST', '/instances/0/auto_progress'],
  ['POST', '/instances/0/stop_progress'],
  ['GET', '/instances/0/api/v2/status'],
  ['POST', '/instances/0/read/query'],
  ['POST', '/instances/0/update/tick'],
  ['GET', '/http_gateway'],
  ['POST', '/http_gateway'],
  ['POST', '/http_gateway/0/stop'],
  ['POST', '/verify_signature'],
  ['OPTIONS', '/instances'],
  ['GET', '/nothing'],
] as const;

const HERE = '127.0.0.1:8000';

const FOREIGN: Readonly<Record<string, Record<string, string>>> = {
  'a page of another site': { host: HERE, origin: 'https://evil.example' },
  'a page of another port': { host: HERE, origin: 'http://127.0.0.1:3000' },
  'a page that is nobody’s, such as a file': { host: HERE, origin: 'null' },
  'a page of the same name, secured': { host: HERE, origin: `https://${HERE}` },
  'an image or a link in a page, without an Origin': { host: HERE, 'sec-fetch-site': 'cross-site' },
  'a page of another port, without an Origin': { host: HERE, 'sec-fetch-site': 'same-site' },
  'a domain that was pointed here': { host: 'evil.example:8000', origin: 'http://evil.example:8000' },
  'the same, with a GET': { host: 'evil.example:8000' },
  'the same, with a dot at the end': { host: 'evil.example.:8000' },
  'a domain that looks like an address': { host: '127.0.0.1.evil.example:8000' },
  'one that looks like localhost': { host: 'localhost.evil.example' },
  'no name at all': { host: '' },
};

const OWN: Readonly<Record<string, Record<string, string>>> = {
  'a program': { host: HERE },
  'a program that names no host': {},
  'a program on this machine': { host: 'localhost:8000' },
  'a program of IPv6': { host: '[::1]:8000' },
  'another container': { host: 'pocket-ic:8000' },
  'a container of this machine': { host: 'host.docker.internal:8000' },
  'a page of this very server': { host: HERE, origin: `http://${HERE}`, 'sec-fetch-site': 'same-origin' },
  'a person who types the address': { host: HERE, 'sec-fetch-site': 'none' },
};

describe.each(ROUTES)('%s %s', (method, url) => {
  const send = (headers: Record<string, string>): Promise<Answer> =>
    testApi().send(method, url, method === 'POST' ? {} : undefined, { ...JSON_TYPE, ...headers });

  test('is refused to every page of another origin', async () => {
    for (const [who, headers] of Object.entries(FOREIGN)) {
      const answer = await send(headers);
      expect([who, answer.status, answer.headers]).toEqual([who, 403, undefined]);
    }
  });

  test('is served to programs', async () => {
    for (const [who, headers] of Object.entries(OWN))
      expect([who, (await send(headers)).status]).not.toEqual([who, 403]);
  });
});

test.each([
  ['/instances', 'text/plain;charset=UTF-8'],
  ['/instances/0/update/tick', 'application/x-www-form-urlencoded'],
  ['/instances/0/auto_progress', 'multipart/form-data; boundary=x'],
  ['/http_gateway', 'application/jsonp'],
  ['/http_gateway', undefined],
])('JSON at %s that is said to be %s is refused', async (url, type) => {
  const answer = await testApi().send('POST', url, {}, { 'content-type': type });
  expect([answer.status, message(answer)]).toEqual([415, expect.stringContaining('send application/json')]);
});

test('JSON with a charset is JSON, nothing needs no type, and a blob has its own', async () => {
  const { send } = testApi();
  const typed = await send(
    'POST',
    '/instances',
    { subnet_config_set: {} },
    { 'content-type': 'Application/JSON; charset=utf-8' },
  );
  expect(typed.status).not.toBe(415);
  expect((await send('POST', '/instances/0/stop_progress', undefined, { 'content-type': undefined })).status).not.toBe(
    415,
  );
  expect((await send('POST', '/blobstore', 'x', { 'content-type': 'application/octet-stream' })).status).toBe(200);
});

test('all blobs together have a bound, and the oldest make room', () => {
  const store = createBlobstore(10);
  const put = (letter: string, size: number) =>
    store.put({ bytes: new Uint8Array(Buffer.from(letter.repeat(size))), gzip: false });
  const [a, b] = [put('a', 4), put('b', 4)];
  expect([put('a', 4), store.get(b)]).toEqual([a, expect.anything()]);
  const c = put('c', 5);
  // `b` is the oldest: `a` was uploaded again.
  expect([a, b, c].map((id) => store.get(id) !== null)).toEqual([true, false, true]);
  expect(() => put('d', 11)).toThrow('at most 10 bytes');
  expect([a, c].map((id) => store.get(id) !== null)).toEqual([true, true]);
});
