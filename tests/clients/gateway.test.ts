/** Pages of canisters through the HTTP gateway of `local-ic start`: what mainnet's gateways do, over real HTTP. */
import { IDL } from '@dfinity/candid';
import type { HttpAgent } from 'icp-sdk-core-6/agent';
import type { Principal } from 'icp-sdk-core-6/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Asked,
  certifying,
  decodeAsked,
  type Page,
  pageCalls,
  rawPage,
  rejectedPage,
  SKIP,
} from '../harness/pages.ts';
import { watFile } from '../harness/wat.ts';
import { type Visit, type Visited, visit } from './browse.ts';
import { whoWasm } from './canisters.ts';
import { ANONYMOUS, callContent, post } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, management, SDKS, type Sdk } from './sdks.ts';

const [, sdk] = SDKS as [Sdk, Sdk];
const TYPE = ['Content-Type', 'text/plain'] as const;
const CACHED = ['Cache-Control', 'max-age=1000'] as const;
const EXACT = (path: string) => [path, '<$>'];
const part = (token: number, next?: number) => ({
  token,
  body: new Uint8Array(3_000).fill(token),
  ...(next === undefined ? {} : { next }),
});

const PAGES: readonly Page[] = [
  { at: 'a', body: 'version 1', headers: [TYPE, CACHED], proof: { version: 1 } },
  { at: 'b', body: 'moved', status: 302, headers: [['Location', '/a']], proof: { version: 1 } },
  {
    at: 'c',
    body: 'version 2',
    status: 201,
    headers: [TYPE, ['X-Other', 'not certified']],
    proof: { version: 2, path: EXACT('c'), expression: certifying(['Content-Type']) },
  },
  {
    at: 'd',
    body: 'moved',
    status: 301,
    headers: [['Location', '/c']],
    proof: { version: 2, path: EXACT('d'), expression: certifying(['Location'], 'method') },
  },
  {
    at: 'e',
    body: 'whatever',
    headers: [
      ['X-Other', 'ü'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ],
    proof: { version: 2, path: ['<*>'], expression: SKIP },
  },
  { at: 'f', body: 'without a proof', headers: [TYPE] },
  { at: 'g', body: 'one, ', token: 1, proof: { version: 1 } },
  { at: 'h', body: 'no end', token: 9, proof: { version: 1 } },
  { at: 'i', body: 'long', token: 11 },
  { at: 'j', upgrade: true },
  { at: 'j', update: true, body: 'by an update', headers: [TYPE] },
  { at: 'k', upgrade: true },
  { at: 'l', echo: true, headers: [TYPE] },
  { at: 'm', body: 'split\r\n', headers: [['X-Bad', 'a\r\nSet-Cookie: evil=1']] },
  { at: 'n', body: 'x', status: 101 },
  {
    at: 'o',
    body: 'short',
    headers: [
      ['Content-Length', '1000'],
      ['Transfer-Encoding', 'chunked'],
      ['Connection', 'close'],
    ],
  },
  { at: 'r', body: 'stolen', token: 1, callee: sdk.Principal.fromText('aaaaa-aa') as never },
  { at: 's', status: 204, headers: [['Access-Control-Allow-Methods', 'BREW']] },
  { at: 't', upgrade: true },
  { at: 't', update: true, echo: true },
];
const PARTS = [part(1, 2), part(2), part(9, 9), ...[11, 12, 13, 14, 15].map((n) => part(n, n + 1)), part(16)];

let network: Network;
let agent: HttpAgent;
let pages: Principal;
let other: Principal;

beforeAll(async () => {
  network = await startNetwork('--domain', 'Pages.Test');
  agent = await connect(sdk, network.url);
  pages = await deploy(sdk, agent, await watFile('pages'));
  other = await deploy(sdk, agent, await whoWasm());
  for (const [method, argument] of pageCalls(pages as never, PAGES, { parts: PARTS })) await put(method, argument);
  await put('put', rawPage('x', new TextEncoder().encode('DIDLnot Candid')));
  await put('put', rawPage('y', new Uint8Array(IDL.encode([IDL.Text], ['another type']))));
  await put('put', rejectedPage('z', 'I do <not> want to'));
});
afterAll(() => network?.stop());

/** Makes equal calls different ones. */
let puts = 0;

async function put(method: string, arg: Uint8Array): Promise<void> {
  puts += 1;
  const nonce = Uint8Array.of(puts);
  const content = callContent({ canisterId: pages, method, arg, sender: ANONYMOUS, nonce });
  expect((await post(network.url, `v4/canister/${pages}/call`, { content })).body.status).toBe('replied');
}

const certified = (path: string, options: Visit = {}) =>
  visit(network.url, path, { host: `${pages}.localhost`, ...options });
const raw = (path: string, options: Visit = {}) => certified(path, { host: `${pages}.raw.localhost`, ...options });
const cause = ({ status, headers }: Visited) => [status, headers['x-ic-error-cause']];
const NOT_VERIFIED = [503, 'backend_response_verification'];

describe('verification', () => {
  test('version 1 certifies the body, not the headers: it may not be cached or lead elsewhere', async () => {
    const { status, text, headers } = await certified('/a');
    expect([status, text, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'version 1',
      'text/plain',
      undefined,
    ]);
    expect(headers['x-ic-canister-id']).toBe(pages.toText());
    expect(cause(await certified('/b'))).toEqual(NOT_VERIFIED);
    expect([(await raw('/a')).headers['cache-control'], (await raw('/b')).status]).toEqual(['max-age=1000', 302]);
  });

  test('version 2 certifies status and the headers that it names; the others are left out', async () => {
    const { status, text, headers } = await certified('/c?any=query');
    expect([status, text, headers['content-type'], headers['x-other']]).toEqual([
      201,
      'version 2',
      'text/plain',
      undefined,
    ]);
    expect((await raw('/c')).headers['x-other']).toBe('not certified');
  });

  test('version 2 can certify the question as well: redirects are for GET alone', async () => {
    const { status, headers } = await certified('/d');
    expect([status, headers.location]).toEqual([301, '/c']);
    expect(cause(await certified('/d', { method: 'POST' }))).toEqual(NOT_VERIFIED);
  });

  test('a canister can certify that it certifies nothing, and everything passes', async () => {
    const { status, text, headers } = await certified('/e/below?x=1');
    expect([status, text, headers['set-cookie']]).toEqual([200, 'whatever', ['a=1', 'b=2']]);
    expect(Buffer.from(String(headers['x-other']), 'latin1').toString()).toBe('ü');
  });

  test('without a proof there is no page but at the raw address, and the page says so', async () => {
    const { status, text } = await certified('/f', { headers: { accept: 'text/html,*/*' } });
    expect([status, text]).toEqual([503, expect.stringMatching(/<h1>503 Response verification failed.*raw/s)]);
    expect((await raw('/f')).text).toBe('without a proof');
  });

  test('a proof is for its path and its body only, and one bit of it is enough', async () => {
    expect(cause(await certified('/aa'))).toEqual(NOT_VERIFIED);
    const [, changed] = pageCalls(pages as never, [{ ...(PAGES[0] as Page), body: 'Version 1' }])[1] as [
      string,
      Uint8Array,
    ];
    await put('put', changed);
    expect(cause(await certified('/a'))).toEqual(NOT_VERIFIED);
    const calls = pageCalls(pages as never, PAGES, { parts: PARTS });
    const [, argument] = calls[1] as [string, Uint8Array];
    const tree = Buffer.from(argument).indexOf('tree=:') + 'tree=:'.length;
    for (const at of [0, 40, 400]) {
      const flipped = new Uint8Array(argument);
      flipped[tree + at] = flipped[tree + at] === 0x41 ? 0x42 : 0x41;
      await put('put', flipped);
      expect(cause(await certified('/a'))).toEqual(NOT_VERIFIED);
    }
    await put('put', argument);
    expect((await certified('/a')).text).toBe('version 1');
  });
});

describe('addresses', () => {
  test('of the canister: host, parameter, the page that asks', async () => {
    const at = (path: string, host: string, headers = {}) => visit(network.url, path, { host, headers });
    const id = pages.toText();
    expect((await at(`/a?canisterId=${id}`, '127.0.0.1:4943')).text).toBe('version 1');
    expect((await at('/a', `my-app--${id}.LOCALHOST.:1`)).text).toBe('version 1');
    expect((await at('/a', 'localhost', { referer: `http://127.0.0.1:4943/?canisterId=${id}` })).text).toBe(
      'version 1',
    );
    expect((await at(`http://${id}.localhost/a`, 'evil.example')).text).toBe('version 1');
    expect((await at('/f', `${id}.raw.pages.test`)).text).toBe('without a proof');
    expect((await at(`/a?canisterId=${other}`, `${id}.localhost`)).text).toBe('version 1');
    expect(cause(await at('/f', 'localhost', { referer: `http://${id}.raw.localhost/` }))).toEqual(NOT_VERIFIED);
  });

  test.each([
    ['localhost', '/', 'canister_id_not_resolved'],
    ['[::1]:4943', '/instances', 'canister_id_not_resolved'],
    ['no-canister.localhost', '/', 'canister_id_not_resolved'],
    ['localhost', '/?canisterId=aaaaa-ab', 'canister_id_incorrect'],
    ['evil.example', '/', 'client_unknown_domain'],
    ['localhost.evil.example', '/', 'client_unknown_domain'],
    ['a.b.c.localhost', '/', 'client_unknown_domain'],
    ['a.cooked.localhost', '/', 'client_unknown_domain'],
    [':80', '/', 'client_no_authority'],
    ['user@localhost', '/', 'client_no_authority'],
    ['<script>', '/', 'client_no_authority'],
    ['localhost', '*', 'client_malformed_request'],
    ['localhost', 'ftp://localhost/', 'client_malformed_request'],
  ])('host %j, path %j: 400 %s', async (host, path, expected) => {
    expect(cause(await visit(network.url, path, { host }))).toEqual([400, expected]);
  });

  test('below /api/v2 to v4 the public API answers, at every host; below other paths the canister', async () => {
    expect((await certified('/api/v2/status')).headers['content-type']).toBe('application/cbor');
    expect((await certified('/api/v2/nothing')).status).toBe(404);
    expect((await certified('/api/v1')).status).toBe(503);
    expect((await raw('/api/v1')).text).toBe('version 1');
    expect(JSON.parse((await visit(network.url, '/_/topology')).text)).toHaveProperty('subnet_configs');
  });
});

describe('requests', () => {
  const asked = async (path: string, options: Visit = {}): Promise<Asked> =>
    decodeAsked((await raw(path, options)).body);
  const NESTED = '/l/%2e%2e/%E4%F6%ff//a%20b/../c?x=1&x=%26+&canisterId=&y#';

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s comes to the canister as it was sent', async (method) => {
    const body = method === 'GET' ? undefined : Uint8Array.of(0, 255, 10);
    const headers = { 'X-Own': ['a', 'b'], 'Accept-Encoding': 'gzip' };
    const got = await asked(NESTED.slice(0, -1), { method, headers, ...(body === undefined ? {} : { body }) });
    expect([got.method, got.url, Buffer.from(got.body)]).toEqual([
      method,
      NESTED.slice(0, -1),
      Buffer.from(body ?? []),
    ]);
    expect(got.headers).toEqual(
      expect.arrayContaining([
        ['host', `${pages}.raw.localhost`],
        ['x-own', 'a, b'],
        ['accept-encoding', 'gzip, identity'],
      ]),
    );
    expect(got.certificate_version).toEqual([2]);
  });

  test('HEAD is asked as such, and has no body', async () => {
    const { status, text, headers } = await certified('/a', { method: 'HEAD' });
    expect([status, text, headers['content-type']]).toEqual([200, '', 'text/plain']);
    expect((await raw('/o', { method: 'HEAD' })).headers['content-length']).toBe('1000');
  });

  test.each(['TRACE', 'PROPFIND'])('%s is refused', async (method) => {
    const answer = await certified('/a', { method });
    expect([...cause(answer), answer.headers.allow]).toEqual([
      405,
      'client_method_not_allowed',
      'GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS',
    ]);
  });

  test('pages of other origins may ask; a canister that answers a preflight request itself is heard', async () => {
    const headers = { origin: 'http://elsewhere', 'access-control-request-method': 'PUT' };
    const preflight = await certified('/a', { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([
      200,
      'GET, HEAD, POST, PUT, DELETE, PATCH',
    ]);
    const own = await raw('/s', { method: 'OPTIONS', headers });
    expect([own.status, own.headers['access-control-allow-methods']]).toEqual([204, 'BREW']);
    for (const answer of [preflight, own, await certified('/a'), await certified('/f')]) {
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    }
  });

  test('upgraded to an update call', async () => {
    const { status, text, headers } = await certified('/j');
    expect([status, text, headers['content-type']]).toEqual([200, 'by an update', 'text/plain']);
    const both = await Promise.all(['/t/1', '/t/2'].map((path) => raw(path, { method: 'POST', body: path })));
    expect(both.map(({ body }) => Buffer.from(decodeAsked(body).body).toString())).toEqual(['/t/1', '/t/2']);
    expect(decodeAsked((await raw('/t')).body).certificate_version).toEqual([]);
  });

  test.each([
    ['of 6 MB', 6_000_000, '/l', [413, 'client_body_too_large']],
    ['of 3 MB for an update', 3_000_000, '/t', [413, 'client_body_too_large']],
  ])('a body %s is too large', async (_name, size, path, expected) => {
    const body = new Uint8Array(size);
    const answer = await raw(path, { method: 'POST', body });
    expect(cause(answer)).toEqual(expected);
  });

  test('headers of 20 KB, and those that are not ASCII, are refused', async () => {
    expect((await raw('/l', { headers: { 'x-large': 'x'.repeat(20_000) } })).status).toBe(431);
    expect((await raw(`/l${'/x'.repeat(10_000)}`)).status).toBe(431);
    expect(cause(await raw('/l', { headers: { 'x-latin': 'ü' } }))).toEqual([400, 'client_malformed_request']);
    expect((await asked(`/l${'/x'.repeat(7_000)}`)).url).toHaveLength(14_002);
  });
});

describe('streams', () => {
  test('a body that is whole after a few parts is verified', async () => {
    const { status, body } = await certified('/g');
    expect([status, body.length, body.at(-1)]).toEqual([200, 6_005, 2]);
  });

  test('a longer one is passed on as it comes', async () => {
    const { status, body, whole } = await certified('/i');
    expect([status, body.length, body.at(-1), whole]).toEqual([200, 4 + 6 * 3_000, 16, true]);
    expect((await certified('/i', { method: 'HEAD' })).text).toBe('');
  });

  test('one without end is broken off after 1,000 calls, and looks broken; others are served meanwhile', async () => {
    let meanwhile = 0;
    const endless = certified('/h').finally(() => {
      meanwhile = Number.POSITIVE_INFINITY;
    });
    for (; meanwhile < 5; meanwhile += 1) expect((await certified('/a')).text).toBe('version 1');
    expect(await endless).toMatchObject({ status: 200, whole: false });
    const { length } = (await endless).body;
    expect(length).toBeGreaterThan(500 * 3_000);
    expect(length).toBeLessThanOrEqual(6 + 1_000 * 3_000);
  });

  test('a client that goes away ends it', async () => {
    const controller = new AbortController();
    const answer = await fetch(`${network.url}/h?canisterId=${pages}`, { signal: controller.signal });
    expect(answer.status).toBe(200);
    controller.abort();
    expect((await certified('/a')).text).toBe('version 1');
  });

  test('the callback must be its own', async () => {
    const { status, text } = await raw('/r');
    expect([status, text]).toEqual([503, expect.stringContaining('aaaaa-aa')]);
  });
});

describe('what there is no page for', () => {
  const at = (id: string | Principal, path = '/') => visit(network.url, path, { host: `${id}.raw.localhost` });

  test.each([
    ['an unknown canister', () => at('rrkah-fqaaa-aaaaa-aaaaq-cai'), 404, 'canister_not_found', 'IC0301'],
    ['no http_request', () => at(other), 503, 'canister_error', 'IC0536'],
    ['no http_request_update', () => raw('/k'), 503, 'canister_error', 'There is no such page'],
    ['a trap', () => raw('/~'), 503, 'canister_error', 'IC0503'],
    ['what is not Candid', () => raw('/x'), 503, 'backend_http_gateway', 'cannot be decoded'],
    ['Candid of another type', () => raw('/y'), 503, 'backend_http_gateway', 'cannot be decoded'],
    ['a reject', () => raw('/z'), 503, 'canister_reject', 'IC0406: I do <not> want to'],
    ['a header that would split the answer', () => raw('/m'), 503, 'backend_http_gateway', 'X-Bad'],
    ['a status between hops', () => raw('/n'), 503, 'backend_http_gateway', '101'],
  ])('%s', async (_name, asking, status, expected, text) => {
    const answer = await asking();
    expect([...cause(answer), answer.text]).toEqual([status, expected, expect.stringContaining(text)]);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('a canister that is stopped, and one that is empty', async () => {
    const stopped = await deploy(sdk, agent, await whoWasm());
    await management(sdk, agent, stopped.toText()).stop_canister({ canister_id: stopped });
    const answer = await at(stopped);
    expect([...cause(answer), answer.text]).toEqual([503, 'canister_error', expect.stringContaining('IC0508')]);
    const { canister_id: empty } = await management(sdk, agent).provisional_create_canister_with_cycles({
      amount: [],
      specified_id: [],
    });
    expect((await at(empty)).text).toContain('IC0537');
  });

  test('a browser gets it as a page, in which nothing of the canister is markup', async () => {
    const { text, headers } = await raw('/z', { headers: { accept: 'text/html' } });
    expect([headers['content-type'], text]).toEqual([
      'text/html; charset=utf-8',
      expect.stringContaining('I do &#60;not&#62; want to'),
    ]);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
  });

  test('lengths and connections are not for the canister to say', async () => {
    const { status, text, headers } = await raw('/o');
    expect([status, text, headers['content-length'], headers['transfer-encoding']]).toEqual([
      200,
      'short',
      '5',
      undefined,
    ]);
  });
});
