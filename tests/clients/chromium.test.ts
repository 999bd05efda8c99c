/** A real browser: gateway pages under their own names, and calls from a page. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Page, pageCalls } from '../harness/pages.ts';
import { watFile } from '../harness/wat.ts';
import { type Browser, CHROMIUM, openBrowser } from './browser.ts';
import { whoWasm } from './canisters.ts';
import { ANONYMOUS, callContent, post } from './envelopes.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, SDKS, type Sdk } from './sdks.ts';

const HTML = ['Content-Type', 'text/html'] as const;
const PAGES: readonly Page[] = [
  { at: 'a', headers: [HTML], body: '<title>certified</title><script src="/b"></script>', proof: { version: 1 } },
  {
    at: 'b',
    headers: [['Content-Type', 'text/javascript']],
    body: 'document.title += ", with its script"',
    proof: { version: 1 },
  },
  { at: 'c', headers: [HTML], body: '<title>raw</title>' },
  { at: 'd', upgrade: true },
  { at: 'd', update: true, headers: [HTML], body: '<title>by an update</title>' },
];

describe.skipIf(CHROMIUM === undefined)('Chromium [needs CHROMIUM_BIN]', () => {
  let network: Network;
  let port: string;
  let pages: string;
  let who: string;
  let script: string;
  let browser: Browser;
  let tab: Tab;
  beforeAll(async () => {
    [network, script] = await Promise.all([startNetwork(), bundle()]);
    port = new URL(network.url).port;
    const [, sdk] = SDKS as [Sdk, Sdk];
    const agent = await connect(sdk, network.url);
    const canisterId = await deploy(sdk, agent, await watFile('pages'));
    for (const [method, arg] of pageCalls(canisterId as never, PAGES)) {
      const content = callContent({ canisterId, method, arg, sender: ANONYMOUS });
      await post(network.url, `v4/canister/${canisterId}/call`, { content });
    }
    pages = canisterId.toText();
    who = (await deploy(sdk, agent, await whoWasm())).toText();
    browser = await openBrowser();
    tab = await browser.context.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  test.each([
    ['/a', 'certified, with its script'],
    ['/d', 'by an update'],
  ])('opens %s under the name of its canister, and by its id as a parameter', async (path, title) => {
    for (const url of [
      `http://${pages}.localhost:${port}${path}`,
      `http://127.0.0.1:${port}${path}?canisterId=${pages}`,
    ]) {
      expect((await tab.goto(url))?.status()).toBe(200);
      expect(await tab.title()).toBe(title);
    }
  });

  test('shows what is not certified at the raw address only, and elsewhere says why not', async () => {
    expect((await tab.goto(`http://${pages}.localhost:${port}/c`))?.status()).toBe(503);
    expect(await tab.locator('h1').textContent()).toBe('503 Response verification failed');
    await tab.goto(`http://${pages}.raw.localhost:${port}/c`);
    expect(await tab.title()).toBe('raw');
  });

  test('a page of a canister calls another one, below its own origin', async () => {
    await tab.goto(`http://${pages}.localhost:${port}/a`);
    await tab.addScriptTag({ content: script });
    const called = await tab.evaluate(`client.callFromPage(location.origin, ${JSON.stringify(who)})`);
    expect(called).toEqual(['2vxsx-fae', '2vxsx-fae']);
  });

  test('a page of another origin calls it, because the network lets every origin', async () => {
    const server = await serving(`<!doctype html><script>${script.replaceAll('</script', '<\\/script')}</script>`);
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const called = await tab.evaluate(`client.callFromPage(${JSON.stringify(network.url)}, ${JSON.stringify(who)})`);
    expect(called).toEqual(['2vxsx-fae', '2vxsx-fae']);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

async function bundle(): Promise<string> {
  const entryPoints = [fileURLToPath(new URL('in-page.ts', import.meta.url))];
  const options = { bundle: true, write: false, platform: 'browser', format: 'iife', globalName: 'client' } as const;
  const { outputFiles } = await build({ entryPoints, ...options, minify: true, define: { global: 'globalThis' } });
  return outputFiles[0]?.text ?? '';
}

async function serving(html: string): Promise<Server> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
