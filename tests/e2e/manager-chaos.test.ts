/**
 * Several faults at once, chosen by a seed: traps, refusals, delays, and people who stop, start and upgrade the manager.
 * When they are over, the target runs, nothing that was good or foreign is lost, and the schedule goes on. What fails
 * prints its seed and the smallest set of faults that still shows it.
 */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import type { ExecutionEvent, Interceptor, ManagementEvent } from 'local-ic';
import { expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, MANAGEMENT, SECOND, taken, type World } from './manager-world.ts';

const RUNS = 40;
const ROUNDS = 60;

const deployed = deploy(1);
deployed.register(deployed.chat, { schedule: { every_seconds: 3600n }, keep: 2, mode: { stop: null } });
deployed.append('kept');
deployed.backup();
deployed.backup();
deployed.about('take_canister_snapshot', deployed.chat);
const foreign = deployed.snapshots().at(-1)!;

const trap = fc.record({ kind: fc.constant('trap' as const), nth: fc.nat(30), at: fc.integer({ min: 1, max: 12 }) });
const refusal = fc.record({ kind: fc.constant('refusal' as const), nth: fc.nat(20) });
const delay = fc.record({
  kind: fc.constant('delay' as const),
  nth: fc.nat(40),
  rounds: fc.integer({ min: 1, max: 8 }),
});
const people = fc.record({
  kind: fc.constant('people' as const),
  round: fc.nat(ROUNDS - 1),
  what: fc.constantFrom('upgrade', 'stop_manager', 'start_manager', 'start_target', 'backup', 'restore'),
});
const faults = fc.array(fc.oneof(trap, refusal, delay, people), { minLength: 1, maxLength: 6 });
type Fault = typeof faults extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

const ours = ({ canisterId, kind, method }: ExecutionEvent) =>
  canisterId === deployed.names.manager &&
  !['query', 'inspect_message', 'global_timer'].includes(kind) &&
  !(kind === 'reply' && method.includes('timer_executor'));

/** Faults that strike the n-th time something happens, and are over after that. */
function interceptor(list: readonly Fault[], active: () => boolean): Interceptor {
  const seen = { trap: 0, refusal: 0, delay: 0 };
  const next = <Kind extends keyof typeof seen>(kind: Kind) => {
    const nth = seen[kind];
    seen[kind] += 1;
    return list.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind && fault.nth === nth);
  };
  const held = new Map<string, number>();
  return {
    execute: (event) => {
      if (!active() || !ours(event)) return undefined;
      const fault = next('trap');
      return fault === undefined ? undefined : { trapAtHostCall: fault.at };
    },
    management: ({ sender }: ManagementEvent) => {
      if (!active() || sender !== deployed.names.manager || next('refusal') === undefined) return undefined;
      return { reject: { rejectCode: 2, errorCode: 'IC0201', message: 'IC0201: Maximum queue capacity 500 reached' } };
    },
    deliver: (event) => {
      if (event.caller !== deployed.names.manager) return undefined;
      const key = `${event.kind} ${event.callee} ${event.method}`;
      if (event.delayed > 0) return event.delayed < (held.get(key) ?? 0) ? { delay: true } : undefined;
      const fault = active() ? next('delay') : undefined;
      held.set(key, fault?.rounds ?? 0);
      return fault === undefined ? undefined : { delay: true };
    },
  };
}

function act(world: World, what: Extract<Fault, { kind: 'people' }>['what']): void {
  if (what === 'backup') world.send('backup', [Principal.fromText(world.chat)]);
  else if (what === 'restore') world.send('restore', []);
  else if (what === 'upgrade') world.sendUpgrade();
  else if (what === 'start_target') sendAbout(world, 'start_canister', world.chat);
  else sendAbout(world, what === 'stop_manager' ? 'stop_canister' : 'start_canister', world.names.manager);
}

/** Sends and does not wait: the answer may be long in coming, or a refusal. */
function sendAbout(world: World, method: string, canister: World['chat']): void {
  const canister_id = Principal.fromText(canister);
  const payload = new Uint8Array(IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id }]));
  world.ic.submit({ sender: DEVELOPER, canisterId: MANAGEMENT, method, payload, effectiveCanisterId: canister });
}

it('survives what a seed makes of it', () => {
  fc.assert(
    fc.property(faults, (list) => {
      let active = true;
      const world = deployed.fork(interceptor(list, () => active));
      world.ic.setTime(world.ic.time() + HOUR + SECOND);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const fault of list) if (fault.kind === 'people' && fault.round === round) act(world, fault.what);
        world.ic.tick();
      }
      active = false;
      // The stop of the manager may still be waiting for its runs.
      world.about('start_canister', world.names.manager);
      world.pass(15n * 60n * SECOND);

      expect(world.status()).toBe('running');
      expect(taken(world.ask('status', [])).open_runs).toEqual([]);
      expect(world.snapshots()).toContain(foreign);
      expect(world.snapshots().length).toBeLessThanOrEqual(10);
      world.pass(HOUR + 60n * SECOND);
      const [newest] = world.runs().filter((run) => run.asked_by === 'timer');
      expect(newest).toMatchObject({ outcome: 'succeeded', started_again: true });
      const good = taken(world.ask('snapshots', [[]])).items.filter((snapshot) => snapshot.good);
      expect(good.length).toBeGreaterThanOrEqual(1);
      for (const { snapshot_id } of good) expect(world.snapshots()).toContain(Buffer.from(snapshot_id).toString('hex'));
      expect(taken(world.ask('restore', [])).running).toBe(true);
      expect(world.dump()[0]).toBe('kept');
    }),
    { numRuns: RUNS, seed: Number(process.env.SEED ?? 1) },
  );
});
