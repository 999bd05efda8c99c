/** The page that icp-cli installs into its networks: a canister and an agent of other people, opened in a browser. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, CHROMIUM, openBrowser } from './browser.ts';
import { freePort } from './free-port.ts';
import { LAUNCHER } from './launcher.ts';
import { connect, deploy, SDKS, type Sdk } from './sdks.ts';

const ICP = process.env.ICP_CLI_BIN || undefined;
const chatWasm = createRequire(import.meta.url).resolve('@canister-backup/chat/wasm.gz');
const needs = ICP === undefined ? 'ICP_CLI_BIN' : 'CHROMIUM_BIN';

describe.skipIf(ICP === undefined || CHROMIUM === undefined)(`Candid UI [needs ${needs}]`, () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'local-ic-candid-ui-'));
    const network = ['  - name: local', '    mode: managed', '    gateway:', `      port: ${await freePort()}`];
    writeFileSync(join(folder, 'icp.yaml'), ['networks:', ...network, ''].join('\n'));
    await icp('network', 'start', '-d');
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await icp('network', 'stop').catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  function icp(...args: readonly string[]): Promise<string> {
    const own = { HOME: folder, DO_NOT_TRACK: '1', ICP_CLI_NETWORK_LAUNCHER_PATH: LAUNCHER };
    return new Promise((resolve, reject) => {
      execFile(ICP as string, args, { env: { ...process.env, ...own }, cwd: folder }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`icp ${args.join(' ')}: ${stderr}`));
      });
    });
  }

  test('shows the methods of a canister, calls one, and queries another', async () => {
    const { gateway_url: url, candid_ui_principal: page } = JSON.parse(await icp('network', 'status', '--json')) as {
      readonly gateway_url: string;
      readonly candid_ui_principal: string;
    };
    const { port } = new URL(url);
    const [, sdk] = SDKS as [Sdk, Sdk];
    const agent = await connect(sdk, `http://127.0.0.1:${port}`);
    const chat = await deploy(sdk, agent, new Uint8Array(readFileSync(chatWasm)));
    const tab = await browser.context.newPage();
    await tab.goto(`http://${page}.localhost:${port}/?id=${chat}`);
    await tab.locator('#append input.argument').fill('from a browser');
    await tab.locator('#append button', { hasText: 'Call' }).click();
    await tab.locator('#append .result', { hasText: '()' }).waitFor();
    await tab.locator('#dump button', { hasText: 'Query' }).click();
    await tab.locator('#dump .result', { hasText: 'from a browser' }).waitFor();
    expect(await tab.locator('#methods > li').count()).toBe(3);
  });
});
