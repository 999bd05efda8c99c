/** A page of another origin, in a real browser, at the server that the unmodified PocketIC client starts. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import type { Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, CHROMIUM, openBrowser } from './browser.ts';

const binPath = fileURLToPath(new URL('../../tools/local-ic/bin/pocket-ic', import.meta.url));

/** What a page can send without asking first: a simple request, whose effect is there though the answer is not shown. */
const SENT = [
  [
    'POST',
    '/instances',
    '{"subnet_config_set":{"application":[{"state_config":"New","instruction_config":"Production"}]}}',
  ],
  ['POST', '/blobstore', 'from a page'],
  ['POST', '/http_gateway', '{"ip_addr":"0.0.0.0","forward_to":{"PocketIcInstance":0}}'],
  ['GET', '/instances', null],
  ['GET', '/http_gateway', null],
] as const;

describe.skipIf(CHROMIUM === undefined)('Chromium, on a page of another origin [needs CHROMIUM_BIN]', () => {
  let server: PocketIcServer;
  let pic: PocketIc;
  let site: Server;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    server = await PocketIcServer.start({ binPath });
    pic = await PocketIc.create(server.getUrl());
    site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>another</title>'));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    browser = await openBrowser();
    tab = await browser.context.newPage();
    await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await pic?.tearDown();
    await server?.stop();
  });

  const known = async () =>
    Promise.all(['/instances', '/http_gateway'].map(async (path) => (await fetch(server.getUrl() + path)).json()));

  test.each(['127.0.0.1', 'localhost'])('nothing is reached at %s, read or changed', async (host) => {
    const url = server.getUrl().replace('127.0.0.1', host);
    const before = await known();
    const send = async ([url, requests]: readonly [string, typeof SENT]) => {
      const got: string[] = [];
      for (const [method, path, body] of requests) {
        for (const mode of ['cors', 'no-cors'] as const) {
          const answer = await fetch(url + path, { method, body, mode }).catch(() => null);
          got.push(answer === null ? 'refused' : `${answer.type} ${await answer.text()}`);
        }
      }
      return got;
    };
    const got = await tab.evaluate(send, [url, SENT] as const);
    expect(got).toEqual(SENT.flatMap(() => ['refused', 'opaque ']));
    expect(await known()).toEqual(before);
    const blob = await fetch(
      `${server.getUrl()}/blobstore/${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('from a page'))).toString('hex')}`,
    );
    expect(blob.status).toBe(404);
  });

  test('the client itself goes on', async () => {
    expect((await pic.createCanister()).toText()).toContain('-');
  });
});
