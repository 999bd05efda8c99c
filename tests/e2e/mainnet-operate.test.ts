/** `docs/mainnet.md`, what to do with a manager that is there, or not any more: every command, in its order. */
import type { CandidResult, CandidStatus } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { Interceptor, PrincipalText } from 'local-ic';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './mainnet-operator.ts';
import { DEVELOPER, deploy, HOUR, managerModule, refused, SECOND, STRANGER, taken, World } from './manager-world.ts';

const WASM = 'packages/backup-manager/dist/backup-manager.wasm';

type Listed = { id: Uint8Array }[];

let deployed: World;
let world: World;
let operator: Operator;
beforeAll(() => {
  deployed = deploy(2);
});
afterEach(() => operator.dispose());

/** A fork of the world, and somebody who types in front of it. */
function begin(from: World = deployed, faults: Interceptor = {}): void {
  world = from.fork(faults);
  operator = new Operator(world.ic, { manager: world.names.manager, target: world.chat });
  operator.writePolicies({ defaults: { schedule: { every: '1h' }, keep: 4 }, targets: [{ canister: world.chat }] });
}

const target = () => Principal.fromText(world.chat);
const hex = (id: Uint8Array | number[]) => Buffer.from(id).toString('hex');
const snapshots = () => taken(operator.ask('snapshots', [[]])).items;

describe('Upgrade the manager', () => {
  it('loses nothing, although a run is open, and makes up for what was due meanwhile', async () => {
    begin();
    expect(await operator.do({ does: 'policies', command: 'apply' })).toBe(0);
    world.append('kept');
    world.send('backup', [target()]);
    for (let round = 0; round < 20 && world.status() === 'running'; round += 1) world.ic.tick();
    expect(world.status()).not.toBe('running');

    const walk = operator.walk('Upgrade the manager');
    expect(await walk.next('pause')).toEqual({ Ok: { changed: 1 } });
    const { open_runs } = taken(await walk.next<CandidResult<CandidStatus<Principal>>>('status'));
    expect(open_runs.length).toBeLessThanOrEqual(1);
    await walk.next('stop');
    expect(world.status(world.names.manager)).toBe('stopped');
    expect(world.status()).toBe('running');
    await walk.next('snapshot create');
    world.ic.setTime(world.ic.time() + 3n * HOUR);
    await walk.next('install');
    await walk.next('start');
    world.pass(HOUR);
    expect(world.runs()).toMatchObject([{ outcome: 'succeeded', asked_by: DEVELOPER }]);
    expect(await walk.next('resume')).toEqual({ Ok: { changed: 1 } });
    expect(await operator.do({ does: 'policies', command: 'check' })).toBe(13);
    expect(operator.said).toContain('(missed_run)');
    world.pass(300n * SECOND);
    expect(await walk.next('check')).toBe(0);
    walk.end();
    expect(world.runs().map(({ asked_by }) => asked_by)).toEqual(['timer', DEVELOPER]);
    expect(snapshots()).toHaveLength(1);
  });

  it('has a way back', async () => {
    begin();
    world.register();
    world.backup();
    world.about('stop_canister', world.names.manager);
    const canister = 'backup-manager';
    const { id } = (await operator.do({ does: 'snapshot create', canister })) as { id: Uint8Array };
    await operator.do({ does: 'install', canister, mode: 'upgrade', wasm: WASM });
    await operator.do({ does: 'snapshot load', canister, snapshot: hex(id) });
    await operator.do({ does: 'start', canister });
    world.pass(HOUR + 60n * SECOND);
    expect(world.runs()[0]).toMatchObject({ asked_by: 'timer' });
  });
});

describe('The manager is dead', () => {
  it('the target that it left stopped is started, and goes back to a snapshot, by hand', async () => {
    begin();
    world.register();
    world.append('saved');
    world.backup();
    world.ic.setTime(world.ic.time() + 60n * SECOND);
    world.send('backup', [target()]);
    for (let round = 0; round < 20 && world.status() !== 'stopped'; round += 1) world.ic.tick();
    world.about('uninstall_code', world.names.manager);
    world.pass(HOUR);
    expect(world.status()).toBe('stopped');

    const walk = operator.walk('The manager is dead');
    await walk.next('start');
    world.append('lost again');
    await walk.next('stop');
    const listed = await walk.next<Listed>('snapshot list');
    expect(listed.length).toBeGreaterThan(0);
    operator.names.snapshot = [hex(listed[0]!.id)];
    await walk.next('snapshot load');
    await walk.next('start');
    walk.end();
    expect(world.dump()).toEqual(['saved']);
  });
});

describe('Keep what the manager knows', () => {
  it('brings back which snapshots are good, after a reinstall, and says what it took and what it did not', async () => {
    begin();
    await operator.do({ does: 'policies', command: 'apply' });
    world.append('saved');
    world.backup();
    world.append('bad');
    world.backup();
    taken(operator.ask('mark_suspect', [{ canister: target(), since: world.ic.time() - 1n * SECOND }]));
    const walk = operator.walk('Keep what the manager knows');
    expect(await walk.next('export')).toBe(0);
    expect(operator.said).toContain('targets 1, snapshots 2');
    world.reinstallManager();
    world.settle();
    expect(await walk.next('import')).toBe(0);
    walk.end();
    expect(operator.said).toContain('To add or change: 4. Refused, and left out: 0.');
    expect(snapshots().map(({ good, doubt: [doubt] }) => [good, doubt?.kind])).toEqual([
      [false, 'marked'],
      [true, undefined],
    ]);
    world.call(world.chat, 'remove_spam');
    taken(operator.ask('restore', []));
    expect(world.dump()).toEqual(['saved']);
    world.setControllers(world.chat, [DEVELOPER]);
    expect(await operator.do({ does: 'policies', command: 'check' })).toBe(13);
    expect(operator.said).toContain('(not_controller)');
    world.about('stop_canister', world.chat);
    world.about('delete_canister', world.chat);
    expect(await operator.do({ does: 'policies', command: 'check' })).toBe(13);
    expect(operator.said).toContain('(target_not_found)');
  });
});

describe('The manager forgot everything', () => {
  it('has its targets from the file and its snapshots by adoption, and restores from them', async () => {
    begin();
    world.register();
    world.append('saved');
    world.backup();
    world.append('later');
    world.backup();
    world.reinstallManager();
    expect(snapshots()).toEqual([]);

    const walk = operator.walk('The manager forgot everything');
    expect(await walk.next('apply')).toBe(0);
    const listed = await walk.next<Listed>('snapshot list');
    operator.names.snapshot = listed.map(({ id }) => hex(id));
    expect(await walk.next('adopt')).toMatchObject({ Ok: { snapshots: [{ good: false }, { good: false }] } });
    operator.names.good = hex(listed.at(-1)!.id);
    expect(await walk.next('accept')).toMatchObject({ Ok: { good: true } });
    walk.end();
    expect(
      snapshots()
        .map(({ snapshot_id }) => hex(snapshot_id))
        .sort(),
    ).toEqual(operator.names.snapshot.toSorted());
    world.call(world.chat, 'remove_spam');
    taken(operator.ask('restore', []));
    expect(world.dump()).toEqual(['saved', 'later']);
  });
});

describe('Two managers on one target', () => {
  let both: World;
  let other: PrincipalText;
  beforeAll(() => {
    both = deployed.fork();
    other = both.create(managerModule());
    both.setControllers(both.chat, [DEVELOPER, both.names.manager, other]);
    for (const manager of [both.names.manager, other]) new World(both.ic, { ...both.names, manager }).register();
  });
  const second = () => new World(world.ic, { ...world.names, manager: other });
  const mine = (one: World) => taken(one.ask('snapshots', [[]])).items.map(({ snapshot_id }) => hex(snapshot_id));

  it.each([1, 2, 3])('leave it running, whenever the one comes to the other, %i rounds later', (later) => {
    begin(both);
    const first = world.submit('backup', [target()]);
    for (let round = 0; round < later; round += 1) world.ic.tick();
    const answers = [second().submit('backup', [target()]), first].map((wait) => wait());
    world.settle();
    expect(world.status()).toBe('running');
    const codes = answers.flatMap((answer) => ('Err' in answer ? [answer.Err.code] : []));
    const inTheWay = ['stop_cancelled', 'target_stopping', 'snapshot_unproven'];
    expect(codes.filter((code) => !inTheWay.includes(code))).toEqual([]);
    expect(world.snapshots().toSorted()).toEqual([...mine(world), ...mine(second())].toSorted());
  });

  it('share its slots, touch nothing of each other, and one of them can take over', async () => {
    begin(both);
    world.pass(6n * HOUR + 300n * SECOND);
    expect(world.status()).toBe('running');
    const [ofFirst, ofSecond] = [mine(world), mine(second())];
    expect(ofFirst.filter((id) => ofSecond.includes(id))).toEqual([]);
    expect(world.snapshots().toSorted()).toEqual([...ofFirst, ...ofSecond].toSorted());
    expect([ofFirst, ofSecond].map((ids) => ids.length)).toEqual([4, 4]);

    const walk = operator.walk('Two managers on one target');
    expect(await walk.next('unregister')).toMatchObject({ Ok: { kept: { snapshots: { length: 4 } } } });
    walk.end();
    const snapshot_ids = ofFirst.map((id) => Buffer.from(id, 'hex'));
    taken(second().ask('adopt', [{ canister: target(), snapshot_ids, good: [true] }]));
    expect(mine(second())).toHaveLength(8);
    world.pass(HOUR);
    expect(second().runs()[0]).toMatchObject({ outcome: 'succeeded', kind: 'backup' });
  });
});

describe('A target on another subnet', () => {
  /** How many rounds the target does not run, when each message of the manager comes so many rounds late. */
  function roundsDown(late: number): { backup: number; restore: number } {
    const crosses = ({ caller, callee }: { caller: string; callee: string }) =>
      caller === deployed.names.manager && callee !== caller;
    begin(deployed, { deliver: (event) => (crosses(event) && event.delayed < late ? { delay: true } : undefined) });
    world.register();
    const during = (send: () => void) => {
      send();
      let down = 0;
      for (let round = 0; round < 20 + 20 * late; round += 1) {
        world.ic.tick();
        if (world.status() !== 'running') down += 1;
      }
      return down;
    };
    const backup = during(() => world.send('backup', [target()]));
    world.append('lost');
    const restore = during(() => world.send('restore', []));
    expect(world.dump()).toEqual([]);
    expect(world.runs()).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'succeeded' }]);
    expect(snapshots().filter(({ good }) => good)).toHaveLength(1);
    return { backup, restore };
  }

  it('is down for as many rounds more as its messages take, and has a good snapshot', () => {
    expect(roundsDown(0)).toEqual({ backup: 2, restore: 4 });
    expect(roundsDown(3)).toEqual({ backup: 2 + 2 * 3, restore: 4 + 4 * 3 });
  });
});

describe('Hand it over', () => {
  it('leaves the old owner nothing, and the new one everything', async () => {
    begin();
    world.register();
    taken(operator.ask('grant', [{ who: target(), role: { viewer: null }, canister: [] }]));
    Object.assign(operator.names, { 'new-owner': STRANGER, 'old-owner': DEVELOPER });
    const walk = operator.walk('Hand it over');
    await walk.next('settings');
    operator.sender = STRANGER;
    expect(await walk.next('status')).toMatchObject({ Ok: { targets: 1 } });
    await walk.next('settings');
    expect(await walk.next('roles')).toMatchObject({ Ok: [{ role: 'viewer' }] });
    walk.end();
    expect(refused(world.ask('status', [])).code).toBe('caller_not_allowed');
    expect(taken(operator.ask('backup', [target()])).running).toBe(true);
  });
});

describe('Give it up', () => {
  it('leaves the target to its owner, who deletes what should not cost any more, and no manager', async () => {
    begin();
    world.register();
    world.backup();
    world.backup();
    const walk = operator.walk('Give it up');
    const [oldest] = world.snapshots();
    operator.names.snapshot = [oldest!];
    expect(await walk.next('unregister')).toMatchObject({ Ok: { kept: { snapshots: { length: 2 } } } });
    await walk.next('settings');
    expect(world.ic.canister(world.chat)?.controllers).toEqual([DEVELOPER]);
    await walk.next('snapshot delete');
    expect(world.snapshots()).toHaveLength(1);
    await walk.next('stop');
    await walk.next('delete');
    walk.end();
    expect(world.ic.canister(world.names.manager as PrincipalText)).toBeUndefined();
    expect(world.status()).toBe('running');
  });
});
