/** The commands of icp in `docs/mainnet.md`, typed as they stand there, but for the network and the name of the manager. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Principal } from '@dfinity/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sectionsOf, TEXT } from '../e2e/mainnet-doc.ts';
import { fill, type Placeholders } from '../e2e/mainnet-operator.ts';
import { type LaunchedNetwork, startLauncher } from './launcher.ts';
import { Operator } from './operator.ts';

const ICP = process.env.ICP_CLI_BIN || undefined;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const wasm = (name: string) => new Uint8Array(readFileSync(require.resolve(`@canister-backup/${name}/wasm.gz`)));

/** Commands that need somebody who has cycles, or a project on this network. */
const ELSEWHERE = /^icp (?:deploy|canister top-up)/;

describe.skipIf(ICP === undefined)('icp, by docs/mainnet.md [needs ICP_CLI_BIN]', () => {
  let network: LaunchedNetwork;
  let operator: Operator;
  const names: Placeholders = {};
  beforeAll(async () => {
    network = await startLauncher();
    operator = await Operator.at(network.url);
    names.manager = await operator.create([], wasm('backup-manager'));
    names.target = await operator.create([], wasm('chat'));
    operator.write('canisters.txt', `${names.target}\n`);
    await icp(`identity import operator --from-pem ${operator.key} --storage plaintext`);
    await icp('identity default operator');
  });
  afterAll(async () => {
    operator?.dispose();
    await network?.stop();
  });

  /** Runs it in a shell, in the root of the repository; rejects with what it prints if it fails. */
  function sh(line: string): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: operator.home, DO_NOT_TRACK: '1' };
    return new Promise((resolve, reject) => {
      execFile('bash', ['-c', line], { env, cwd: ROOT }, (error, out, err) => {
        if (error === null) resolve(out);
        else reject(new Error(`${line}: ${out} ${err}`));
      });
    });
  }
  const icp = (args: string) => sh(`${ICP} ${args}`);

  function type(line: string): Promise<string> {
    const filled = fill(line, names)
      .replace(/\bicp /, `${ICP} `)
      .replace(/ backup-manager /, ` ${names.manager} `)
      .replace(/ -[ne] ic\b/, ` -n ${network.url} -k fetch`)
      .replace('canisters.txt', `${operator.home}/canisters.txt`);
    return sh(filled);
  }

  /** All of a section, in order; gives what they printed. */
  async function follow(title: string): Promise<string> {
    const section = sectionsOf(TEXT).find((one) => one.title === title);
    const lines = section?.steps.flatMap(({ lines: [, second] }) => (second === undefined ? [] : [second])) ?? [];
    let printed = '';
    for (const line of lines.filter((one) => !ELSEWHERE.test(one))) printed += await type(line);
    return printed;
  }
  const register = () =>
    operator.manager(names.manager!).register({ canister: Principal.fromText(names.target!), policy: [] });

  test('from a clone to the first snapshot', async () => {
    const registered = expect.objectContaining({ Ok: expect.anything() });
    await operator.setControllers(names.target!, [names.manager!]);
    expect(await register()).toEqual(registered);
    await operator.setControllers(names.target!, []);
    const printed = await follow('From a clone to the first snapshot');
    expect(printed).toContain('good = true');
    expect(printed).toMatch(/Module hash: 0x[0-9a-f]{64}/);
    await follow('Cycles of the manager');
  });

  test('upgrades the manager', async () => {
    expect(await follow('Upgrade the manager')).toContain('changed = 1');
  });

  test('starts a target by hand, loads a snapshot, and adopts it at a manager that forgot everything', async () => {
    names.snapshot = (await type('icp canister snapshot list <target> -n ic')).match(/[0-9a-f]{36}/g) ?? [];
    await follow('The manager is dead');
    await follow('Two managers on one target');
    await type(
      'icp canister install backup-manager -n ic --mode reinstall --wasm packages/backup-manager/dist/backup-manager.wasm',
    );
    await register();
    names.good = names.snapshot.at(-1)!;
    expect(await follow('The manager forgot everything')).toContain('origin = opt "adopted"');
  });

  test('gives it up', async () => {
    await follow('Give it up');
    expect(await type('icp canister snapshot list <target> -n ic')).not.toContain(names.snapshot![0]);
  });
});
