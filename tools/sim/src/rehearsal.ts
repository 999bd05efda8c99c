/** A scenario without faults: where its boundaries are. */
import { roundsDown } from './checkers/undisturbed.ts';
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
  /** For which a run has the chat down at most. */
  readonly roundsDown: number;
}

/** One that takes place when it is first asked for something. */
export function rehearsalOf(scenario: ScenarioName, world: () => World): Rehearsal {
  let done: Rehearsal | undefined;
  const rehearsal = () => {
    done ??= rehearse(world(), scenario);
    return done;
  };
  return {
    scenario,
    get executions() {
      return rehearsal().executions;
    },
    get managementCalls() {
      return rehearsal().managementCalls;
    },
    get messages() {
      return rehearsal().messages;
    },
    get rounds() {
      return rehearsal().rounds;
    },
    get roundsDown() {
      return rehearsal().roundsDown;
    },
  };
}

function rehearse(prepared: World, scenario: ScenarioName): Rehearsal {
  const world = prepared.fork([]);
  const begin = world.observer.here();
  const round = world.ic.round();
  const rounds = strike(world, { scenario, faults: [] });
  const { executions, effects } = world.observer;
  return {
    scenario,
    executions: executions.filter(({ at }) => at > begin),
    managementCalls: effects
      .filter(({ at, sender }) => at > begin && sender === world.names.manager)
      .map(({ method }) => method),
    messages: world.boundaries.counters.messages,
    // A call that is never answered keeps the faults going, and nothing of the manager happens any more.
    rounds: Math.min(rounds, (executions.at(-1)?.round ?? round) - round + QUIET_ROUNDS),
    roundsDown: roundsDown(
      effects.filter(({ at }) => at > begin),
      { target: world.names.chat, manager: world.names.manager },
    ),
  };
}
