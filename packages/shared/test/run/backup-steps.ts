/** The steps of a backup up to a point, for the tests of what comes then. */
import { FUNDS, RUNNING, type World } from './world.ts';

export const taken = { id: '00aa', takenAt: 50n, size: 200n };
export const listed = (world: World) => world.catalog.map(({ id, takenAt, size }) => ({ id, takenAt, size }));

export function toStopping(world: World): World {
  world.ok('status', RUNNING);
  world.ok('list', listed(world));
  world.feed(FUNDS);
  return world;
}

export function toTaking(world: World): World {
  toStopping(world);
  world.ok('status', RUNNING);
  world.ok('stop');
  return world;
}
