import { describe, expect, it } from 'vitest';
import type { RunOrder } from '../../src/index.ts';
import { entry, FUNDS, names, RUNNING, STOPPED, World } from './world.ts';

const catalog = () => [entry(1), entry(2), entry(3, { good: false })];
const listed = (world: World) => world.catalog.map(({ id, takenAt, size }) => ({ id, takenAt, size }));

function restore(changes: Partial<RunOrder> = {}): World {
  const world = new World({ kind: 'restore', ...changes }, catalog());
  world.ok('status', RUNNING);
  return world;
}

describe('a restore', () => {
  it('stops, then loads the newest good snapshot and starts, and says what runs', () => {
    const world = restore();
    world.ok('list', listed(world));
    expect(names(world.feed(FUNDS))).toEqual(['status', 'stop']);
    world.ok('status', RUNNING);
    expect(world.ok('stop')).toEqual([
      { do: 'call', call: { name: 'load', snapshot: '0002' } },
      { do: 'call', call: { name: 'start' } },
      { do: 'call', call: { name: 'status' } },
    ]);
    world.ok('load', null, '0002');
    world.ok('start');
    world.ok('status', { status: 'running', moduleHash: 'bb', version: 12n });
    expect(world.run).toMatchObject({
      phase: 'closed',
      outcome: 'succeeded',
      snapshot: '0002',
      takenAt: 2n,
      moduleHash: 'bb',
      statusAfter: 'running',
    });
  });

  it('loads any snapshot that is asked for, also one of somebody else', () => {
    const world = restore({ wanted: '00ff' });
    world.ok('list', [...listed(world), { id: '00ff', takenAt: 9n, size: 1n }]);
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    expect(world.ok('stop')[0]).toEqual({ do: 'call', call: { name: 'load', snapshot: '00ff' } });
  });

  it.each([
    [{ wanted: '00ff' }, catalog(), 'snapshot_not_found'],
    [{}, [entry(3, { good: false })], 'no_good_snapshot'],
    [{}, [], 'no_good_snapshot'],
  ])('ends before the stop when there is nothing to load: %o', (changes, present, code) => {
    const world = restore(changes);
    world.ok('list', present);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code } });
    expect(world.calls()).toEqual(['status', 'list']);
  });

  it('starts the target when the load fails', () => {
    const world = restore();
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    world.ok('stop');
    world.reject('load', 'IC0210: Canister is heap delta rate limited', 2);
    world.ok('start');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({
      phase: 'closed',
      outcome: 'failed',
      error: { code: 'rate_limited' },
      done: false,
    });
  });

  it('leaves a target stopped that was stopped before', () => {
    const world = new World({ kind: 'restore' }, catalog());
    world.ok('status', STOPPED);
    world.ok('list', listed(world));
    expect(names(world.feed(FUNDS))).toEqual(['load', 'status']);
    world.ok('load', null, '0002');
    world.ok('status', STOPPED);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', statusAfter: 'stopped' });
    expect(world.calls()).not.toContain('start');
  });
});
