/** The steps of a restore up to a point, for the tests of what comes then. */
import type { RunOrder } from '../../src/index.ts';
import { entry, FUNDS, RUNNING, World } from './world.ts';

export const catalog = () => [entry(1), entry(2), entry(3, { good: false })];
export const listed = (world: World) => world.catalog.map(({ id, takenAt, size }) => ({ id, takenAt, size }));
export const SAFETY = { id: '0a0a', takenAt: 1000n, size: 100n };
export const LIMIT = 'IC0210: Canister is heap delta rate limited';
/** What stop, load and start make of version 7. */
export const LOADED = { status: 'running', moduleHash: 'bb', version: 11n };

export function restore(changes: Partial<RunOrder> = {}, entries = catalog()): World {
  const world = new World({ kind: 'restore', ...changes }, entries);
  world.ok('status', RUNNING);
  return world;
}

export function stopped(world: World): World {
  world.ok('list', listed(world));
  world.feed(FUNDS);
  world.ok('status', RUNNING);
  world.ok('stop');
  return world;
}

export function secured(world: World, safety = SAFETY): World {
  stopped(world).ok('take', safety);
  return world;
}

export function loaded(world: World, snapshot = '0002'): World {
  world.ok('load', null, snapshot);
  world.ok('start');
  world.ok('status', LOADED);
  return world;
}

export const safetyOf = (world: World) => world.catalog.find(({ id }) => id === '0a0a');
