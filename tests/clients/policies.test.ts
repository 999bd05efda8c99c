/** The command `policies`, as an operator with some canisters types it, against a network that one command started. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import type { Command, Options } from '@canister-backup/policies/run';
import { policyArg } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Network, startNetwork } from './network.ts';
import { type Ended, FILE, Operator } from './operator.ts';

const require = createRequire(import.meta.url);
const managerWasm = new Uint8Array(readFileSync(require.resolve('@canister-backup/backup-manager/wasm.gz')));

const chatWasm = new Uint8Array(readFileSync(require.resolve('@canister-backup/chat/wasm.gz')));

const MANY = 5;

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

let network: Network;
let operator: Operator;
let manager: string;
let canisters: string[];
beforeAll(async () => {
  network = await startNetwork();
  operator = await Operator.at(network.url);
  manager = await operator.create([], managerWasm);
  const created = Array.from({ length: MANY }, (_, at) => operator.create(at === 0 ? [] : [manager], chatWasm));
  canisters = await Promise.all(created);
});
afterAll(async () => {
  operator?.dispose();
  expect(await network?.stop()).toBe(0);
});

const names = (at: number) => `shop-${at}`;

function file(changes: object = {}): string {
  const targets = canisters.map((canister, at) => ({ canister, name: names(at) }));
  const defaults = { schedule: { every: '6h' }, keep: 6, quiet_hours: { from: '22:00', to: '06:00' }, jitter: '30m' };
  const content = { manager, default_target: names(1), defaults, targets, ...changes };
  return operator.write(FILE, JSON.stringify(content));
}

const policies = (command: Command, options: Partial<Options> = {}) => operator.policies(command, options);
const answerOf = ({ out }: Ended) => JSON.parse(out) as Record<string, unknown>;
const registered = async () => {
  const answer = await operator.manager(manager).targets([]);
  if ('Err' in answer) throw new Error(answer.Err.message);
  return answer.Ok;
};

describe('a new file', () => {
  test('is shown first, with what somebody has to do, and nothing is done unless a person or --yes says so', async () => {
    file();
    const { code, out, err } = await policies('apply');
    expect([code, err]).toEqual([2, expect.stringContaining('Nothing was done')]);
    expect(out).toContain(`Manager  ${manager} on ${network.url}`);
    expect(out).toContain(`Asking   ${operator.key}, ${operator.principal}`);
    expect(out).toContain(`+ shop-0 ${canisters[0]}\n    register, every 6h, keep 6, mode stop`);
    expect(out).toContain('~ default target  none -> shop-1');
    expect(out).toContain(`  dfx canister update-settings ${canisters[0]} --add-controller ${manager}\n`);
    expect(out).toContain(`  icp canister settings update ${canisters[0]} -n ${network.url}`);
    expect(out).not.toContain(`update-settings ${canisters[1]}`);
    expect(out).toMatch(/5 to register, 5 to name, 1 default to set\. None of it deletes a snapshot\.\n$/);
    expect((await registered()).total).toBe(0n);
  });

  test('apply does what it can, and says what was refused', async () => {
    const { code, out, err } = await policies('apply', { yes: true });
    expect(code).toBe(11);
    expect(out).toContain(`! register shop-0 ${canisters[0]} was refused (not_controller)`);
    expect(out).toContain('9 steps done, 2 refused.\nNot as the file says yet: 1 to register, 1 to name.');
    expect(err).toContain('[11/11]');
    expect((await registered()).total).toBe(4n);
  });

  test('apply goes on where it stopped, and the third time there is nothing to do', async () => {
    await operator.setControllers(canisters[0] as string, [manager]);
    expect((await policies('apply', { yes: true })).code).toBe(0);
    const { code, out } = await policies('apply', { yes: true });
    expect(code).toBe(0);
    expect(out).toMatch(/In sync: the manager has what the file says\.\n$/);
    const { items } = await registered();
    expect(items.map(({ canister }) => canister.toText()).sort()).toEqual([...canisters].sort());
    expect(items.filter(({ is_default }) => is_default).map(({ canister }) => canister.toText())).toEqual([
      canisters[1],
    ]);
    expect(items[0]?.policy).toMatchObject({ keep: 6, quiet_hours: [{ from: 1320, to: 360 }], jitter_seconds: [1800] });
  });
});

describe('what somebody changed by hand', () => {
  test('is found by check, and undone by apply', async () => {
    const canister = Principal.fromText(canisters[2] as string);
    const policy = policyArg({ schedule: { every_seconds: 60n }, keep: 1, mode: { stop: null } });
    await operator.manager(manager).set_policy({ canister, policy });
    const checked = await policies('check', { json: true });
    expect(checked.code).toBe(10);
    expect(answerOf(checked)).toMatchObject({
      in_sync: false,
      steps: [
        {
          call: 'set_policy',
          canister: canisters[2],
          changes: expect.arrayContaining([{ field: 'keep', from: '1', to: '6' }]),
          going: [],
        },
      ],
    });
    const applied = await policies('apply', { yes: true, json: true });
    expect(applied.code).toBe(0);
    expect(answerOf(applied)).toMatchObject({ applied: [{ call: 'set_policy', error: null }], in_sync: true });
  });

  test('a pause is left alone unless the file says what should be', async () => {
    await operator.manager(manager).pause({ canister: [Principal.fromText(canisters[3] as string)] });
    const { code, out } = await policies('check');
    // In sync, and not well: nothing backs it up, and the file does not say so.
    expect([code, out]).toEqual([13, expect.stringContaining(`! shop-3 ${canisters[3]} is paused`)]);
    const targets = [{ canister: canisters[3], name: names(3), paused: false }];
    file({ targets, default_target: undefined });
    expect((await policies('apply', { yes: true })).code).toBe(0);
    expect((await registered()).items.filter(({ paused }) => paused[0])).toEqual([]);
  });
});

describe('roles', () => {
  test('of others are granted and taken back, and one’s own never', async () => {
    const viewer = await Operator.at(network.url);
    try {
      const plan = () => viewer.policies('plan', { file: path, json: true });
      const path = file({ roles: [{ who: viewer.principal.toText(), role: 'viewer' }] });
      const stranger = await plan();
      expect(stranger.code).toBe(11);
      expect(answerOf(stranger)).toMatchObject({ error: { code: 'caller_not_allowed' } });
      expect((await policies('apply', { yes: true })).code).toBe(0);
      const seen = await plan();
      expect([seen.code, answerOf(seen).notes]).toEqual([0, [{ kind: 'roles_unseen' }]]);
      file({ roles: [] });
      const pruned = await policies('apply', { yes: true, prune: true });
      expect([pruned.code, pruned.out]).toEqual([
        0,
        expect.stringContaining(`- viewer ${viewer.principal} on all targets`),
      ]);
      expect(await operator.manager(manager).roles()).toEqual({ Ok: [] });
    } finally {
      viewer.dispose();
    }
  });
});

describe('targets that the file does not name', () => {
  test('stay, unless --prune says that they go', async () => {
    const targets = canisters.slice(2).map((canister) => ({ canister }));
    file({ targets, default_target: undefined });
    const { code, out } = await policies('check');
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`! ${canisters[1]} is not in the file and stays as it is`),
    ]);
    expect((await policies('apply', { yes: true, prune: true })).code).toBe(0);
    const { items } = await registered();
    expect(items.map(({ canister }) => canister.toText()).sort()).toEqual(canisters.slice(2).sort());
  });
});

describe('the command line', () => {
  test('takes the identity that dfx uses, and the manager that dfx has deployed', async () => {
    file({ manager: undefined, default_target: undefined });
    operator.write('canister_ids.json', JSON.stringify({ 'backup-manager': { [network.url]: manager } }));
    const { code, out, err } = await operator.typed('check', '--network', network.url, '--prune', '--json');
    expect([code, err]).toEqual([10, `Asking ${manager} on ${network.url} as operator of dfx\n`]);
    expect(JSON.parse(out)).toMatchObject({ manager, identity: operator.principal.toText(), in_sync: false });
  });

  test('ends with 2 and a sentence when it cannot be understood', async () => {
    const cases = [await operator.typed('plan'), await operator.typed('plan', '--network', 'nowhere')];
    expect(cases.map(({ code }) => code)).toEqual([2, 2]);
    expect(cases.map(({ err }) => err.trim())).toEqual([
      "error: required option '--network <name>' not specified",
      '--network takes local, ic or a URL, and nowhere is none of them.',
    ]);
  });
});

describe('what is not there', () => {
  test('a file, an identity or a manager ends with 2', async () => {
    file({ manager: undefined });
    operator.write('canister_ids.json', '{}');
    const codes = [
      await policies('plan', { file: 'missing.json' }),
      await policies('plan', { identity: 'missing.pem' }),
      await policies('plan'),
      await policies('plan', { manager: 'missing' }),
    ].map(({ code }) => code);
    expect(codes).toEqual([2, 2, 2, 2]);
  });

  test('a network ends with 12', async () => {
    const { code, err } = await policies('check', { network: 'http://127.0.0.1:9', manager });
    expect([code, err]).toEqual([12, expect.stringContaining('http://127.0.0.1:9 cannot be asked: ')]);
  });

  test('a canister, or one that is no manager, ends with 12', async () => {
    expect((await policies('check', { manager: canisters[4] as string })).code).toBe(12);
    const { code, err } = await policies('check', { manager: 'rwlgt-iiaaa-aaaaa-aaaaa-cai' });
    expect([code, err]).toEqual([12, expect.stringContaining('canister_not_found')]);
  });

  /** By such an address nobody knows that it is this machine, so its root key is not asked for. */
  test.skipIf(!HAS_IPV6)('trust in a network that is not on this machine ends with 12 [needs IPv6]', async () => {
    const elsewhere = network.url.replace('127.0.0.1', '[::ffff:127.0.0.1]');
    const { code, err } = await policies('check', { network: elsewhere, manager });
    expect([code, err]).toEqual([12, expect.stringContaining('is not certified by the root key that counts here')]);
  });
});
