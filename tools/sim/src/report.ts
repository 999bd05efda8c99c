/** What a person reads of a campaign, and of one case in detail. */

import { describeFault, type Fault } from './faults.ts';
import { carriedOut, type Effect } from './history.ts';
import type { Failure } from './outcomes.ts';
import type { Case, Verdict } from './simulate.ts';
import type { World } from './world.ts';

export function describeFailure(failure: Failure): string {
  const { number, kind, invariant, message, shortest } = failure;
  return [
    `${number}: ${kind}: ${invariant}: ${message}`,
    `  in ${shortest.scenario}, with ${shortest.faults.length === 0 ? 'no fault at all' : 'these faults'}:`,
    ...shortest.faults.map((fault) => `  - ${describeFault(fault)}`),
    `  replay: pnpm sim --case '${encodeCase(shortest)}'`,
  ].join('\n');
}

/** A case as one line of JSON. */
export function encodeCase(one: Case): string {
  return JSON.stringify(one);
}

export function decodeCase(text: string): Case {
  const { scenario, faults } = JSON.parse(text) as Partial<Case>;
  if (scenario === undefined || !Array.isArray(faults)) throw new Error('a case has a scenario and a list of faults');
  return { scenario, faults: faults as Fault[] };
}

/** Every management call of a case, round by round. */
export function trace(world: World, verdict: Verdict): string {
  const { effects, executions } = world.observer;
  const first = effects[0]?.round ?? 0;
  const lines = [...effects, ...executions]
    .sort((a, b) => a.at - b.at)
    .map((event) => {
      const round = String(event.round - first).padStart(4);
      if ('kind' in event) return `${round}    manager ${event.kind} ${event.method}${event.trapped ? ' TRAPPED' : ''}`;
      return `${round}  ${describeEffect(event, world)}`;
    });
  const violations = verdict.kind === 'held' ? ['held'] : verdict.violations.map((v) => `${v.invariant}: ${v.message}`);
  return [...lines, '', ...violations].join('\n');
}

function describeEffect(effect: Effect, world: World): string {
  const { manager, developer, chat } = world.names;
  const who = effect.sender === manager ? 'manager' : effect.sender === developer ? 'developer' : effect.sender;
  const about = effect.canister === chat ? 'chat' : effect.canister === manager ? 'manager' : 'worker';
  const what = effect.rejected ? 'rejected by a fault' : carriedOut(effect) ? 'done' : 'nothing changed';
  const status = `${effect.before?.status} -> ${effect.after?.status}`;
  return `${who}: ${effect.method} of ${about}${effect.snapshot ? ` ${effect.snapshot.slice(-36, -20)}` : ''}: ${what}, ${status}`;
}
