/** Pages through the HTTP gateway that the unmodified PocketIC client opens for an instance. */
import { fileURLToPath } from 'node:url';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certifying, type Page, pageCalls } from '../harness/pages.ts';
import { watFile } from '../harness/wat.ts';
import { visit } from './browse.ts';

const binPath = fileURLToPath(new URL('../../tools/local-ic/bin/pocket-ic', import.meta.url));
const PAGES: readonly Page[] = [
  { at: 'a', body: 'version 1', proof: { version: 1 } },
  { at: 'b', body: 'version 2', proof: { version: 2, path: ['b', '<$>'], expression: certifying([]) } },
  { at: 'c', body: 'raw' },
  { at: 'd', upgrade: true },
  { at: 'd', update: true, body: 'by an update' },
  { at: 'e', body: 'streamed ', token: 1, proof: { version: 1 } },
];
const PARTS = [{ token: 1, body: new TextEncoder().encode('to its end') }];

let server: PocketIcServer;
let pic: PocketIc;
let id: string;
beforeAll(async () => {
  server = await PocketIcServer.start({ binPath });
  pic = await PocketIc.create(server.getUrl());
  const canisterId = await pic.createCanister();
  await pic.installCode({ canisterId, wasm: await watFile('pages') });
  for (const [method, arg] of pageCalls(canisterId as never, PAGES, { parts: PARTS })) {
    await pic.updateCall({ canisterId, method, arg });
  }
  id = canisterId.toText();
});
afterAll(async () => {
  await pic?.tearDown();
  await server?.stop();
});

test('pages of a live instance, verified, raw, streamed and upgraded, until it is live no more', async () => {
  const url = `http://127.0.0.1:${await pic.makeLive()}`;
  const open = async (path: string, host: string) => (await visit(url, path, { host })).text;
  for (const [path, text] of [
    ['/a', 'version 1'],
    ['/b', 'version 2'],
    ['/d', 'by an update'],
    ['/e', 'streamed to its end'],
  ] as const) {
    expect(await open(path, `${id}.localhost`)).toBe(text);
    expect(await open(`${path}?canisterId=${id}`, '127.0.0.1')).toBe(text);
    expect(await open(path, `${id}.any.host.example`)).toBe(text);
  }
  expect([
    await open('/c', `${id}.raw.localhost`),
    (await visit(url, '/c', { host: `${id}.localhost` })).status,
  ]).toEqual(['raw', 503]);
  await pic.stopLive();
  await expect(visit(url, '/a')).rejects.toThrow();
});

test('a gateway with domains takes no others', async () => {
  const post = async (path: string, body: unknown) =>
    (
      await fetch(`${server.getUrl()}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json();
  // Others use the same server, so the number of an instance is known to who made it only.
  const { Created: instance } = (await post('/instances', {
    subnet_config_set: { application: [{ state_config: 'New', instruction_config: 'Production' }] },
  })) as { Created: { instance_id: number } };
  const forward_to = { PocketIcInstance: instance.instance_id };
  const { Created: gateway } = (await post('/http_gateway', { forward_to, domains: ['pages.test'] })) as {
    Created: { instance_id: number; port: number };
  };
  const status = async (host: string) => (await visit(`http://127.0.0.1:${gateway.port}`, '/', { host })).status;
  expect([await status(`${id}.pages.test`), await status(`${id}.localhost`)]).toEqual([404, 400]);
  const gateways = await (await fetch(`${server.getUrl()}/http_gateway`)).json();
  expect(gateways).toContainEqual(expect.objectContaining({ forward_to, domains: ['pages.test'] }));
  await fetch(`${server.getUrl()}/instances/${instance.instance_id}`, { method: 'DELETE' });
  await expect(status('localhost')).rejects.toThrow();
});
