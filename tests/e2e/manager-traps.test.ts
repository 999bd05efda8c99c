/**
 * Each execution of the manager during a backup and a restore is made to trap, once: at its first host call, in the
 * middle of its instructions, and at its last host call. Whatever traps, the target runs again and the schedule goes on.
 */
import type { ExecutionEvent, ExecutionResultEvent, Interceptor } from 'local-ic';
import { describe, expect, it } from 'vitest';
import { deploy, HOUR, SECOND, taken, type World } from './manager-world.ts';

const deployed = deploy(1);
deployed.register();
deployed.append('kept');
deployed.backup();

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

/**
 * The global timer and the reply of `timer_executor` are ic-cdk-timers' own. When they trap, it sets no timer any more
 * before the next upgrade; nothing in JavaScript can change that. The target is not left behind.
 */
const isTimerLibrary = ({ kind, method }: ExecutionEvent) =>
  kind === 'global_timer' || (kind === 'reply' && method.includes('timer_executor'));

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const executions = rehearse(scenario);
  const faults = executions.flatMap((event, index) => [
    { index, event, at: 'its first host call', fault: { trapAtHostCall: 1 } },
    { index, event, at: 'half of its instructions', fault: { instructionLimit: event.instructions / 2n } },
    { index, event, at: 'its last host call', fault: { trapAtHostCall: event.hostCalls } },
  ]);

  describe(`a trap during a ${name}`, () => {
    it.each(faults.map((f) => ({ ...f, title: `${f.event.kind} ${f.event.method}` })))(
      'in execution $index ($title), at $at',
      ({ index, event, fault }) => {
        const world = deployed.fork(trapIn(index, fault));
        scenario(world);
        world.pass(7n * 60n * SECOND);
        expect(world.status()).toBe('running');
        if (isTimerLibrary(event)) world.upgradeManager();
        world.pass(2n * HOUR);
        expect(world.status()).toBe('running');
        expect(taken(world.ask('status', [])).open_runs).toEqual([]);
        const after = world.runs().find((run) => run.asked_by === 'timer');
        expect(after?.outcome).toBe('succeeded');
        expect(after!.started_at).toBeGreaterThan(world.ic.time() - HOUR - 60n * SECOND);
        expect(taken(world.ask('restore', [])).running).toBe(true);
        expect(world.dump()[0]).toBe('kept');
      },
    );
  });
}
