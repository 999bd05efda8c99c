import { describe, expect, it } from 'vitest';
import { goodSnapshots } from '../../src/index.ts';
import { catalog, LIMIT, listed, loaded, restore, secured } from './restore-steps.ts';
import { entry, FUNDS, names, RUNNING, World } from './world.ts';

const INVALID = "IC0505: Error from Canister: Canister's Wasm module is not valid: unexpected end-of-file";
const doubtOf = (world: World, id: string) => world.catalog.find((one) => one.id === id)?.doubt;

function failed(message: string, entries = catalog(), code = 5): World {
  const world = secured(restore({}, entries));
  world.reject('load', message, code);
  world.ok('start');
  world.ok('status', RUNNING);
  return world;
}

describe('a load that is refused for what is in the snapshot', () => {
  it.each([
    INVALID,
    'IC0408: Wasm exported globals of canister module and snapshot metadata do not match.',
    'IC0521: the engine',
    'IC0537: no module',
  ])('leaves it in doubt, and says which one is next: %s', (message) => {
    const world = failed(message);
    expect(world.run).toMatchObject({ outcome: 'failed', state: 'before', error: { code: 'load_invalid' } });
    expect(world.run.error?.message).toContain('takes 0001 next');
    expect(doubtOf(world, '0002')).toMatchObject({ kind: 'load_failed', otherwiseGood: true });
    expect(goodSnapshots(world.catalog).map(({ id }) => id)).toEqual(['0001']);
    const next = restore({}, world.catalog);
    next.ok('list', listed(next));
    expect(next.run.snapshot).toBe('0001');
  });

  it.each([
    'IC0305: Could not find the snapshot ID',
    'IC0207: Canister snapshotting failed with: `out of cycles`',
    'IC0532: Canister cannot grow memory',
    'IC0101: Canister requested 1 GiB of memory',
    'IC0406: The canister is currently executing a long-running message.',
    'IC0512: Only the controllers of the canister can control it.',
    'IC0301: Canister not found.',
  ])('is not what says nothing of the snapshot: %s', (message) => {
    expect(doubtOf(failed(message), '0002')).toBeUndefined();
  });

  it('is not a rate limit, which passes', () => {
    const world = secured(restore());
    world.reject('load', LIMIT, 2);
    expect(doubtOf(world, '0002')).toBeUndefined();
  });

  it('keeps what a person said of it, with one more reason, and says that there is no other', () => {
    const doubt = { kind: 'marked', reasons: [], otherwiseGood: true } as const;
    const world = secured(restore({ wanted: '0002' }, [entry(2, { good: false, doubt })]));
    world.reject('load', INVALID);
    expect(doubtOf(world, '0002')).toMatchObject({ kind: 'marked', reasons: [{ code: 'load_invalid' }] });
    expect(world.run.error?.message).toContain('there is no other good one');
  });

  it('leaves it in doubt also if it was forced, and the state before comes back', () => {
    const world = new World({ kind: 'restore', purpose: 'forced' }, catalog());
    world.ok('status', RUNNING);
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('take', { id: '0a0a', takenAt: 1000n, size: 1n });
    expect(names(world.reject('load', INVALID))).toContain('load');
    expect(doubtOf(world, '0002')?.kind).toBe('load_failed');
  });

  it('ends with a load that succeeds', () => {
    const doubt = { kind: 'load_failed', reasons: [], otherwiseGood: true } as const;
    const world = secured(restore({ wanted: '0002' }, [entry(2, { good: false, doubt })]));
    world.info = { history: [{ at: 2000n, by: world.run.manager, what: 'load_canister_snapshot', loaded: '0002' }] };
    loaded(world);
    expect(world.catalog.find(({ id }) => id === '0002')).toMatchObject({ good: true, doubt: undefined });
  });
});
