/** Two managers with the same policy and the same due times at one target. */
import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, HOURLY, managerModule, SECOND, taken, World } from './manager-world.ts';

describe('two managers of one target', () => {
  it.each([
    ['an hour', { ...HOURLY, keep: 2 }, HOUR, 2n],
    ['a minute', { ...HOURLY, keep: 2, schedule: { every_seconds: 60n } }, 60n * SECOND, 4n],
  ] as const)(
    'get good snapshots both, within a few intervals of %s without jitter',
    (_, policy, interval, intervals) => {
      const world = deploy(1).fork();
      const second = world.create(managerModule());
      world.setControllers(world.chat, [DEVELOPER, world.names.manager, second]);
      const managers = [world, new World(world.ic, { manager: second, chats: world.names.chats })];
      const target = Principal.fromText(world.chat);
      // Registered in one round: the grids of both begin at the same moment.
      const registered = managers.map((manager) =>
        manager.submit('register', [{ canister: target, policy: [policy] }]),
      );
      for (const answered of registered) taken(answered());
      const grids = managers.map((manager) => taken(manager.ask('targets', [[]])).items[0]!.registered_at);
      expect(grids[0]).toBe(grids[1]);

      world.pass(intervals * interval + interval / 10n);
      const codes = managers.flatMap((manager) => manager.runs().flatMap(({ error }) => error.map(({ code }) => code)));
      // They met, or the test says nothing.
      expect(codes.length).toBeGreaterThan(0);
      for (const manager of managers) {
        const good = taken(manager.ask('snapshots', [[]])).items.filter((snapshot) => snapshot.good);
        expect(good.length).toBeGreaterThan(0);
        expect(good[0]!.taken_at).toBeGreaterThan(world.ic.time() - 3n * interval);
      }
      expect(world.status()).toBe('running');
      console.log(
        `met as ${[...new Set(codes)].join(', ')}: ${codes.length} of ${managers.flatMap((m) => m.runs()).length} runs`,
      );
    },
  );
});
