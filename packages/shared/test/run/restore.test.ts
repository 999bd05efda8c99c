import { describe, expect, it } from 'vitest';
import { LOAD_CHECKS, RESTORE_DOWNTIME_NANOS, SAFE_TO_LOAD_BYTES, SAFETY_NANOS } from '../../src/index.ts';
import {
  catalog,
  LIMIT,
  LOADED,
  listed,
  loaded,
  restore,
  SAFETY,
  safetyOf,
  secured,
  stopped,
} from './restore-steps.ts';
import { entry, FUNDS, names, RUNNING, STOPPED, World } from './world.ts';

describe('a restore', () => {
  it('keeps the state before, loads the newest good snapshot and starts, in four rounds, and says what runs', () => {
    const world = restore();
    world.ok('list', listed(world));
    expect(names(world.feed(FUNDS))).toEqual(['status', 'stop']);
    world.ok('status', RUNNING);
    expect(names(world.ok('stop'))).toEqual(['take']);
    expect(world.ok('take', SAFETY)).toMatchObject([
      { do: 'record', entry: { id: '0a0a', good: false, safetyUntil: world.now + SAFETY_NANOS } },
      { do: 'call', call: { name: 'load', snapshot: '0002' } },
      { do: 'call', call: { name: 'start' } },
      { do: 'call', call: { name: 'status' } },
      { do: 'call', call: { name: 'info' } },
    ]);
    loaded(world);
    expect(world.run).toMatchObject({
      phase: 'closed',
      outcome: 'succeeded',
      state: 'snapshot',
      snapshot: '0002',
      safety: '0a0a',
      takenAt: 2n,
      moduleHash: 'bb',
      statusAfter: 'running',
      roundsDown: 4,
      restoredVersion: 11n,
    });
  });

  it('loads any snapshot that is asked for, also one of somebody else, and none before the safety snapshot', () => {
    const world = restore({ wanted: '00ff' });
    world.ok('list', [...listed(world), { id: '00ff', takenAt: 9n, size: 1n }]);
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    expect(names(world.ok('stop'))).toEqual(['take']);
    expect(world.ok('take', SAFETY)).toContainEqual({ do: 'call', call: { name: 'load', snapshot: '00ff' } });
  });

  it('loads right after the stop if it is told to keep nothing', () => {
    const world = stopped(restore({ withoutSafety: true }));
    expect(world.calls().slice(-4)).toEqual(['load', 'start', 'status', 'info']);
    loaded(world);
    expect(world.run).toMatchObject({ outcome: 'succeeded', roundsDown: 2 });
    expect(world.run.safety).toBeUndefined();
  });

  it.each([
    [{ wanted: '00ff' }, catalog(), 'snapshot_not_found'],
    [{}, [entry(3, { good: false })], 'no_good_snapshot'],
    [{}, [], 'no_good_snapshot'],
    [{ before: 1n }, catalog(), 'no_snapshot_before'],
    [{ purpose: 'undo' as const }, catalog(), 'nothing_to_undo'],
  ])('ends before the stop when there is nothing to load: %o', (changes, present, code) => {
    const world = restore(changes);
    world.ok('list', present);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code } });
    expect(world.calls()).toEqual(['status', 'list']);
  });

  const adopted = (number: number, otherwiseGood: boolean) =>
    entry(number, { good: false, origin: 'adopted', doubt: { kind: 'unproven', reasons: [], otherwiseGood } });

  it('passes over what is unproven, and names the newest that a load would make good', () => {
    const world = restore({}, [adopted(1, true), adopted(2, true), adopted(3, false)]);
    world.ok('list', listed(world));
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'no_good_snapshot' } });
    expect(world.run.error!.context).toContainEqual(['unproven', '0002']);
    expect(world.run.error!.message).toContain('restore_snapshot');
  });

  it.each([
    [true, true],
    [false, false],
  ])('makes the adopted snapshot that it loaded as good as somebody said (%s)', (said, good) => {
    const world = loaded(secured(restore({ wanted: '0002' }, [entry(1), adopted(2, said)])));
    expect(world.run.outcome).toBe('succeeded');
    expect(world.catalog.find(({ id }) => id === '0002')).toMatchObject({ good });
    expect(world.catalog.find(({ id }) => id === '0002')?.doubt?.kind).toBe(good ? undefined : 'unproven');
  });

  it('leaves an adopted snapshot unproven whose load failed', () => {
    const world = secured(restore({ wanted: '0002' }, [entry(1), adopted(2, true)]));
    world.reject('load', 'IC0408: the snapshot is incomplete', 5);
    world.ok('start');
    world.ok('status', RUNNING);
    expect(world.run.outcome).toBe('failed');
    expect(world.catalog.find(({ id }) => id === '0002')).toMatchObject({ good: false, doubt: { kind: 'unproven' } });
  });

  it('picks the newest good one from before a time', () => {
    const world = restore({ before: 2n });
    world.ok('list', listed(world));
    expect(world.run.snapshot).toBe('0001');
  });

  it('says that nothing changed since the one it would pick, and lists older ones', () => {
    const world = restore({}, [entry(1), entry(2, { versionAfter: 7n })]);
    world.ok('list', listed(world));
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'nothing_changed' } });
    expect(world.run.error?.context).toContainEqual(['older', '0001']);
    const named = restore({ wanted: '0002' }, [entry(1), entry(2, { versionAfter: 7n })]);
    named.ok('list', listed(named));
    expect(named.run.phase).toBe('funding');
  });

  it('starts the target when the load fails, and keeps no safety snapshot of a state that was not left', () => {
    const world = secured(restore());
    world.reject('load', 'IC0305: Could not find the snapshot ID', 3);
    world.ok('start');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({
      phase: 'closed',
      outcome: 'failed',
      state: 'before',
      error: { code: 'snapshot_not_found' },
      done: false,
    });
    expect(safetyOf(world)?.safetyUntil).toBe(world.now);
  });

  it('leaves a target stopped that was stopped before', () => {
    const world = new World({ kind: 'restore' }, catalog());
    world.ok('status', STOPPED);
    world.ok('list', listed(world));
    expect(names(world.feed(FUNDS))).toEqual(['take']);
    expect(names(world.ok('take', SAFETY)).slice(1)).toEqual(['load', 'status', 'info']);
    world.ok('load', null, '0002');
    world.ok('status', { ...STOPPED, version: 8n });
    expect(world.run).toMatchObject({ outcome: 'succeeded', statusAfter: 'stopped', restoredVersion: 8n });
    expect(world.calls()).not.toContain('start');
  });

  it('keeps nothing of a target without code', () => {
    const world = new World({ kind: 'restore' }, catalog());
    world.ok('status', { status: 'running', version: 7n });
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('status', { status: 'running', version: 7n });
    expect(names(world.ok('stop'))).toEqual(['load', 'start', 'status', 'info']);
  });
});

describe('a safety snapshot that cannot be taken', () => {
  it('ends the restore with the target as it was, and the call that goes on without one', () => {
    const world = stopped(restore());
    expect(names(world.reject('take', 'IC0207: out of cycles', 2))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', state: 'before', error: { code: 'safety_failed' } });
    expect(world.run.error?.message).toContain('restore_without_safety (record');
    expect(world.calls()).not.toContain('load');
  });

  it('because the answer is lost: nothing is loaded', () => {
    const world = stopped(restore());
    expect(names(world.answer({ name: 'take' }, { lost: 'trapped' }))).toEqual(['start', 'list']);
    world.ok('start');
    world.ok('list', [...listed(world), SAFETY]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted', state: 'before' });
    expect(world.run.error).toMatchObject({
      code: 'take_unknown',
      context: expect.arrayContaining([['appeared', SAFETY.id]]),
    });
  });

  it('because every slot is taken ends it before the stop', () => {
    const full = Array.from({ length: 10 }, (_, i) => entry(i + 1));
    const world = restore({}, full);
    world.ok('list', listed(world));
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'safety_failed' } });
    expect(world.calls()).toEqual(['status', 'list']);
  });

  it('unless a settled one can go for it', () => {
    const full = Array.from({ length: 10 }, (_, i) => entry(i + 1, i === 4 ? { good: false, safetyUntil: 9n } : {}));
    const world = restore({}, full);
    world.ok('list', listed(world));
    expect(world.log.at(-1)).toEqual({ do: 'call', call: { name: 'delete', snapshot: '0005' } });
    world.ok('delete', null, '0005');
    expect(world.run.phase).toBe('funding');
  });
});

it('a settled safety snapshot that is pinned does not go for a new one', () => {
  const full = Array.from({ length: 10 }, (_, i) =>
    entry(i + 1, i === 4 ? { good: false, safetyUntil: 9n, pin: 'kept' } : {}),
  );
  const world = restore({}, full);
  world.ok('list', listed(world));
  expect(world.calls()).not.toContain('delete');
  expect(world.run.error?.code).toBe('safety_failed');
});

describe('a safety snapshot that is not settled', () => {
  const unsettled = () => [...catalog(), entry(4, { good: false, safetyUntil: 9999n })];

  it('is not picked, and no second one is taken of what the last restore left', () => {
    const world = restore({ wanted: '0002' }, unsettled());
    world.restored = { snapshot: '0001', version: 7n };
    stopped(world);
    expect(world.run.snapshot).toBe('0002');
    expect(world.calls().slice(-4)).toEqual(['load', 'start', 'status', 'info']);
    loaded(world);
    expect(world.catalog.find(({ id }) => id === '0004')?.safetyUntil).toBe(9999n);
  });

  it.each([
    ['the target changed', { snapshot: '0001', version: 6n }],
    ['it is not known whether it did', undefined],
    ['what was loaded is not there any more', { snapshot: '00ff', version: 7n }],
    ['what was loaded goes', { snapshot: '0005', version: 7n }],
  ])('is followed by a second one if %s, and no third', (_, restored) => {
    const settled = entry(5, { good: false, safetyUntil: 999n });
    const world = restore({}, [...unsettled(), settled]);
    world.restored = restored;
    secured(world);
    loaded(world);
    expect(world.run).toMatchObject({ outcome: 'succeeded', safety: '0a0a', roundsDown: 4 });
    const ways = world.catalog.filter(({ safetyUntil = 0n }) => safetyUntil > world.now).map(({ id }) => id);
    expect(ways).toEqual(['0004', '0a0a']);
    const third = restore({}, world.catalog);
    third.restored = restored;
    third.ok('list', listed(third));
    expect(third.run).toMatchObject({ phase: 'closed', error: { code: 'safety_failed' } });
    const undo = restore({ purpose: 'undo', wanted: '0a0a' }, world.catalog);
    undo.ok('list', listed(undo));
    expect(undo.run.snapshot).toBe('0a0a');
  });

  it('is needed after all if the target changes between the look and the stop; with two of them the target starts again', () => {
    const world = restore({ wanted: '0002' }, [...unsettled(), entry(5, { good: false, safetyUntil: 9999n })]);
    world.restored = { snapshot: '0001', version: 7n };
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('status', { ...RUNNING, version: 8n });
    expect(names(world.ok('stop'))).toContain('start');
    world.ok('start');
    world.ok('status', { ...RUNNING, version: 11n });
    expect(world.run).toMatchObject({ phase: 'closed', state: 'before', error: { code: 'safety_failed' } });
  });

  it('is what an undo goes back to, and is settled by it', () => {
    const world = stopped(restore({ purpose: 'undo' }, unsettled()));
    expect(world.run.snapshot).toBe('0004');
    loaded(world, '0004');
    expect(world.run).toMatchObject({ outcome: 'succeeded', state: 'snapshot' });
    expect(world.catalog.find(({ id }) => id === '0004')?.safetyUntil).toBe(world.now);
  });

  it('is taken anew after its time', () => {
    const world = restore({}, [...catalog(), entry(4, { good: false, safetyUntil: 999n })]);
    expect(stopped(world).calls().at(-1)).toBe('take');
  });

  it.each([
    [9999n, []],
    [999n, ['0004']],
  ])('that holds until %d: a backup at 1000 deletes %o', (safetyUntil, deleted) => {
    const world = new World({}, [...catalog(), entry(4, { good: false, safetyUntil })]);
    world.ok('status', RUNNING);
    stopped(world).takenWell({ id: '0b0b', takenAt: 1000n, size: 1n });
    expect(world.run.pending.map(({ snapshot }) => snapshot)).toEqual(deleted);
  });
});

describe('a rate limit', () => {
  it('in front of the safety snapshot is waited for, and counted', () => {
    const world = stopped(restore());
    expect(names(world.reject('take', LIMIT, 2))).toEqual(['take']);
    expect(names(world.ok('take', SAFETY)).slice(1)).toEqual(['load', 'start', 'status', 'info']);
    loaded(world);
    expect(world.run.roundsDown).toBe(6);
  });

  it('is expected behind a large one: the load is tried each round, and the start waits for it', () => {
    const world = secured(restore(), { ...SAFETY, size: SAFE_TO_LOAD_BYTES });
    expect(world.run.pending.map(({ name }) => name)).toEqual(['load']);
    for (let i = 0; i < 60; i += 1) expect(names(world.reject('load', LIMIT, 2))).toEqual(['load']);
    expect(names(world.ok('load', null, '0002'))).toEqual(['start', 'status', 'info']);
    world.ok('start');
    world.ok('status', LOADED);
    expect(world.run).toMatchObject({ outcome: 'succeeded', roundsDown: 126 });
    expect(world.run.steps.filter(({ name }) => name === 'load').length).toBe(2);
  });

  it('ends the restore when the target was down for too long', () => {
    const world = secured(restore(), { ...SAFETY, size: SAFE_TO_LOAD_BYTES });
    world.reject('load', LIMIT, 2);
    world.now += RESTORE_DOWNTIME_NANOS + 1n;
    expect(names(world.reject('load', LIMIT, 2))).toEqual(['start', 'status', 'info']);
    world.ok('start');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({ outcome: 'failed', state: 'before', error: { code: 'restore_downtime' } });
  });

  it('that was not expected: everything once more with a new safety snapshot, and then with patience', () => {
    const world = secured(restore());
    world.reject('load', LIMIT, 2);
    world.ok('start');
    expect(names(world.ok('status', RUNNING))).toEqual(['record', 'delete', 'status', 'stop']);
    world.ok('delete', null, '0a0a');
    world.ok('status', RUNNING);
    expect(names(world.ok('stop'))).toEqual(['take']);
    world.ok('take', { ...SAFETY, id: '0b0b' });
    expect(names(world.reject('load', LIMIT, 2))).toEqual(['load']);
    world.ok('load', null, '0002');
    world.ok('start');
    world.ok('status', LOADED);
    expect(world.run).toMatchObject({ outcome: 'succeeded', safety: '0b0b', startConfirmed: true });
    expect(world.catalog.map(({ id }) => id)).not.toContain('0a0a');
  });
});

describe('a load whose answer is lost', () => {
  const history = (...ids: string[]) => ({
    history: ids.map((loaded) => ({ at: 1000n, by: 'bd3sg-teaaa-aaaaa-qaaba-cai', what: 'load_snapshot', loaded })),
  });
  function lost(): World {
    const world = secured(restore());
    world.info = null;
    world.answer({ name: 'load', snapshot: '0002' }, { lost: 'trapped' });
    world.ok('start');
    world.ok('status', LOADED);
    expect(world.run).toMatchObject({ phase: 'loading', pending: [{ name: 'info' }] });
    return world;
  }

  it('was carried out if the history says so', () => {
    const world = lost();
    world.ok('info', history('0001', '0002'));
    expect(world.run).toMatchObject({ outcome: 'succeeded', state: 'snapshot' });
    expect(safetyOf(world)?.safetyUntil).toBeGreaterThan(world.now);
  });

  it.each([
    ['is not there', history('0001')],
    ['is older', { history: [{ ...history('0002').history[0]!, at: 999n }] }],
    ['is of somebody else', { history: [{ ...history('0002').history[0]!, by: 'aaaaa-aa' }] }],
  ])('was not if it %s', (_, answer) => {
    const world = lost();
    world.ok('info', answer);
    expect(world.run).toMatchObject({
      outcome: 'interrupted',
      state: 'before',
      error: { code: 'load_not_carried_out' },
    });
  });

  it('is unknown if the history cannot be read, and then the safety snapshot stays', () => {
    const world = lost();
    for (let i = 0; i < LOAD_CHECKS; i += 1) {
      expect(names(world.ok('info', {}))).toEqual(['info', 'status']);
      world.ok('status', LOADED);
    }
    world.ok('info', {});
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted', error: { code: 'load_unknown' } });
    expect(world.run.state).toBeUndefined();
    expect(safetyOf(world)?.safetyUntil).toBeGreaterThan(world.now);
  });
});
