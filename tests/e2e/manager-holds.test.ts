import type { CandidPolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { Interceptor } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  HOURLY,
  refused,
  SECOND,
  taken,
  type World,
} from './manager-world.ts';

const MINUTE = 60n * SECOND;
const DAY = 24n * HOUR;

let deployed: World;
let hanging: Uint8Array;
beforeAll(async () => {
  deployed = deploy(2);
  hanging = await hangingCanister();
});

const chatOf = (world: World) => Principal.fromText(world.chat);

function world(policy: Partial<CandidPolicy> = {}, faults: Interceptor = {}): World {
  const fork = deployed.fork(faults);
  fork.register(fork.chat, { ...HOURLY, ...policy });
  return fork;
}

/** Runs by the timer, oldest first. */
function scheduled(world: World) {
  return world
    .runs()
    .filter((run) => run.asked_by === 'timer')
    .reverse();
}

describe('a hold', () => {
  it('waits for the run in flight, then keeps the timer and everybody away until it is over', () => {
    const w = world();
    w.send('backup', [chatOf(w)]);
    for (let round = 0; round < 20 && w.status() === 'running'; round += 1) w.ic.tick();
    expect(w.status()).not.toBe('running');
    const held = taken(w.ask('hold', [{ canister: chatOf(w), minutes: 90 }]));
    expect(w.status()).toBe('running');
    expect(held.held[0]).toMatchObject({ by: DEVELOPER });
    expect(held.open_run).toEqual([]);
    expect(w.snapshots().length).toBe(1);

    w.upgradeManager();
    w.pass(80n * MINUTE);
    expect(scheduled(w)).toEqual([]);
    for (const error of [refused(w.ask('backup', [chatOf(w)])), refused(w.ask('restore', []))]) {
      expect(error.code).toBe('target_held');
      expect(error.message).toContain('hold with 0 minutes');
    }
    w.pass(12n * MINUTE);
    expect(scheduled(w).length).toBe(1);
  });

  it('is ended by one of no minutes, and what was due meanwhile happens once', () => {
    const w = world();
    taken(w.ask('hold', [{ canister: chatOf(w), minutes: 1440 }]));
    w.pass(5n * HOUR);
    expect(scheduled(w)).toEqual([]);
    expect(taken(w.ask('hold', [{ canister: chatOf(w), minutes: 0 }])).held).toEqual([]);
    w.pass(MINUTE);
    expect(scheduled(w).length).toBe(1);
  });

  it('of longer than a day is refused', () => {
    const w = world();
    expect(refused(w.ask('hold', [{ canister: chatOf(w), minutes: 1441 }])).code).toBe('invalid_argument');
    expect(taken(w.ask('targets', [[]])).items[0]!.held).toEqual([]);
  });
});

describe('a downtime budget', () => {
  it('starts a target again that does not stop in time, says why, and waits longer every time', () => {
    let held = true;
    let canister = deployed.chat;
    const w = deployed.fork({
      deliver: holdAnswer(
        () => canister,
        () => held,
      ),
    });
    canister = w.create(hanging);
    w.setControllers(canister, [DEVELOPER, w.names.manager]);
    w.register(canister, { ...HOURLY, max_downtime_seconds: [20] });
    w.ic.submit({ sender: DEVELOPER, canisterId: canister, method: 'hang', payload: EMPTY_ARGUMENTS });
    const down = { now: 0, most: 0 };
    const pass = (nanos: bigint) => {
      const end = w.ic.time() + nanos;
      const hasStopped = () => w.status(canister) !== 'running';
      while (w.ic.time() < end) {
        w.ic.setTime(w.ic.time() + (hasStopped() || quick > 0 ? SECOND : MINUTE));
        quick = hasStopped() ? 5 : quick - 1;
        w.ic.tick();
        down.now = hasStopped() ? down.now + 1 : 0;
        down.most = Math.max(down.most, down.now);
      }
    };
    let quick = 0;
    pass(12n * HOUR);
    const runs = scheduled(w);
    expect(new Set(runs.map(({ error }) => error[0]?.code))).toEqual(new Set(['downtime_exceeded']));
    // An hour apart by its policy; after a failure one, two, four hours more.
    const waits = runs.slice(1).map(({ started_at }, i) => Number((started_at - runs[i]!.ended_at[0]!) / HOUR));
    expect(waits).toEqual([1, 2, 4]);
    expect(down.most).toBeLessThan(30);
    expect(w.status(canister)).toBe('running');

    held = false;
    pass(DAY);
    expect(scheduled(w).at(-1)).toMatchObject({ outcome: 'succeeded' });
    const after = scheduled(w).filter(({ outcome }) => outcome === 'succeeded').length;
    expect(after).toBeGreaterThan(10);
  });
});

describe('a refusal', () => {
  const rateLimited = (): { faults: Interceptor; times: { left: number } } => {
    const times = { left: 0 };
    const reject = {
      rejectCode: 2,
      message: 'IC0210: Canister is heap delta rate limited',
      errorCode: 'IC0210',
    } as const;
    return {
      times,
      faults: {
        management: ({ method }) => {
          if (method !== 'take_canister_snapshot' || times.left <= 0) return undefined;
          times.left -= 1;
          return { reject };
        },
      },
    };
  };

  it('that passes by itself is retried soon, and later each time', () => {
    const { faults, times } = rateLimited();
    const w = world({}, faults);
    times.left = 3;
    w.pass(HOUR + 20n * MINUTE);
    const runs = scheduled(w);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'succeeded']);
    const waits = runs.slice(1).map(({ started_at }, i) => Number((started_at - runs[i]!.ended_at[0]!) / MINUTE));
    expect(waits).toEqual([1, 2, 4]);
    w.pass(HOUR);
    expect(scheduled(w).length).toBe(5);
    expect(w.status()).toBe('running');
  });

  it('that only somebody can change waits for the next due time', () => {
    const w = world();
    w.setControllers(w.chat, [DEVELOPER]);
    w.pass(3n * HOUR + MINUTE);
    expect(scheduled(w).map(({ error }) => error[0]?.code)).toEqual(new Array(3).fill('not_controller'));
  });
});

describe('cycles of the target', () => {
  it('below its margin keep it from a backup, and the refusal says how much to top up', () => {
    const w = world({ margin: [{ days: 365, cycles: 5_000_000_000_000n }] });
    const poor = 5_000_000_000_000n;
    w.ic.addCycles(w.chat, poor - w.ic.cycles(w.chat));
    const { version } = w.ic.canister(w.chat)!;
    const { code, context, message } = refused(w.ask('backup', [chatOf(w)]));
    expect(code).toBe('short_runway');
    expect(w.ic.canister(w.chat)!.version).toBe(version);
    const topUp = BigInt(Object.fromEntries(context).top_up!);
    expect(message).toContain(String(topUp));
    w.ic.addCycles(w.chat, topUp);
    w.backup();
    expect(w.ic.cycles(w.chat)).toBeGreaterThan(poor);
  });

  it('have the default margin of a trillion and thirty days without one in the policy', () => {
    const w = world();
    w.ic.addCycles(w.chat, 1_000_000_000_000n - w.ic.cycles(w.chat));
    const required = Object.fromEntries(refused(w.ask('backup', [chatOf(w)])).context).required!;
    expect(BigInt(required)).toBeGreaterThan(1_000_000_000_000n);
  });
});
