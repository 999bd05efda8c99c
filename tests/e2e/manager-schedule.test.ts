import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOUR, HOURLY, refused, SECOND, taken, type World } from './manager-world.ts';

let deployed: World;
beforeAll(() => {
  deployed = deploy(6);
});

/** Runs that the timer began, oldest first. */
function scheduled(world: World, canister = world.chat) {
  return world
    .runs()
    .filter((run) => run.asked_by === 'timer' && run.canister.toText() === canister)
    .reverse();
}

describe('the schedule', () => {
  it('backs up on its grid, and does not drift', () => {
    const world = deployed.fork();
    world.register();
    const { registered_at } = taken(world.ask('targets', [[]])).items[0]!;
    world.pass(20n * HOUR + 10n * SECOND);
    const runs = scheduled(world);
    expect(runs.length).toBe(20);
    runs.forEach((run, i) => {
      const late = run.started_at - (registered_at + BigInt(i + 1) * HOUR);
      expect(late).toBeGreaterThanOrEqual(0n);
      expect(late).toBeLessThan(3n * SECOND);
      expect(run).toMatchObject({ outcome: 'succeeded', started_again: true, asked_by: 'timer', warnings: [] });
    });
  });

  it('catches up once for the runs that were missed while the manager was stopped', () => {
    const world = deployed.fork();
    world.register();
    world.about('stop_canister', world.names.manager);
    world.pass(5n * HOUR);
    world.about('start_canister', world.names.manager);
    world.pass(60n * SECOND);
    expect(scheduled(world).length).toBe(1);
    world.pass(HOUR);
    expect(scheduled(world).length).toBe(2);
  });

  it('does nothing between runs: no polling', () => {
    let executions = 0;
    const world = deployed.fork({
      executed: ({ canisterId, kind }) => {
        if (canisterId === deployed.names.manager && kind !== 'query') executions += 1;
      },
    });
    world.register();
    world.pass(HOUR + 10n * 60n * SECOND);
    expect(scheduled(world).length).toBe(1);
    executions = 0;
    world.pass(49n * 60n * SECOND);
    expect(executions).toBe(0);
  });

  it('survives an upgrade of the manager', () => {
    const world = deployed.fork();
    world.register();
    world.pass(HOUR + 10n * SECOND);
    world.upgradeManager();
    world.pass(HOUR);
    expect(scheduled(world).map((run) => run.outcome)).toEqual(['succeeded', 'succeeded']);
    expect(taken(world.ask('snapshots', [[]])).items.filter((s) => s.good).length).toBe(2);
  });

  it('serves every target that is due at the same time', () => {
    const world = deployed.fork();
    for (const chat of world.names.chats) world.register(chat);
    world.pass(3n * HOUR + 60n * SECOND);
    for (const chat of world.names.chats)
      expect(scheduled(world, chat).map((run) => run.outcome)).toEqual(new Array(3).fill('succeeded'));
  });

  it('serves them one after the other when there are cycles for one run only', () => {
    const world = deployed.fork();
    for (const chat of world.names.chats) world.register(chat);
    const { manager } = world.names;
    world.ic.addCycles(manager, 500_000_000_000n - world.ic.cycles(manager));
    let most = 0;
    world.ic.setTime(world.ic.time() + HOUR + SECOND);
    for (let round = 0; round < 120; round += 1) {
      world.ic.setTime(world.ic.time() + SECOND);
      world.ic.tick();
      most = Math.max(most, taken(world.ask('status', [])).open_runs.length);
    }
    expect(most).toBe(1);
    for (const chat of world.names.chats)
      expect(scheduled(world, chat).map((run) => run.outcome)).toEqual(['succeeded']);
  });

  it('skips nothing when a backup by hand is in the way', () => {
    const world = deployed.fork();
    world.register();
    world.pass(HOUR - 5n * SECOND);
    world.backup();
    world.pass(60n * SECOND);
    expect(scheduled(world).length).toBe(1);
  });

  it('does not go on for a target that was unregistered', () => {
    const world = deployed.fork();
    world.register();
    taken(world.ask('unregister', [Principal.fromText(world.chat)]));
    world.pass(3n * HOUR);
    expect(world.runs()).toEqual([]);
    expect(world.snapshots()).toEqual([]);
  });
});

describe('retention', () => {
  it('keeps what the policy says, newest first, and tells which gave way', () => {
    const world = deployed.fork();
    world.register(world.chat, { ...HOURLY, keep: 3 });
    world.pass(5n * HOUR + 10n * SECOND);
    expect(world.snapshots().map((id) => id.slice(0, 16))).toEqual(
      [2, 3, 4].map((n) => n.toString(16).padStart(16, '0')),
    );
    expect(scheduled(world).map((run) => run.deleted.length)).toEqual([0, 0, 0, 1, 1]);
  });

  it('never touches what others made, and ends with slots_full before the stop when they leave no room', () => {
    const world = deployed.fork();
    world.register();
    const foreign: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      world.about('take_canister_snapshot', world.chat);
      foreign.push(world.snapshots().at(-1)!);
    }
    world.backup();
    world.backup();
    expect(world.snapshots().length).toBe(8);
    expect(world.snapshots()).toEqual(expect.arrayContaining(foreign));
    world.about('take_canister_snapshot', world.chat);
    const version = world.ic.canister(world.chat)!.version;
    world.pass(60n * SECOND);
    const error = refused(world.ask('backup', [Principal.fromText(world.chat)]));
    expect(error.code).toBe('slots_full');
    expect(error.message).toContain(foreign[0]);
    expect(error.context).toContainEqual(['foreign_bytes', String(world.ic.canister(world.chat)!.snapshots[0]!.size)]);
    expect(world.ic.canister(world.chat)!.version).toBe(version);
    expect(world.snapshots().length).toBe(9);
  });

  it('makes room when others filled every slot but some of ours can go', () => {
    const world = deployed.fork();
    world.register();
    for (let i = 0; i < 8; i += 1) world.backup();
    for (let i = 0; i < 2; i += 1) world.about('take_canister_snapshot', world.chat);
    expect(world.snapshots().length).toBe(10);
    world.backup();
    // One gave way to the new one, and one more: beyond that, one snapshot goes an interval.
    expect(world.snapshots().length).toBe(9);
    expect(world.status()).toBe('running');
  });
});

describe('restore', () => {
  it('brings back the newest good snapshot, and says what it did', () => {
    const world = deployed.fork();
    world.register();
    world.append('Hi there!');
    const good = world.backup();
    world.append('later');
    const report = taken(world.ask('restore', []));
    expect(world.dump()).toEqual(['Hi there!']);
    expect(report).toMatchObject({ running: true, taken_at: good.taken_at });
    expect(Buffer.from(report.snapshot_id)).toEqual(Buffer.from(good.snapshot_id));
    expect(Buffer.from(report.module_hash[0]!)).toEqual(Buffer.from(world.ic.canister(world.chat)!.moduleHash!));
    expect(report.summary).toContain(world.chat);
  });

  it('takes any snapshot that is asked for, also one of somebody else', () => {
    const world = deployed.fork();
    world.register();
    world.append('before');
    world.about('take_canister_snapshot', world.chat);
    world.append('after');
    const id = Buffer.from(world.snapshots()[0]!, 'hex');
    taken(
      world.ask('restore_snapshot', [{ canister: Principal.fromText(world.chat), snapshot_id: new Uint8Array(id) }]),
    );
    expect(world.dump()).toEqual(['before']);
  });

  it('passes over snapshots that somebody deleted', () => {
    const world = deployed.fork();
    world.register();
    world.append('first');
    world.backup();
    world.append('second');
    const newest = world.backup();
    world.manage('delete_canister_snapshot', {
      canister_id: Principal.fromText(world.chat),
      snapshot_id: newest.snapshot_id,
    });
    taken(world.ask('restore', []));
    expect(world.dump()).toEqual(['first']);
  });

  it('never picks a snapshot of mode running, and says how to', () => {
    const world = deployed.fork();
    world.register(world.chat, { ...HOURLY, mode: { running: null } });
    const { good } = world.backup();
    expect(good).toBe(false);
    const error = refused(world.ask('restore', []));
    expect(error.code).toBe('no_good_snapshot');
    expect(error.message).toContain('restore_snapshot');
  });

  it.each([
    ['of another canister', (world: World) => idOf(world.names.chats[1]!), 'snapshot_not_found'],
    ['that is not there', (world: World) => idOf(world.chat), 'snapshot_not_found'],
    ['that is none', () => new Uint8Array(3), 'invalid_argument'],
  ])('refuses a snapshot %s, before the stop', (_, id, code) => {
    const world = deployed.fork();
    world.register();
    const { version } = world.ic.canister(world.chat)!;
    const arg = { canister: Principal.fromText(world.chat), snapshot_id: id(world) };
    expect(refused(world.ask('restore_snapshot', [arg])).code).toBe(code);
    expect(world.ic.canister(world.chat)!.version).toBe(version);
  });
});

describe('downtime', () => {
  it.each([
    ['backup', 2],
    ['restore', 4],
  ] as const)('of a %s is %d rounds', (kind, rounds) => {
    const world = deployed.fork();
    world.register();
    if (kind === 'restore') world.backup();
    if (kind === 'restore') world.append('later');
    if (kind === 'backup') world.submit('backup', [Principal.fromText(world.chat)]);
    else world.submit('restore', []);
    let down = 0;
    for (let round = 0; round < 20; round += 1) {
      world.ic.tick();
      if (world.status() !== 'running') down += 1;
    }
    expect(down).toBe(rounds);
  });

  it('of a backup in mode running is none', () => {
    const world = deployed.fork();
    world.register(world.chat, { ...HOURLY, mode: { running: null } });
    const { version } = world.ic.canister(world.chat)!;
    world.backup();
    expect(world.ic.canister(world.chat)!.version).toBe(version);
  });
});

function idOf(canister: PrincipalText): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...Principal.fromText(canister).toUint8Array());
}
