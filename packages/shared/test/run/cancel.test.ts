import { describe, expect, it } from 'vitest';
import { givesUpAt, isCancellable, type RunOrder, WATCHDOG_NANOS } from '../../src/index.ts';
import { entry, FUNDS, names, RUNNING, World } from './world.ts';

const CANCEL = { kind: 'cancel', by: 'somebody' } as const;

function looked(changes: Partial<RunOrder> = {}): World {
  const world = new World(changes, [entry(1)]);
  world.ok('status', RUNNING);
  world.ok('list', [{ id: '0001', takenAt: 1n, size: 100n }]);
  return world;
}

describe('a run that is cancelled', () => {
  it.each(['backup', 'restore'] as const)(
    'while it waits for its stop starts the target, and then ends: a %s',
    (kind) => {
      const world = looked({ kind });
      world.feed(FUNDS);
      world.ok('status', RUNNING);
      expect(world.run).toMatchObject({ phase: 'stopping', stopSent: true });
      expect(names(world.feed(CANCEL))).toEqual(['start']);
      expect(world.run).toMatchObject({ phase: 'starting', outcome: 'interrupted', error: { code: 'run_cancelled' } });
      // The stop that was sent is answered late, as refused or as done: neither counts any more.
      world.ok('stop');
      world.ok('start');
      expect(world.run).toMatchObject({ phase: 'closed', startConfirmed: true, done: false, warnings: [] });
      expect(world.calls()).not.toContain('take');
      if (kind === 'restore') expect(world.run.state).toBe('before');
    },
  );

  it('goes on starting the target while that is refused', () => {
    const world = looked();
    world.feed(FUNDS);
    world.feed(CANCEL);
    for (let i = 0; i < 3; i += 1) world.reject('start', 'IC0201: full', 2);
    expect(world.run).toMatchObject({ phase: 'starting', pending: [], error: { code: 'run_cancelled' } });
    expect(world.run.retryAt).toBeDefined();
    expect(isCancellable(world.run)).toBe(false);
  });

  it('before its stop ends at once, and nothing is sent', () => {
    for (const world of [new World(), looked()]) {
      const before = world.calls().length;
      world.feed(CANCEL);
      expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted', stopSent: false });
      expect(world.calls().length).toBe(before);
    }
  });

  it('past its stop goes on as if nobody had asked', () => {
    const world = looked();
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    world.ok('stop');
    const { run } = world;
    expect(world.feed(CANCEL)).toEqual([]);
    expect(world.run).toBe(run);
  });
});

describe('a run gives up what it does', () => {
  it('at the end of its budget of downtime while it waits for the stop, else when the watchdog says so', () => {
    const world = looked({ maxDowntime: 30n });
    world.feed(FUNDS);
    expect(givesUpAt(world.run)).toBe(world.now + 30n * 1_000_000_000n);
    const restore = looked({ kind: 'restore' });
    restore.feed(FUNDS);
    expect(givesUpAt(restore.run)).toBe(restore.now + WATCHDOG_NANOS);
  });

  it('never, while it has a start to send', () => {
    const world = looked();
    world.feed(FUNDS);
    world.feed(CANCEL);
    for (let i = 0; i < 3; i += 1) world.reject('start', 'IC0201: full', 2);
    expect(givesUpAt(world.run)).toBeUndefined();
  });
});
