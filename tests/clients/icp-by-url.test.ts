/**
 * The command `icp` of the npm package `@icp-sdk/icp-cli-…`, against a network by its URL: no project, one command at a
 * time, as an operator would type it. Its agent is agent-rs, and checks every certificate and query signature.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Change, startFlipping } from './flipping.ts';
import { type Network, startNetwork } from './network.ts';
import { connect, deploy, SDKS, type Sdk } from './sdks.ts';

const ICP = process.env.ICP_CLI_BIN || undefined;
const chatDid = fileURLToPath(new URL('../../packages/chat/chat.did', import.meta.url));
const chatWasm = createRequire(import.meta.url).resolve('@canister-backup/chat/wasm.gz');

describe.skipIf(ICP === undefined)('icp by URL [needs ICP_CLI_BIN]', () => {
  let network: Network;
  let home: string;
  let id: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'local-ic-icp-'));
    network = await startNetwork();
    const [, sdk] = SDKS as [Sdk, Sdk];
    id = (await deploy(sdk, await connect(sdk, network.url), new Uint8Array(readFileSync(chatWasm)))).toText();
  });
  afterAll(async () => {
    await network?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const icp = (...args: readonly string[]) => run(...args, '-n', network.url, '-k', 'fetch');
  /** What it prints; rejects with what it prints to standard error if it ends with another code than 0. */
  function run(...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: home, DO_NOT_TRACK: '1' };
    return new Promise((resolve, reject) => {
      execFile(ICP as string, [...args, '--identity', 'anonymous'], { env, cwd: home }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`icp ${args.join(' ')}: ${stderr}`));
      });
    });
  }
  const canister = (command: string, ...args: readonly string[]) => icp('canister', command, id, ...args);
  const snapshot = (command: string, ...args: readonly string[]) => icp('canister', 'snapshot', command, id, ...args);
  const snapshots = async () => (await snapshot('list')).match(/[0-9a-f]{36}/g) ?? [];

  test('calls, queries, and says how the canister is', async () => {
    await canister('call', 'append', '("Hi there!")');
    expect(await canister('call', 'dump', '()')).toContain('vec { "Hi there!" }');
    expect(await canister('call', 'dump', '()', '--query')).toContain('vec { "Hi there!" }');
    expect(await canister('status')).toMatch(
      /Status: Running[\s\S]*controller: 2vxsx-fae[\s\S]*Module hash: 0x[0-9a-f]{64}/,
    );
    expect(await canister('metadata', 'candid:service')).toContain('remove_spam : () -> (nat64);');
  });

  test('loses everything, and has it back from a snapshot', async () => {
    await canister('stop');
    await snapshot('create');
    await canister('start');
    const [taken = ''] = await snapshots();
    await canister('call', 'remove_spam', '()');
    expect(await canister('call', 'dump', '()')).toContain('vec {}');
    await canister('stop');
    await snapshot('restore', taken);
    await canister('start');
    expect(await canister('call', 'dump', '()')).toContain('vec { "Hi there!" }');
  });

  test('downloads a snapshot, uploads it as another one, restores that, and deletes both', async () => {
    const [taken = ''] = await snapshots();
    await snapshot('download', taken, '-o', join(home, 'copy'));
    await canister('stop');
    await snapshot('upload', '-i', join(home, 'copy'));
    const both = await snapshots();
    expect(both).toHaveLength(2);
    await snapshot('restore', both.find((each) => each !== taken) as string);
    await canister('start');
    expect(await canister('call', 'dump', '()')).toContain('vec { "Hi there!" }');
    for (const each of both) await snapshot('delete', each);
    expect(await snapshots()).toEqual([]);
  });

  test('changes settings, reads logs, and installs', async () => {
    await icp('canister', 'settings', 'update', id, '--freezing-threshold', '7d', '--log-visibility', 'public');
    expect(await canister('status')).toMatch(/Freezing threshold: 604_800[\s\S]*Log visibility: Public/);
    await expect(canister('call', 'append', '4449444c0000', '--args-format', 'hex')).rejects.toThrow(/IC050/);
    expect(await canister('logs')).toContain('[TRAP]');
    await canister('install', '--wasm', chatWasm, '--mode', 'reinstall', '--yes');
    expect(await canister('call', 'dump', '()')).toContain('vec {}');
  });

  test('believes no certificate and no query reply in which a bit is another one', async () => {
    const through = async (change: Change, ...args: readonly string[]) => {
      const { url, close } = await startFlipping(network.url, change);
      const where = ['-n', url, '-k', 'fetch', '--candid', chatDid];
      await run('canister', 'call', id, 'dump', '()', ...args, ...where).finally(close);
    };
    await through({ part: 'nothing' });
    await through({ part: 'nothing' }, '--query');
    // Behind the tag that says that it is CBOR, which means nothing.
    for (let where = 0.01; where < 1; where += 0.07) {
      await expect(through({ part: 'certificate', where })).rejects.toThrow(/verification failed|CBOR|certificate/i);
      const refused = through({ part: 'signature', where }, '--query');
      await expect(refused).rejects.toThrow(/Query signature verification failed|signature/);
    }
  });

  test('says why it cannot', async () => {
    await canister('stop');
    await expect(canister('call', 'append', '("x")')).rejects.toThrow(/stopped/);
    await canister('start');
    await expect(canister('call', 'missing', '()')).rejects.toThrow(/missing/);
  });
});
