/**
 * A restore that meets a fault ends in exactly the snapshot's state or exactly the state before it, and says which.
 * Every execution of the manager is made to trap, every answer of the IC to be a refusal, and the manager to be upgraded
 * in every round; what the run says is compared with what the chat tells.
 */
import { Principal } from '@dfinity/principal';
import type { ExecutionEvent, Interceptor, ManagementEvent } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, refused, SECOND, taken, type World } from './manager-world.ts';

let deployed: World;
beforeAll(() => {
  deployed = deploy(1);
  deployed.register();
  deployed.append('kept');
  deployed.backup();
  deployed.append('later');
});

const MINUTE = 60n * SECOND;
const STATES = { snapshot: ['kept'], before: ['kept', 'later'] };
const LIMIT = 'IC0210: Canister is heap delta rate limited';

const chat = (world: World) => Principal.fromText(world.chat);
const calls = (world: World, method: string) =>
  world.managementCalls.filter((call) => call.sender === world.names.manager && call.method === method).length;

/** The state that the newest restore says the chat is in is the one it is in, and an undo is there if it is needed. */
function expectHonest(world: World): string {
  const [run] = world.runs().filter(({ kind }) => kind === 'restore');
  expect(run).toMatchObject({ phase: 'closed' });
  expect(world.status()).toBe('running');
  const state = run!.state_after[0] as 'snapshot' | 'before';
  expect(world.dump()).toEqual(STATES[state]);
  expect(run!.outcome === 'succeeded').toBe(state === 'snapshot');
  const undo = world.ask('undo_restore', [chat(world)]);
  if (state === 'snapshot') expect(taken(undo).running).toBe(true);
  else expect(refused(undo).code).toBe('nothing_to_undo');
  expect(world.dump()).toEqual(STATES.before);
  expect(world.snapshots().length).toBeLessThanOrEqual(10);
  return state;
}

function refusing(method: string, message: string, from: number, times: number) {
  let seen = 0;
  return ({ sender, method: asked }: ManagementEvent) => {
    if (sender !== deployed.names.manager || asked !== method) return undefined;
    seen += 1;
    if (seen < from || seen >= from + times) return undefined;
    const errorCode = (/^IC\d{4}/.exec(message)?.[0] ?? 'IC0201') as 'IC0201';
    return { reject: { rejectCode: 2, errorCode, message } } as const;
  };
}

describe('a refusal', () => {
  it.each([
    ['take_canister_snapshot', 'IC0207: out of cycles', 'safety_failed'],
    ['take_canister_snapshot', 'IC0406: Canister has reached the maximum number of snapshots', 'safety_failed'],
    ['load_canister_snapshot', 'IC0207: out of cycles', 'target_out_of_cycles'],
    ['load_canister_snapshot', 'IC0406: hash', 'load_failed'],
    ['stop_canister', 'IC0201: Maximum queue capacity 500 reached', 'stop_failed'],
  ])('of %s with %s leaves the state before', (method, message, code) => {
    const world = deployed.fork({ management: refusing(method, message, 1, 1) });
    expect(refused(world.ask('restore', [])).code).toBe(code);
    expect(expectHonest(world)).toBe('before');
  });

  it('of the safety snapshot loads nothing, and the call that it names does', () => {
    const world = deployed.fork({ management: refusing('take_canister_snapshot', 'IC0207: out of cycles', 1, 1) });
    const { message } = refused(world.ask('restore', []));
    expect(calls(world, 'load_canister_snapshot')).toBe(0);
    const blob = /snapshot_id = blob "([^"]*)"/.exec(message)![1]!;
    const snapshot_id = Uint8Array.from(Buffer.from(blob.replaceAll('\\', ''), 'hex'));
    expect(message).toContain(`restore_without_safety (record { canister = principal "${world.chat}"`);
    taken(world.ask('restore_without_safety', [{ canister: chat(world), snapshot_id }]));
    expect(world.dump()).toEqual(STATES.snapshot);
  });
});

describe('a rate limit', () => {
  it.each([
    ['take_canister_snapshot', 1, 6, 6],
    ['load_canister_snapshot', 1, 2, 8],
    ['load_canister_snapshot', 2, 3, 4],
  ])('of %s from call %d on, %d times, is waited for', (method, from, times, rounds) => {
    const world = deployed.fork({ management: refusing(method, LIMIT, from, times) });
    const report = taken(world.ask('restore', []));
    expect(report.running).toBe(true);
    if (from === 1) expect(report.downtime[0]!.rounds).toBeGreaterThanOrEqual(rounds);
    expect(expectHonest(world)).toBe('snapshot');
  });

  it('of a load that went out with the start: a second, newer safety snapshot, and the start waits', () => {
    const world = deployed.fork({ management: refusing('load_canister_snapshot', LIMIT, 1, 3) });
    taken(world.ask('restore', []));
    expect(calls(world, 'take_canister_snapshot')).toBe(2);
    expect(calls(world, 'load_canister_snapshot')).toBe(4);
    expect(calls(world, 'start_canister')).toBe(2);
    expect(world.snapshots().length).toBe(2);
    expect(expectHonest(world)).toBe('snapshot');
  });

  it('that does not pass ends the restore when its ten minutes are over', () => {
    const management = refusing('load_canister_snapshot', LIMIT, 1, Number.POSITIVE_INFINITY);
    const world = deployed.fork({ management });
    world.send('restore', []);
    const from = world.ic.time();
    for (let i = 0; i < 80; i += 1) {
      world.ic.tick();
      world.ic.setTime(world.ic.time() + 10n * SECOND);
    }
    const [run] = world.runs();
    expect(run).toMatchObject({ outcome: 'failed', error: [{ code: 'restore_downtime' }], state_after: ['before'] });
    expect(run!.downtime[0]!.nanos).toBeLessThan(12n * MINUTE);
    expect(run!.downtime[0]!.rounds).toBeGreaterThan(40);
    expect(run!.ended_at[0]! - from).toBeLessThan(12n * MINUTE);
    expect(world.dump()).toEqual(STATES.before);
    expect(world.status()).toBe('running');
  });
});

const counts = ({ canisterId, kind }: ExecutionEvent) =>
  canisterId === deployed.names.manager && !['query', 'inspect_message'].includes(kind);

/** Makes one execution of the manager trap at its n-th host call, or run out of instructions. */
function trapIn(index: number, fault: { instructionLimit?: bigint; trapAtHostCall?: number }): Interceptor {
  let seen = -1;
  return {
    execute: (event) => {
      if (!counts(event)) return undefined;
      seen += 1;
      return seen === index ? fault : undefined;
    },
  };
}

/** The manager's timers sleep if these trap; nothing in JavaScript can change that, and an upgrade wakes them. */
const isTimerLibrary = ({ kind, method }: ExecutionEvent) =>
  kind === 'global_timer' || (kind === 'reply' && method.includes('timer_executor'));

describe('a trap', () => {
  it('in any execution of the manager: the run says in which state the chat is', () => {
    const executions: (ExecutionEvent & { hostCalls: number; instructions: bigint })[] = [];
    const rehearsed = deployed.fork({ executed: (event) => void (counts(event) && executions.push(event)) });
    taken(rehearsed.ask('restore', []));
    const states: string[] = [];
    executions.forEach((event, index) => {
      for (const fault of [{ trapAtHostCall: event.hostCalls }, { instructionLimit: event.instructions / 2n }]) {
        const world = deployed.fork(trapIn(index, fault));
        world.submit('restore', []);
        for (let i = 0; i < 20; i += 1) world.ic.tick();
        if (isTimerLibrary(event)) world.upgradeManager();
        world.pass(7n * MINUTE);
        if (world.runs().some(({ kind }) => kind === 'restore')) states.push(expectHonest(world));
      }
    });
    expect(states).toContain('snapshot');
    expect(states).toContain('before');
  });
});

describe('an upgrade of the manager with skip_pre_upgrade', () => {
  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11])(
    '%d rounds into a restore: the run says in which state the chat is',
    (rounds) => {
      const world = deployed.fork();
      world.submit('restore', []);
      for (let i = 0; i < rounds; i += 1) world.ic.tick();
      world.upgradeManager({ skipPreUpgrade: true });
      world.pass(30n * SECOND);
      expectHonest(world);
    },
  );
});

describe('history that cannot be read', () => {
  it('leaves the safety snapshot where it is, and the run says that it does not know', () => {
    const world = deployed.fork({ management: refusing('canister_info', 'IC0201: busy', 1, 99) });
    world.submit('restore', []);
    while (calls(world, 'load_canister_snapshot') === 0) world.ic.tick();
    world.upgradeManager({ skipPreUpgrade: true });
    world.pass(30n * SECOND);
    const [run] = world.runs();
    expect(run).toMatchObject({ outcome: 'interrupted', state_after: [], error: [{ code: 'load_unknown' }] });
    expect(world.status()).toBe('running');
    expect(taken(world.ask('undo_restore', [chat(world)])).running).toBe(true);
    expect(world.dump()).toEqual(STATES.before);
  });
});
