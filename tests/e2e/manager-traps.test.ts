/**
 * Each execution of the manager during a backup and a restore is made to trap, once half way, or at its
 * last host call. Whatever traps, the target runs again and the schedule goes on.
 */
import type { ExecutionEvent, ExecutionResultEvent, Interceptor } from 'local-ic';
import { describe, expect, it } from 'vitest';
import { deploy, HOUR, SECOND, taken, type World } from './manager-world.ts';

const deployed = deploy(1);
deployed.register();
deployed.append('kept');
deployed.backup();

/** How long a target may be down after a trap, in IC time: the recovery is a timer that is due at once. */
const SOON = 5n * SECOND;

/** The same if the cleanup traps as well and nobody knows: the watchdog looks after six minutes without progress. */
const LATE = 7n * 60n * SECOND;

/** Executions whose effects stay, of the manager. */
const counts = ({ canisterId, kind }: ExecutionEvent) =>
  canisterId === deployed.names.manager && !['query', 'inspect_message'].includes(kind);

const SCENARIOS = {
  backup: (world: World) => world.pass(HOUR + 30n * SECOND),
  restore: (world: World) => {
    world.append('later');
    world.submit('restore', []);
    for (let round = 0; round < 12; round += 1) world.ic.tick();
  },
};

/** What the manager executes when nothing goes wrong. */
function rehearse(scenario: (world: World) => void): ExecutionResultEvent[] {
  const executions: ExecutionResultEvent[] = [];
  scenario(deployed.fork({ executed: (event) => void (counts(event) && executions.push(event)) }));
  return executions;
}

function trapIn(
  index: number,
  fault: { readonly instructionLimit?: bigint; readonly trapAtHostCall?: number },
): Interceptor {
  let seen = 0;
  return {
    execute: (event) => {
      if (!counts(event)) return undefined;
      seen += 1;
      return seen - 1 === index ? fault : undefined;
    },
  };
}

/** Traps in a callback, and in the cleanup after it. */
function trapTwiceIn(index: number): Interceptor {
  const once = trapIn(index, { trapAtHostCall: 1 }).execute!;
  let armed = false;
  return {
    execute: (event) => {
      if (armed && event.kind === 'cleanup') {
        armed = false;
        return { trapAtHostCall: 1 };
      }
      const fault = once(event);
      armed ||= fault !== undefined;
      return fault;
    },
  };
}

/**
 * The global timer and the reply of `timer_executor` are ic-cdk-timers' own. When they trap, it sets no timer any more
 * before the next upgrade; nothing in JavaScript can change that. The target is not left behind.
 */
const isTimerLibrary = ({ kind, method }: ExecutionEvent) =>
  kind === 'global_timer' || (kind === 'reply' && method.includes('timer_executor'));

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const executions = rehearse(scenario);
  const faults = executions.flatMap((event, index) => [
    { index, event, at: 'half of its instructions', fault: { instructionLimit: event.instructions / 2n } },
    { index, event, at: 'its last host call', fault: { trapAtHostCall: event.hostCalls } },
  ]);

  describe(`a trap during a ${name}`, () => {
    it.each(faults.map((f) => ({ ...f, title: `${f.event.kind} ${f.event.method}` })))(
      'in execution $index ($title), at $at',
      ({ index, event, fault }) => {
        const world = deployed.fork(trapIn(index, fault));
        scenario(world);
        world.pass(SOON);
        expect(world.status()).toBe('running');
        if (isTimerLibrary(event)) world.upgradeManager();
        world.pass(HOUR + 60n * SECOND);
        expect(world.status()).toBe('running');
        expect(taken(world.ask('status', [])).open_runs).toEqual([]);
        const after = world.runs().find((run) => run.asked_by === 'timer');
        expect(after?.outcome).toBe('succeeded');
        expect(after!.started_at).toBeGreaterThan(world.ic.time() - HOUR - 60n * SECOND);
        world.append('at last');
        expect(taken(world.ask('restore', [])).running).toBe(true);
        expect(world.dump()[0]).toBe('kept');
      },
    );
  });

  describe(`a trap during a ${name}, and another in the cleanup`, () => {
    const callbacks = executions.flatMap((event, index) =>
      event.kind === 'reply' && !isTimerLibrary(event) ? [{ index, method: event.method }] : [],
    );
    it.each(callbacks)('in execution $index ($method)', ({ index }) => {
      const world = deployed.fork(trapTwiceIn(index));
      scenario(world);
      world.pass(LATE);
      expect(world.status()).toBe('running');
      expect(taken(world.ask('status', [])).open_runs).toEqual([]);
      world.append('at last');
      expect(taken(world.ask('restore', [])).running).toBe(true);
      expect(world.dump()[0]).toBe('kept');
    });
  });
}
