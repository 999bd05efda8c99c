/** A scenario without faults: where its boundaries are. */
import type { Execution } from './history.ts';
import type { ScenarioName } from './scenarios.ts';
import { QUIET_ROUNDS, strike } from './simulate.ts';
import type { World } from './world.ts';

export interface Rehearsal {
  readonly scenario: ScenarioName;
  /** Executions of the manager. */
  readonly executions: readonly Execution[];
  /** Methods of the manager's management calls, as they arrived. */
  readonly managementCalls: readonly string[];
  /** Messages from and to the manager. */
  readonly messages: number;
  /** Until nothing is done any more. */
  readonly rounds: number;
}

export function rehearse(prepared: World, scenario: ScenarioName): Rehearsal {
  const world = prepared.fork([]);
  const begin = world.observer.here();
  const round = world.ic.round();
  strike(world, { scenario, faults: [] });
  const { executions, effects } = world.observer;
  const last = executions.at(-1)?.round ?? round;
  return {
    scenario,
    executions: executions.filter(({ at }) => at > begin),
    managementCalls: effects
      .filter(({ at, sender }) => at > begin && sender === world.names.manager)
      .map(({ method }) => method),
    messages: world.boundaries.counters.messages,
    rounds: Math.min(world.ic.round(), last + QUIET_ROUNDS) - round,
  };
}
