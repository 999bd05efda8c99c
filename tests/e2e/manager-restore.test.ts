/** Restores as people need them at 3 am: what is kept of the state before, the way back, and what is said before. */
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOUR, HOURLY, refused, SECOND, STRANGER, taken, type World } from './manager-world.ts';

const MINUTE = 60n * SECOND;
const DAY = 24n * HOUR;

let deployed: World;
beforeAll(() => {
  deployed = deploy(1);
  deployed.register();
  deployed.append('kept');
  deployed.backup();
  deployed.append('later');
});

const chat = (world: World) => Principal.fromText(world.chat);
const hex = (bytes: Uint8Array | number[] | undefined) => bytes && Buffer.from(bytes).toString('hex');
const restore = (world: World) => taken(world.ask('restore', []));
const undo = (world: World) => world.ask('undo_restore', [chat(world)]);
const listed = (world: World) => taken(world.ask('snapshots', [[]])).items;
const safeties = (world: World) => listed(world).filter(({ safety_until }) => safety_until.length > 0);

/** Backups by hand keep a minute's distance. */
function backupLater(world: World) {
  world.pass(MINUTE);
  return world.backup();
}

/** What the manager asked of the management canister. */
const calls = (world: World) =>
  world.managementCalls.filter(({ sender }) => sender === world.names.manager).map(({ method }) => method);

describe('a restore', () => {
  it('takes a safety snapshot after the stop and before the load: four rounds down, and says so', () => {
    const world = deployed.fork();
    const answer = world.submit('restore', []);
    let down = 0;
    for (let round = 0; round < 20; round += 1) {
      world.ic.tick();
      if (world.status() !== 'running') down += 1;
    }
    const report = taken(answer());
    expect(down).toBe(4);
    expect(report.downtime).toMatchObject([{ rounds: 4 }]);
    expect(calls(world)).toEqual([
      ...['canister_status', 'list_canister_snapshots', 'canister_status', 'stop_canister'],
      ...['take_canister_snapshot', 'load_canister_snapshot', 'start_canister', 'canister_status'],
      'canister_info',
    ]);
    const [safety] = safeties(world);
    expect(safety).toMatchObject({ good: false });
    expect(hex(report.safety_snapshot[0])).toBe(hex(safety!.snapshot_id));
    expect(world.dump()).toEqual(['kept']);
    expect(world.runs()[0]).toMatchObject({
      kind: 'restore',
      state_after: ['snapshot'],
      safety_snapshot: [safety!.snapshot_id],
      downtime: [{ rounds: 4 }],
    });
  });

  it('can be undone, and what was told since is said to be lost', () => {
    const world = deployed.fork();
    restore(world);
    world.append('in between');
    const report = taken(undo(world));
    expect(world.dump()).toEqual(['kept', 'later']);
    expect(report).toMatchObject({ running: true, downtime: [{ rounds: 2 }], safety_snapshot: [] });
    expect(report.lost[0]).toContain('since the restore that is undone is lost');
    expect(world.runs()[0]).toMatchObject({ kind: 'undo_restore', outcome: 'succeeded', state_after: ['snapshot'] });
    expect(refused(undo(world)).code).toBe('nothing_to_undo');
  });

  it('that follows another takes a second safety snapshot if something changed, and both are ways back', () => {
    const world = deployed.fork();
    restore(world);
    world.append('between the two');
    const second = restore(world);
    expect(safeties(world).length).toBe(2);
    expect(second).toMatchObject({ downtime: [{ rounds: 4 }] });
    const [first, between] = second.ways_back[0]!.map(({ snapshot_id }) => Uint8Array.from(snapshot_id));
    expect(hex(second.safety_snapshot[0])).toBe(hex(first));
    expect(second.lost[0]).toContain(`undo_restore_to goes back to the state just before this one, ${hex(between)}`);
    expect(world.dump()).toEqual(['kept']);
    const before = world.fork();
    taken(before.ask('undo_restore_to', [{ canister: chat(world), snapshot_id: between! }]));
    expect(before.dump()).toEqual(['kept', 'between the two']);
    taken(undo(before));
    expect(before.dump()).toEqual(['kept', 'later']);
    taken(undo(world));
    expect(world.dump()).toEqual(['kept', 'later']);
    const gone = world.ask('undo_restore_to', [{ canister: chat(world), snapshot_id: first! }]);
    expect(refused(gone)).toMatchObject({ code: 'no_way_back', message: expect.stringContaining(hex(between)!) });
  });

  it('that follows another with nothing in between takes none', () => {
    const world = deployed.fork();
    const { snapshot_id } = restore(world);
    const named = { canister: chat(world), snapshot_id: Uint8Array.from(snapshot_id) };
    const second = taken(world.ask('restore_snapshot', [named]));
    expect(second).toMatchObject({ downtime: [{ rounds: 2 }] });
    expect(second.lost[0]).toContain('Nothing had changed since the last restore');
    expect(safeties(world).length).toBe(1);
  });

  it('that would need a third safety snapshot is refused before the stop, and goes on after settle', () => {
    const world = deployed.fork();
    for (const message of ['one', 'two', 'three']) {
      if (message !== 'one') restore(world);
      world.append(message);
    }
    const { version } = world.ic.canister(world.chat)!;
    const error = refused(world.ask('restore', []));
    expect(error).toMatchObject({ code: 'safety_failed', message: expect.stringContaining('settle') });
    expect(refused(world.ask('restore_forced', [{ canister: chat(world), snapshot_id: [] }])).code).toBe(
      'safety_failed',
    );
    expect(world.ic.canister(world.chat)!.version).toBe(version);
    const { ways_back } = taken(world.ask('settle', [chat(world)]));
    expect(ways_back[0]?.length).toBe(1);
    restore(world);
    expect(safeties(world).filter(({ safety_until }) => safety_until[0]! > world.ic.time()).length).toBe(2);
    // Both slots that stay free are taken: a backup makes its own room, and the history stays as long as it was.
    backupLater(world);
    expect(world.runs()[0]).toMatchObject({ kind: 'backup', outcome: 'succeeded' });
  });

  it('after an undo keeps what the undo brought back, although nothing changed since', () => {
    const world = deployed.fork();
    restore(world);
    world.append('between the two');
    restore(world);
    taken(undo(world));
    const report = restore(world);
    expect(world.dump()).toEqual(['kept']);
    const point = Uint8Array.from(report.ways_back[0]!.at(-1)!.snapshot_id);
    taken(world.ask('undo_restore_to', [{ canister: chat(world), snapshot_id: point }]));
    expect(world.dump()).toEqual(['kept', 'later']);
  });

  it('never picks a safety snapshot, also not the only other one', () => {
    const world = deployed.fork();
    const first = restore(world);
    world.append('after');
    expect(hex(restore(world).snapshot_id)).toBe(hex(first.snapshot_id));
    for (const { good, snapshot_id } of listed(world)) if (good) drop(world, snapshot_id);
    expect(refused(world.ask('restore', [])).code).toBe('no_good_snapshot');
  });

  it('is refused after nothing changed, with older ones, and says the same of what a restore loaded', () => {
    const world = deployed.fork();
    const newest = backupLater(world);
    const error = refused(world.ask('restore', []));
    expect(error.code).toBe('nothing_changed');
    expect(error.context.filter(([name]) => name === 'older').length).toBe(1);
    expect(world.snapshots().length).toBe(2);
    world.append('more');
    expect(hex(restore(world).snapshot_id)).toBe(hex(newest.snapshot_id));
    expect(refused(world.ask('restore', [])).code).toBe('nothing_changed');
    const named = { canister: chat(world), snapshot_id: Uint8Array.from(newest.snapshot_id) };
    expect(taken(world.ask('restore_snapshot', [named])).running).toBe(true);
  });

  it('of the newest from before a time', () => {
    const world = deployed.fork();
    const old = listed(world)[0]!;
    const newer = backupLater(world);
    world.append('newest');
    expect(hex(before(world, newer.taken_at).snapshot_id)).toBe(hex(old.snapshot_id));
    expect(world.dump()).toEqual(['kept']);
    const early = world.ask('restore_before', [{ canister: chat(world), time: old.taken_at }]);
    expect(refused(early).code).toBe('no_snapshot_before');
  });
});

function before(world: World, time: bigint) {
  return taken(world.ask('restore_before', [{ canister: chat(world), time }]));
}

function drop(world: World, snapshot_id: Uint8Array | number[]): void {
  world.manage('delete_canister_snapshot', { canister_id: chat(world), snapshot_id });
}

describe('a safety snapshot', () => {
  it('stays through backups until it is settled, and goes with the next', () => {
    const world = deployed.fork();
    restore(world);
    for (let i = 0; i < 10; i += 1) backupLater(world);
    expect(safeties(world).length).toBe(1);
    expect(world.snapshots().length).toBeLessThanOrEqual(10);
    const settled = taken(world.ask('settle', [chat(world)]));
    expect(hex(settled.snapshot_id)).toBe(hex(safeties(world)[0]!.snapshot_id));
    expect(refused(undo(world)).code).toBe('nothing_to_undo');
    expect(refused(world.ask('settle', [chat(world)])).code).toBe('nothing_to_settle');
    backupLater(world);
    expect(safeties(world)).toEqual([]);
    expect(world.snapshots()).not.toContain(hex(settled.snapshot_id));
  });

  it('is settled by itself after seven days, and the next restore takes a new one', () => {
    const world = deployed.fork();
    const first = restore(world);
    world.append('a week');
    world.ic.setTime(world.ic.time() + 7n * DAY - 60n * SECOND);
    // The first stays what undo_restore goes back to, also behind a second.
    expect(hex(restore(world).safety_snapshot[0])).toBe(hex(first.safety_snapshot[0]));
    world.append('is over');
    world.ic.setTime(world.ic.time() + 60n * SECOND);
    expect(hex(restore(world).safety_snapshot[0])).not.toBe(hex(first.safety_snapshot[0]));
  });

  it('may be settled only by an admin, who may lose the present', () => {
    const world = deployed.fork();
    const restorer = {
      who: Principal.fromText(STRANGER),
      role: { restorer: null },
      canister: [chat(world)] as [Principal],
    };
    taken(world.ask('grant', [restorer]));
    taken(world.ask('restore', [], STRANGER));
    expect(refused(world.ask('settle', [chat(world)], STRANGER)).code).toBe('caller_not_allowed');
    expect(safeties(world).length).toBe(1);
    taken(world.ask('undo_restore', [chat(world)], STRANGER));
    expect(world.dump()).toEqual(['kept', 'later']);
  });

  it('may be settled and undone only by who may restore', () => {
    const world = deployed.fork();
    restore(world);
    expect(refused(world.ask('settle', [chat(world)], STRANGER)).code).toBe('caller_not_allowed');
    expect(refused(world.ask('undo_restore', [chat(world)], STRANGER)).code).toBe('caller_not_allowed');
    expect(safeties(world).length).toBe(1);
  });

  it('that has no slot refuses the restore before the stop, with the call that goes on without one', () => {
    const world = deployed.fork();
    while (world.snapshots().length < 10) world.about('take_canister_snapshot', world.chat);
    const { version } = world.ic.canister(world.chat)!;
    const error = refused(world.ask('restore', []));
    expect(error.code).toBe('safety_failed');
    expect(error.message).toContain('restore_without_safety');
    expect(world.ic.canister(world.chat)!.version).toBe(version);
    const named = { canister: chat(world), snapshot_id: Uint8Array.from(listed(world)[0]!.snapshot_id) };
    const report = taken(world.ask('restore_without_safety', [named]));
    expect(report).toMatchObject({ running: true, safety_snapshot: [], downtime: [{ rounds: 2 }] });
    expect(world.dump()).toEqual(['kept']);
  });
});

describe('a plan', () => {
  const plan = (world: World) => world.ask('plan_restore', [{ canister: [], snapshot_id: [], time: [] }]);

  it('changes nothing, and says what a restore then does', () => {
    const world = deployed.fork();
    const { version, cycles } = world.ic.canister(world.chat)!;
    const planned = taken(plan(world));
    expect(calls(world)).toEqual(['canister_status', 'list_canister_snapshots']);
    expect(world.ic.canister(world.chat)).toMatchObject({ version, status: 'running' });
    expect(world.runs().length).toBe(1);
    expect(planned).toMatchObject({
      safety: 'taken',
      rounds_down: 4,
      older: [],
      warnings: [{ code: 'timers_may_sleep' }],
    });
    expect(planned.why).toContain('newest good');
    expect(planned.lost).toContain('went on by 1');
    expect(planned.state_then.module_hash).toEqual(planned.state_now.module_hash);
    expect(planned.steps.map((step) => step.split(' ')[0])).toEqual(['stop', 'take', 'load', 'start']);
    world.managementCalls.length = 0;
    const report = restore(world);
    expect(hex(report.snapshot_id)).toBe(hex(planned.snapshot_id));
    expect(report.downtime[0]?.rounds).toBe(planned.rounds_down);
    expect(cycles - world.ic.canister(world.chat)!.cycles).toBeGreaterThan(planned.cycles_of_target);
  });

  it('keeps an earlier way back, takes what is named, and refuses what a restore would refuse', () => {
    const world = deployed.fork();
    restore(world);
    expect(refused(plan(world)).code).toBe('nothing_changed');
    const [oldest] = listed(world);
    const canister: [Principal] = [chat(world)];
    const planNamed = () => world.ask('plan_restore', [{ canister, snapshot_id: [oldest!.snapshot_id], time: [] }]);
    expect(taken(planNamed())).toMatchObject({ safety: 'kept', rounds_down: 2 });
    world.append('more');
    const again = taken(plan(world));
    expect(again).toMatchObject({ safety: 'taken', rounds_down: 4 });
    expect(again.ways_back[0]?.map(({ snapshot_id }) => hex(snapshot_id))).toEqual(
      safeties(world).map((one) => hex(one.snapshot_id)),
    );
    const named = taken(planNamed());
    expect(named.why).toContain('named');
    const early = world.ask('plan_restore', [{ canister: [], snapshot_id: [], time: [1n] }]);
    expect(refused(early).code).toBe('no_snapshot_before');
  });

  it('is refused like the restore while the target is held or the manager has no cycles', () => {
    const world = deployed.fork();
    const restored = () => refused(world.ask('restore', [])).code;
    const canister = chat(world);
    taken(world.ask('hold', [{ canister, minutes: 10 }]));
    expect([refused(plan(world)).code, restored()]).toEqual(['target_held', 'target_held']);
    taken(world.ask('hold', [{ canister, minutes: 0 }]));
    world.pass(MINUTE);
    const backup = world.submit('backup', [canister]);
    for (let round = 0; round < 3; round += 1) world.ic.tick();
    expect(refused(plan(world)).code).toBe('run_in_progress');
    taken(backup());
    world.append('more');
    const { manager } = world.names;
    world.ic.addCycles(manager, 300_000_000_000n - world.ic.cycles(manager));
    expect([refused(plan(world)).code, restored()]).toEqual(['not_enough_cycles', 'not_enough_cycles']);
  });

  it('compares what is known of both states, and says who answers for the snapshot', () => {
    const world = deployed.fork();
    const probe = { method: 'dump', arg: Buffer.from('4449444c0000', 'hex'), tripwires: [] };
    taken(world.ask('set_policy', [{ canister: chat(world), policy: { ...HOURLY, probe: [probe] } }]));
    backupLater(world);
    const snapshot = world.ic.canister(world.chat)!.snapshots.at(-1)!;
    world.append('more');
    const { state_then, state_now } = taken(plan(world));
    expect(state_then.fingerprint[0]?.certainty).toBe('exact');
    expect(state_now.size[0]).toBeGreaterThan((snapshot.size * 9n) / 10n);
    expect(state_now.size[0]).toBeLessThan((snapshot.size * 11n) / 10n);
    world.about('take_canister_snapshot', world.chat);
    const snapshot_ids = [Buffer.from(world.snapshots().at(-1)!, 'hex')];
    taken(world.ask('adopt', [{ canister: chat(world), snapshot_ids, good: [true] }]));
    taken(world.ask('accept', [{ canister: chat(world), snapshot_id: snapshot_ids[0]! }]));
    expect(taken(plan(world)).why).toContain('adopted');
  });
});
