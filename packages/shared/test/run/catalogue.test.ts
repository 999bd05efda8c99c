import { describe, expect, it } from 'vitest';
import { failure, marked, NANOS_PER_SECOND, type RunOrder, watchAt } from '../../src/index.ts';
import { entry, FUNDS, names, RUNNING, TARGET, World } from './world.ts';

const taken = { id: '00aa', takenAt: 50n, size: 200n };
const listed = (world: World) => world.catalog.map(({ id, takenAt, size }) => ({ id, takenAt, size }));
const FOREIGN = { id: 'ffff', takenAt: 3n, size: 9n };

function preflight(world: World, status: object = RUNNING, foreign: (typeof FOREIGN)[] = []): string[] {
  world.ok('status', status);
  return names(world.ok('list', [...listed(world), ...foreign]));
}

function backup(world: World): World {
  preflight(world);
  world.feed(FUNDS);
  world.ok('status', RUNNING);
  world.ok('stop');
  world.takenWell(taken);
  return world;
}

describe('what a run lets go', () => {
  const ours = [1, 2, 3, 4].map((n) => entry(n));

  it('is one for the new one and one more, the oldest first', () => {
    expect(backup(new World({ keep: 1 }, ours)).run.pending.map((call) => call.snapshot)).toEqual(['0001', '0002']);
  });

  it('is only one for the new one if history got shorter in this interval already', () => {
    const world = backup(new World({ keep: 1, mayShrink: false }, ours));
    expect(world.run.pending.map((call) => call.snapshot)).toEqual(['0001']);
    expect(names(world.log)).not.toContain('shrunk');
  });

  it('is nothing of the timer for a backup by hand', () => {
    const world = backup(new World({ keep: 1, mayShrink: false, askedBy: 'somebody' }, ours));
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', deleted: [] });
    expect(world.catalog.at(-1)).toMatchObject({ id: '00aa', good: true, origin: 'manual' });
  });

  it('is never what is pinned, also if nothing else can make room', () => {
    const pinned = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => entry(n, { pin: 'kept' }));
    const world = new World({ keep: 1 }, [...pinned, entry(10)]);
    expect(preflight(world)).toEqual([]);
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'no_slot_yet' } });
  });

  it('is the oldest of the timer when a backup by hand sits in the slot for one more', () => {
    const full = [...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => entry(n)), entry(9, { origin: 'manual' })];
    const world = new World({ keep: 8 }, full);
    expect(preflight(world, RUNNING, [FOREIGN])).toContain('delete');
    expect(world.run.pending).toEqual([{ name: 'delete', snapshot: '0001' }]);
  });
});

describe('adopting', () => {
  const adopts = { ids: ['ffff'], good: true };

  it.each([true, false])(
    'makes a listed snapshot ours, unproven, whether or not (%s) somebody calls it good',
    (good) => {
      const world = new World({ kind: 'adopt', adopts: { ...adopts, good }, askedBy: 'somebody' }, [entry(1)]);
      expect(preflight(world, RUNNING, [FOREIGN])).toEqual(['record']);
      expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
      const doubt = { kind: 'unproven', otherwiseGood: good, reasons: [{ code: 'adopted_unproven' }] };
      expect(world.catalog.at(-1)).toMatchObject({
        ...FOREIGN,
        good: false,
        state: 'complete',
        origin: 'adopted',
        doubt,
      });
      const said = world.catalog.at(-1)!.doubt!.reasons[0]!.context;
      expect(said).toEqual(
        expect.arrayContaining([
          ['by', 'somebody'],
          ['stopped', String(good)],
        ]),
      );
    },
  );

  it('hears later that the canister was stopped, but not that it was not', () => {
    const world = new World({ kind: 'adopt', adopts: { ...adopts, good: false } });
    preflight(world, RUNNING, [FOREIGN]);
    const [unsaid] = world.catalog;
    const said = new World({ kind: 'adopt', adopts }, [{ ...unsaid!, pin: 'kept' }]);
    preflight(said, RUNNING, [FOREIGN]);
    expect(said.catalog).toMatchObject([{ id: 'ffff', pin: 'kept', good: false, doubt: { otherwiseGood: true } }]);
    const again = new World({ kind: 'adopt', adopts: { ...adopts, good: false } }, said.catalog);
    expect(preflight(again, RUNNING, [FOREIGN])).toEqual([]);
  });

  it('takes all or none', () => {
    const world = new World({ kind: 'adopt', adopts: { ids: ['ffff', 'eeee'], good: true } });
    preflight(world, RUNNING, [FOREIGN]);
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'snapshot_not_found' } });
    expect(world.catalog).toEqual([]);
  });

  it('leaves as it is what is ours already', () => {
    const world = new World({ kind: 'adopt', adopts: { ids: ['0001'], good: true } }, [entry(1, { good: false })]);
    preflight(world);
    expect(world.catalog).toEqual([entry(1, { good: false })]);
  });
});

describe('deleting one', () => {
  const del = (wanted: string): Partial<RunOrder> => ({ kind: 'delete', wanted, askedBy: 'somebody' });

  it('marks it, deletes it and forgets it, ours or not', () => {
    const world = new World(del('0001'), [entry(1), entry(2)]);
    expect(preflight(world)).toEqual(['record', 'delete']);
    world.ok('delete', null, '0001');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', deleted: ['0001'] });
    expect(world.catalog.map(({ id }) => id)).toEqual(['0002']);
    const foreign = new World(del('ffff'), [entry(1)]);
    expect(preflight(foreign, RUNNING, [FOREIGN])).toEqual(['delete']);
  });

  it.each([
    ['the newest good one', '0003', 'newest_good_snapshot'],
    ['a pinned one', '0001', 'snapshot_pinned'],
    ['the way back from a restore', '0004', 'snapshot_unsettled'],
    ['one that is not there', '0009', 'snapshot_not_found'],
  ])('refuses %s', (_, id, code) => {
    const safety = entry(4, { good: false, safetyUntil: 10n ** 15n });
    const world = new World(del(id), [entry(1, { pin: 'release 7' }), entry(2), entry(3), safety]);
    expect(preflight(world)).toEqual([]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code } });
  });

  it('refuses the newest one that would be good once accepted, also if somebody marked all of them first', () => {
    const reason = failure('marked_suspect', { canister: TARGET, by: 'a thief', since: 0n });
    const all = [1, 2, 3].map((n) => marked(entry(n), reason));
    for (const catalog of [all, [entry(1), ...all.slice(1)]]) {
      const newest = new World(del('0003'), catalog);
      expect(preflight(newest)).toEqual([]);
      expect(newest.run).toMatchObject({ outcome: 'failed', error: { code: 'newest_good_snapshot' } });
      expect(preflight(new World(del('0002'), catalog))).toEqual(['record', 'delete']);
    }
    const late = entry(3, { good: false, state: 'deleting', doubt: all[2]!.doubt });
    const left = new World(del('0002'), [...all.slice(0, 2), late]);
    preflight(left);
    expect(left.run.error?.code).toBe('newest_good_snapshot');
  });

  it('fails if the IC refuses it, and what is left goes with the next run', () => {
    const world = new World(del('0001'), [entry(1), entry(2)]);
    preflight(world);
    world.reject('delete', 'IC0201: busy', 2);
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'delete_failed' } });
    expect(world.catalog.find(({ id }) => id === '0001')).toMatchObject({ state: 'deleting', good: false });
  });
});

describe('a backup that is not worth it', () => {
  const unchanged = entry(1, { moduleHash: 'aa', versionAfter: 7n });

  it('is skipped if the version is what it was after the start of the last one', () => {
    const world = new World({ skipUnchanged: true }, [unchanged]);
    expect(preflight(world)).toEqual([]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'skipped', snapshot: '0001', stopSent: false });
  });

  it.each<[string, Partial<RunOrder>, object]>([
    ['somebody asks for it', { askedBy: 'somebody' }, {}],
    ['the policy does not say so', { skipUnchanged: false }, {}],
    ['the version differs', {}, { versionAfter: 6n }],
    ['the version is not known exactly', {}, { versionAfter: undefined }],
    ['the last one is not good', {}, { good: false }],
    ['the code is another', {}, { moduleHash: 'bb' }],
  ])('is taken if %s', (_, order, last) => {
    const world = new World({ skipUnchanged: true, ...order }, [{ ...unchanged, ...last }]);
    expect(preflight(world)).toEqual(['measure_funds']);
  });

  it('is taken if the last one is not there any more', () => {
    const world = new World({ skipUnchanged: true }, [unchanged]);
    world.ok('status', RUNNING);
    expect(names(world.ok('list', []))).toEqual(['forget', 'measure_funds']);
  });

  it('knows the version of a snapshot without a stop only if nothing ran beside the take', () => {
    for (const [seen, versionAfter] of [
      [7n, 7n],
      [8n, undefined],
    ]) {
      const world = new World({ skipUnchanged: true, mode: 'running' });
      preflight(world);
      world.feed(FUNDS);
      world.ok('status_before_take', RUNNING);
      world.ok('take', taken);
      world.ok('status_behind', { ...RUNNING, version: seen });
      expect(world.run.outcome).toBe('succeeded');
      expect(world.catalog[0]?.versionAfter).toBe(versionAfter);
    }
  });
});

describe('a target that is poor', () => {
  const margin = { days: 30, cycles: 1000n };
  /** What the take costs, beside a cycle for each byte. */
  const TAKE = 2_005_000_000n;

  it('is left alone, with the amount to top up', () => {
    const world = new World({ margin });
    expect(preflight(world, { ...RUNNING, cycles: 1299n + TAKE, burnPerDay: 10n })).toEqual([]);
    expect(world.run).toMatchObject({ outcome: 'failed', stopSent: false, error: { code: 'short_runway' } });
    expect(world.run.error?.context).toContainEqual(['top_up', '1']);
  });

  it('is backed up with just enough', () => {
    const world = new World({ margin });
    expect(preflight(world, { ...RUNNING, cycles: 1300n + TAKE, burnPerDay: 10n })).toEqual(['measure_funds']);
  });

  it('counts what one more snapshot burns', () => {
    const gib = 1_073_741_824n;
    const world = new World({ margin }, [entry(1, { size: gib })]);
    preflight(world, { ...RUNNING, cycles: 30n * 127_000n * 86_400n + TAKE + gib + 999n, burnPerDay: 0n });
    expect(world.run.error?.code).toBe('short_runway');
  });
});

describe('a stop that takes too long', () => {
  it('is taken back when the time of the policy is over, not before', () => {
    const world = new World({ maxDowntime: 60n });
    preflight(world);
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    world.now += 60n * NANOS_PER_SECOND - 1n;
    expect(world.feed({ kind: 'tick' })).toEqual([]);
    expect(watchAt(world.run)).toBe(world.now + 1n);
    world.now += 1n;
    expect(names(world.feed({ kind: 'tick' }))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ outcome: 'failed', startConfirmed: true, error: { code: 'downtime_exceeded' } });
    world.answer({ name: 'stop' }, { reject: { code: 4, message: 'stop request cancelled' } });
    expect(world.run.phase).toBe('closed');
  });
});
