/** A page of another origin, in a real browser, at a server of PocketIC's REST API that no other test uses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PocketIc } from '@dfinity/pic';
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
  let server: ChildProcess;
  let address: string;
  let pic: PocketIc;
  let site: Server;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    server = spawn(binPath, ['--ttl', '300'], { stdio: ['ignore', 'pipe', 'inherit'] });
    address = await new Promise<string>((resolve, reject) => {
      server.once('exit', (code) => reject(new Error(`pocket-ic ended with ${code}`)));
      server.stdout!.setEncoding('utf8').on('data', (line: string) => {
        const [, port] = /listening on port (\d+)/.exec(line) ?? [];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    });
    pic = await PocketIc.create(address);
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
    server?.kill();
  });

  const known = async () =>
    Promise.all(['/instances', '/http_gateway'].map(async (path) => (await fetch(address + path)).json()));

  test.each(['127.0.0.1', 'localhost'])('nothing is reached at %s, read or changed', async (host) => {
    const url = address.replace('127.0.0.1', host);
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
      `${address}/blobstore/${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('from a page'))).toString('hex')}`,
    );
    expect(blob.status).toBe(404);
  });

  test('the client itself goes on', async () => {
    expect((await pic.createCanister()).toText()).toContain('-');
  });
});
