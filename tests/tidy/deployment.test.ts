import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT, read } from './files.ts';

interface Canister {
  readonly type: string;
  readonly candid: string;
  readonly wasm: string;
  readonly build: string[];
  readonly dependencies?: string[];
}

const dfx: { canisters: Record<string, Canister>; networks: Record<string, unknown> } = JSON.parse(read('dfx.json'));
const icp = read('icp.yaml');

describe('dfx.json and icp.yaml', () => {
  test('dfx needs no extension, finds each interface, and builds the Wasm that canister-build writes', () => {
    for (const [name, { type, candid, wasm, build }] of Object.entries(dfx.canisters)) {
      expect(type).toBe('custom');
      expect(existsSync(join(ROOT, candid)), candid).toBe(true);
      expect(wasm).toBe(`packages/${name}/dist/${name}.wasm`);
      expect(build).toEqual(['npm run build']);
    }
  });

  test('both name the same canisters, files and network', () => {
    const names = [...icp.matchAll(/^ {2}- name: ([\w-]+)\n {4}build:/gm)].map(([, name]) => name);
    expect(names).toEqual(Object.keys(dfx.canisters));
    for (const { wasm } of Object.values(dfx.canisters)) expect(icp).toContain(`cp ${wasm} "$ICP_WASM_OUTPUT_PATH"`);
    expect(dfx.networks.local).toMatchObject({ bind: '127.0.0.1:4943' });
    expect(icp).toMatch(/bind: 127\.0\.0\.1\n\s+port: 4943/);
  });

  test('chat comes after the manager, which is then made its controller', () => {
    expect(dfx.canisters.chat?.dependencies).toEqual(['backup-manager']);
    expect(dfx.canisters.chat).toMatchObject({ post_install: ['scripts/post-install.sh dfx'] });
    expect(icp).toContain('command: scripts/post-install.sh icp');
  });
});

/** The script, run with a stand-in for dfx or icp that notes how it was called. */
describe('scripts/post-install.sh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'post-install-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(tool: 'dfx' | 'icp', answer: string, env: Record<string, string> = {}) {
    const script = `#!/bin/sh
printf '%s\\n' "$*" >> '${folder}/calls'
case "$*" in
  'canister id backup-manager'*) echo manager-id ;;
  'canister id chat'*) echo chat-id ;;
  *'call backup-manager register'*) echo '${answer}' ;;
esac`;
    writeFileSync(join(folder, tool), script, { mode: 0o755 });
    const { status } = spawnSync(join(ROOT, 'scripts/post-install.sh'), [tool], {
      cwd: ROOT,
      env: { PATH: `${folder}:${process.env.PATH}`, ...env },
    });
    const calls = execFileSync('cat', [join(folder, 'calls')], { encoding: 'utf8' });
    return { status, calls: calls.trim().split('\n') };
  }

  const argument = '(record { canister = principal "chat-id"; policy = null })';

  test('with dfx: adds the manager, keeps who was there, registers the chat, on the network of the deployment', () => {
    const { status, calls } = run('dfx', '(variant { Ok = record {} })', { DFX_NETWORK: 'ic' });
    expect(status).toBe(0);
    expect(calls).toContain('canister update-settings chat --network ic --add-controller manager-id');
    expect(calls.at(-1)).toBe(`canister call backup-manager register --network ic ${argument}`);
  });

  test('with icp: the same, with the ids that icp hands over', () => {
    const env = { ICP_CLI_ENVIRONMENT: 'staging', ICP_CLI_CID: 'chat-id', ICP_CLI_CID_BACKUP_MANAGER: 'manager-id' };
    const { status, calls } = run('icp', '(variant { Ok = record {} })', env);
    expect(status).toBe(0);
    expect(calls).toEqual([
      'canister settings update chat --environment staging --force --add-controller manager-id',
      `canister call backup-manager register --environment staging ${argument}`,
    ]);
  });

  test('a second deployment is no failure, a refusal is one', () => {
    expect(run('dfx', '(variant { Err = record { code = "duplicate_target" } })').status).toBe(0);
    expect(run('dfx', '(variant { Err = record { code = "not_controller" } })').status).toBe(1);
  });
});
