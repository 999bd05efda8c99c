/** Stable memory of older layouts, as it was recorded with the build that wrote it. */
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  happen,
  happenSince,
  leaveOpen,
  loadFixture,
  recordedLayouts,
  saveFixture,
  shownBy,
} from './manager-fixture.ts';
import { deploy, HOUR, managerModule, refused, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let newest: number;

beforeAll(() => {
  deployed = deploy(4);
  newest = taken(deployed.ask('status', [])).layout_version;
});

/** A manager of this build with the memory of another. */
function withMemoryOf(layout: number): { world: World; shown: Readonly<Record<string, unknown>> } {
  const { names, time, stableMemory, shown } = loadFixture(layout);
  const world = deployed.fork();
  expect(world.names).toEqual(names);
  world.ic.setTime(time);
  world.ic.setStableMemory(names.manager, stableMemory);
  world.about('stop_canister', world.chat);
  world.upgradeManager({ skipPreUpgrade: true });
  return { world, shown };
}

/** The builds of before did not show how long a backup kept its target down. */
function asShownBefore(run: Record<string, unknown>): Record<string, unknown> {
  const { downtime: _, ...rest } = run;
  return run.kind === 'backup' ? rest : run;
}

describe('a recorded layout', () => {
  it('is there of every layout up to this one', () => {
    expect(recordedLayouts(newest)).toEqual(Array.from({ length: newest }, (_, at) => at + 1));
  });

  it('1 shows all it showed', () => {
    const { world, shown } = withMemoryOf(1);
    const { status, runs, targets, ...same } = shownBy(world) as Record<string, Record<string, unknown>[]>;
    const before = shown as Record<string, Record<string, unknown>[]>;
    expect(same).toMatchObject({ snapshots: before.snapshots });
    // One run more: the one that was open.
    expect(runs!.slice(1)).toMatchObject(before.runs!.map(asShownBefore));
    const open = { canister: world.chat, kind: 'backup', asked_by: expect.any(String) };
    expect(runs![0]).toMatchObject(open);
    for (const [at, target] of before.targets!.entries()) {
      const { open_run: _, last_run: __, next_run_at: ___, ...rest } = target;
      expect(targets![at]).toMatchObject(rest);
    }
    expect(status).toMatchObject({ layout_version: newest, targets: 3 });
  });

  it('1 goes on: the open run ends, its target runs, and health knows of the runs before', () => {
    const { world } = withMemoryOf(1);
    world.settle();
    expect(world.status()).toBe('running');
    expect(world.runs()[0]).toMatchObject({ outcome: 'interrupted', phase: 'closed' });
    const health = taken(world.ask('health', [[]]));
    expect(health.items.map(({ failures }) => failures).sort()).toEqual([0, 1, 1]);
    expect(health.items.filter(({ last_success: [at] }) => at !== undefined)).toHaveLength(2);
    const { items } = taken(world.ask('history', [[]]));
    expect(items.map(({ kind }) => kind)).toEqual(['run_closed', 'upgraded']);
    expect(refused(world.ask('health', [[]], STRANGER)).code).toBe('caller_not_allowed');
    world.pass(2n * HOUR);
    expect(world.backup(world.names.chats[2]).good).toBe(true);
    expect(taken(world.ask('targets', [[]])).items.every(({ newest_good }) => newest_good.length >= 0)).toBe(true);
  });

  it('2 shows all it showed', () => {
    const { world, shown } = withMemoryOf(2);
    const { runs, targets, snapshots } = shownBy(world) as Record<string, Record<string, unknown>[]>;
    const before = shown as Record<string, Record<string, unknown>[]>;
    expect(snapshots).toMatchObject(before.snapshots!);
    expect(runs!.slice(1)).toMatchObject(before.runs!.map(asShownBefore));
    for (const [at, target] of before.targets!.entries()) {
      const { open_run: _, last_run: __, next_run_at: ___, ...rest } = target;
      expect(targets![at]).toMatchObject(rest);
    }
    expect(snapshots!.filter(({ pin }) => (pin as unknown[]).length > 0)).toHaveLength(1);
    expect(
      taken(world.ask('roles', [], STRANGER))
        .map(({ role }) => role)
        .sort(),
    ).toEqual(['operator', 'viewer']);
    expect(taken(world.ask('settings', [])).public_http).toEqual([true]);
  });

  it('2 goes on: the open run ends, its target runs, and the history is continued', () => {
    const { world } = withMemoryOf(2);
    world.settle();
    expect(world.status()).toBe('running');
    expect(world.runs()[0]).toMatchObject({ outcome: 'interrupted', phase: 'closed' });
    const { items, total } = taken(world.ask('history', [[]]));
    expect(items.slice(0, 2).map(({ kind }) => kind)).toEqual(['run_closed', 'upgraded']);
    expect(total).toBeGreaterThan(20n);
    // That build paused all by pausing each, so its pauses end with the next resume of all.
    expect(taken(world.ask('status', [])).paused_all).toEqual([false]);
    expect(taken(world.ask('resume', [{ canister: [] }])).changed).toBe(1);
    expect(taken(world.ask('targets', [[]])).items.filter(({ paused_alone }) => paused_alone[0])).toEqual([]);
  });

  it('that is newer, or nobody’s, is refused, and nothing is changed', () => {
    const world = deployed.fork();
    const { manager } = world.names;
    world.register();
    world.backup();
    const content = world.ic.stableMemory(manager);
    world.ic.setStableMemory(manager, withLayout(content, newest, newest + 1));
    expect(() => world.upgradeManager()).toThrow(`has layout ${newest + 1}, this build knows ${newest}`);
    expect(taken(world.ask('targets', [[]])).total).toBe(1n);
    world.ic.setStableMemory(manager, content);
    world.upgradeManager();
    expect(taken(world.ask('targets', [[]])).total).toBe(1n);
    const other = world.create(managerModule());
    world.ic.setStableMemory(other, new Uint8Array(content.length));
    const canister_id = Principal.fromText(other);
    const argument = { mode: { upgrade: [] }, canister_id, wasm_module: managerModule(), arg: new Uint8Array() };
    expect(() => world.manage('install_code', argument)).toThrow('was not written by a backup manager');
  });

  // `RECORD_LAYOUT=1 vitest run e2e/manager-migration`, with the last build that has a layout.
  if (process.env.RECORD_LAYOUT === '1') {
    it('of this build is recorded', () => {
      const world = deployed.fork();
      happen(world);
      happenSince(world);
      const shown = shownBy(world);
      leaveOpen(world);
      saveFixture(newest, world, shown);
      const recorded = Buffer.from(loadFixture(newest).stableMemory);
      expect(recorded.equals(world.ic.stableMemory(world.names.manager))).toBe(true);
    });
  }
});

/** The stable memory of the manager as a build with another layout would have left it. */
function withLayout(content: Uint8Array, from: number, to: number): Uint8Array {
  const changed = Buffer.from(content);
  const key = changed.indexOf('layout');
  expect(key).toBeGreaterThan(0);
  // The value is stored near the key, with its length. After one backup no other counter has the same value.
  const near = changed.subarray(key - 64, key + 128);
  const value = near.indexOf(Buffer.from([1, 0, 0, 0, String(from).charCodeAt(0)]));
  expect(value).toBeGreaterThanOrEqual(0);
  changed.write(String(to), key - 64 + value + 4, 'latin1');
  return new Uint8Array(changed);
}
