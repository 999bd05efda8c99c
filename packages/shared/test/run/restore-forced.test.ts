import { describe, expect, it } from 'vitest';
import { START_RETRY_NANOS } from '../../src/index.ts';
import { catalog, listed, restore, SAFETY, safetyOf } from './restore-steps.ts';
import { entry, FUNDS, names, RUNNING, World } from './world.ts';

describe('a forced restore', () => {
  const forced = () => {
    const world = restore({ purpose: 'forced' });
    world.ok('list', listed(world));
    return world;
  };
  const taken = () => {
    const world = forced();
    world.feed(FUNDS);
    world.ok('take', SAFETY);
    return world;
  };

  it('takes the code away with the safety snapshot, and loads; it neither stops nor starts', () => {
    const world = forced();
    expect(world.feed(FUNDS)).toEqual([{ do: 'call', call: { name: 'take', uninstall: true } }]);
    expect(names(world.ok('take', SAFETY))).toEqual(['record', 'load']);
    world.ok('load', null, '0002');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({ outcome: 'succeeded', state: 'snapshot', roundsDown: 4 });
    expect(world.calls()).not.toContain('stop');
  });

  it('also goes for a target that is stopping', () => {
    const world = new World({ kind: 'restore', purpose: 'forced' }, catalog());
    world.ok('status', { ...RUNNING, status: 'stopping' });
    world.ok('list', listed(world));
    expect(names(world.feed(FUNDS))).toEqual(['take']);
  });

  it('loads the safety snapshot back if the load fails, for as long as that takes', () => {
    const world = taken();
    expect(world.reject('load', 'IC0406: hash differs')).toEqual([
      { do: 'call', call: { name: 'load', snapshot: '0a0a' } },
    ]);
    expect(world.reject('load', 'IC0101: subnet full', 1)).toEqual([]);
    expect(world.run.phase).toBe('loading');
    world.now += START_RETRY_NANOS;
    expect(world.feed({ kind: 'tick' })).toEqual([{ do: 'call', call: { name: 'load', snapshot: '0a0a' } }]);
    world.ok('load', null, '0a0a');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({ outcome: 'failed', state: 'before', error: { code: 'load_failed' } });
  });

  it('says once that the target is empty while it is not ours, and loads the state before when it is again', () => {
    const world = taken();
    const refusal = 'IC0512: Only the controllers of the canister x can control it.';
    expect(names(world.reject('load', refusal))).toEqual(['load']);
    for (let i = 0; i < 3; i += 1) {
      expect(world.reject('load', refusal)).toEqual([]);
      expect(world.run).toMatchObject({ phase: 'loading', warnings: [{ code: 'left_empty' }] });
      world.now += START_RETRY_NANOS;
      expect(world.feed({ kind: 'tick' })).toEqual([{ do: 'call', call: { name: 'load', snapshot: '0a0a' } }]);
    }
    world.ok('load', null, '0a0a');
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', state: 'before' });
  });

  it('owes nothing if the state before is gone as well, and says so', () => {
    const world = taken();
    world.reject('load', 'IC0305: Could not find the snapshot ID', 3);
    world.reject('load', 'IC0305: Could not find the snapshot ID', 3);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'snapshot_not_found' } });
    expect(world.run.warnings).toMatchObject([{ code: 'nothing_to_load' }]);
    expect(world.run.state).toBeUndefined();
  });

  it('owes nothing to a target that is gone', () => {
    const world = taken();
    world.reject('load', 'IC0406: hash differs');
    world.reject('load', 'IC0301: Canister not found.', 3);
    expect(world.run).toMatchObject({ phase: 'closed', warnings: [{ code: 'left_empty' }] });
    expect(world.run.state).toBeUndefined();
    expect(safetyOf(world)?.safetyUntil).toBeGreaterThan(world.now);
  });

  it('finds the safety snapshot whose answer was lost in the list', () => {
    const world = forced();
    world.feed(FUNDS);
    expect(names(world.answer({ name: 'take', uninstall: true }, { lost: 'trapped' }))).toEqual(['list', 'status']);
    world.ok('list', [...listed(world), SAFETY]);
    expect(names(world.ok('status', { status: 'running', version: 8n }))).toEqual(['load']);
    expect(safetyOf(world)).toBeDefined();
  });

  it('asks on while the target is not ours, says so once, and ends when it is gone', () => {
    const world = forced();
    world.feed(FUNDS);
    world.answer({ name: 'take', uninstall: true }, { lost: 'trapped' });
    for (let i = 0; i < 3; i += 1) {
      world.reject('list', 'IC0512: Only the controllers of the canister x can control it.');
      world.reject('status', 'IC0512: Only the controllers of the canister x can control it.');
      expect(world.run.phase).toBe('recovering');
      world.now += START_RETRY_NANOS;
      expect(names(world.feed({ kind: 'tick' }))).toEqual(['list', 'status']);
    }
    expect(world.run.warnings.map(({ code }) => code)).toEqual(['not_controller']);
    world.reject('list', 'IC0301: Canister not found.', 3);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed' });
    expect(world.run.state).toBeUndefined();
  });

  it('ends if the target kept its code', () => {
    const world = forced();
    world.feed(FUNDS);
    world.answer({ name: 'take', uninstall: true }, { lost: 'trapped' });
    world.ok('list', listed(world));
    world.ok('status', RUNNING);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', state: 'before' });
  });

  it.each([
    [7n, 'settles its own safety snapshot if that is of what an earlier restore left'],
    [6n, 'leaves two ways back if the target changed since an earlier restore'],
  ])('after version %d: %s', (version) => {
    const earlier = entry(4, { good: false, safetyUntil: 9999n });
    const world = new World({ kind: 'restore', purpose: 'forced' }, [...catalog(), earlier]);
    world.restored = { snapshot: '0001', version };
    world.ok('status', RUNNING);
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('take', SAFETY);
    world.ok('load', null, '0002');
    world.ok('status', RUNNING);
    expect(safetyOf(world)?.safetyUntil === world.now).toBe(version === 7n);
    expect(world.catalog).toContainEqual(earlier);
  });
});
