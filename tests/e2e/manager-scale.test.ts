import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, HOURLY, SECOND, taken, type World } from './manager-world.ts';

/** The smallest module there is. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const OTHERS = 12;

describe('the cost of a backup', () => {
  it('is the same beside many targets and behind a long history, in instructions of the manager', () => {
    let instructions = 0n;
    const deployed = deploy(1);
    const world = deployed.fork({
      executed: (event) => {
        if (event.canisterId === deployed.names.manager) instructions += event.instructions;
      },
    });
    // One snapshot stays, so that each backup finds the same.
    world.register(world.chat, { ...HOURLY, keep: 1 });
    const costOf = (act: () => void) => {
      instructions = 0n;
      act();
      return Number(instructions);
    };
    const backup = () => costOf(() => world.pass(HOUR));
    backup();
    backup();
    const alone = backup();

    for (let other = 0; other < OTHERS; other += 1) {
      const canister = world.create(EMPTY_MODULE);
      world.setControllers(canister, [DEVELOPER, world.names.manager]);
      // Due when the chat is not.
      world.register(canister, { ...HOURLY, schedule: { every_seconds: 86_400n * 300n } });
      taken(world.ask('backup', [Principal.fromText(canister)]));
    }
    for (const run of world.runs()) expect(run.outcome).toBe('succeeded');
    world.pass(HOUR + SECOND);
    const amongMany = backup();
    expect(amongMany / alone).toBeLessThan(1.05);
  });
});

describe('a query over every target', () => {
  const ofAll = ['status', 'health'] as const;

  it.each(ofAll)('%s costs little for each, so that a thousand fit into one', (method) => {
    const deployed = deploy(1);
    let last = 0n;
    const world = deployed.fork({
      executed: ({ instructions }) => {
        last = instructions;
      },
    });
    const ask = (w: World) => {
      if (method === 'status') w.ask('status', []);
      else w.ask('health', [[{ canister: [], after: [], limit: [1] }]]);
      return Number(last);
    };
    world.register();
    const one = ask(world);
    for (let other = 0; other < OTHERS; other += 1) {
      const canister = world.create(EMPTY_MODULE);
      world.setControllers(canister, [DEVELOPER, world.names.manager]);
      world.register(canister);
      if (other < 4) taken(world.ask('backup', [Principal.fromText(canister)]));
    }
    const each = (ask(world) - one) / OTHERS;
    world.upgradeManager();
    const eachAfterUpgrade = (ask(world) - one) / OTHERS;
    // The limit of a query is 5 G instructions (replica, `MAX_INSTRUCTIONS_PER_QUERY_MESSAGE`).
    for (const cost of [each, eachAfterUpgrade]) expect(one + 1000 * cost).toBeLessThan(5e9 / 2);
  });
});
