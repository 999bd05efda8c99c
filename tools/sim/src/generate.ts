/** Which faults there are: every single one, pairs of them, and swarms that a seed chooses. */
import type { Reject } from 'local-ic';
import { ACTS, type Act, FAULT_CLASSES, type Fault, type FaultClass, REJECTS } from './faults.ts';
import type { Scenario } from './prepare.ts';
import { Random } from './random.ts';
import type { Rehearsal } from './rehearsal.ts';
import { scenario } from './scenarios.ts';
import type { Case } from './simulate.ts';

/** Rounds that a message is late: less than the round trip, more, and nearly as long as the faults last. */
const DELAYS = [1, 3, 30];

/** Where an execution runs out of instructions, in percent of what it needs. */
const STARVED_AT = [1, 50, 99];

/** Boundaries behind the last one of the rehearsal, where recoveries are struck. */
const SLACK = 1.5;

const MAX_FAULTS = 6;

/** In a row: more traps than the manager tries at once, and refusals of all calls of a run. */
const TRAPS_IN_A_ROW = 4;
const REJECTS_IN_A_ROW = 12;

/** Every fault at every boundary of the rehearsal. */
export function singles(rehearsal: Rehearsal): Case[] {
  return FAULT_CLASSES.flatMap((name) => every(name, rehearsal)).map((fault) => ({
    scenario: rehearsal.scenario,
    faults: [fault],
  }));
}

/** Of long scenarios, those of some boundaries. */
function every(name: FaultClass, rehearsal: Rehearsal): Fault[] {
  const { sparse = 1 }: Scenario = scenario(rehearsal.scenario);
  const all = everyOne(name, rehearsal);
  return sparse === 1 ? all : all.filter((fault) => (fault.kind === 'act' ? fault.round : fault.nth) % sparse === 0);
}

function everyOne(name: FaultClass, rehearsal: Rehearsal): Fault[] {
  const { executions, managementCalls, messages, rounds } = rehearsal;
  switch (name) {
    case 'trap':
      return executions.flatMap(({ hostCalls }, nth) =>
        trapsIn(hostCalls).map((at): Fault => ({ kind: 'trap', nth, at })),
      );
    case 'starve':
      return executions.flatMap(({ instructions }, nth) =>
        STARVED_AT.map(
          (percent): Fault => ({ kind: 'starve', nth, instructions: Number((instructions * BigInt(percent)) / 100n) }),
        ),
      );
    case 'reject':
      return managementCalls.flatMap((method, nth) =>
        (REJECTS[method] ?? []).map((reject): Fault => ({ kind: 'reject', nth, reject })),
      );
    case 'delay':
      return range(messages).flatMap((nth) => DELAYS.map((late): Fault => ({ kind: 'delay', nth, rounds: late })));
    case 'repeated':
      return [
        ...executions.map((_, nth): Fault => ({ kind: 'trap', nth, at: 1, times: TRAPS_IN_A_ROW })),
        ...managementCalls.flatMap((method, nth) =>
          (REJECTS[method] ?? []).slice(0, 1).map((reject): Fault => againAndAgain(nth, reject)),
        ),
      ];
    default:
      return range(rounds).flatMap((round) =>
        actsOf(name, rehearsal).map((act): Fault => ({ kind: 'act', round, act })),
      );
  }
}

function againAndAgain(nth: number, reject: Reject): Extract<Fault, { kind: 'reject' }> {
  return { kind: 'reject', nth, reject, times: REJECTS_IN_A_ROW };
}

/** A trap undoes the whole execution, wherever it strikes: before anything, in the middle, and when all is done. */
function trapsIn(hostCalls: number): number[] {
  return [...new Set([1, Math.ceil(hostCalls / 2), hostCalls])].filter((at) => at > 0);
}

/** Only the worker can be kept busy. */
function actsOf(name: keyof typeof ACTS, { scenario: of }: Rehearsal): Act[] {
  return ACTS[name].filter((act) => act !== 'busy_target' || scenario(of).about === 'worker');
}

/** Pairs of faults of different classes at different steps, at most `limit`, spread evenly over all there are. */
export function pairs(rehearsals: readonly Rehearsal[], limit: number): Case[] {
  const all = rehearsals.map((rehearsal) => ({ rehearsal, pairing: pairingOf(rehearsal) }));
  const possible = all.reduce((sum, { pairing }) => sum + pairing.count, 0);
  const step = Math.max(1, possible / limit);
  const cases: Case[] = [];
  for (const { rehearsal, pairing } of all) {
    for (let i = 0; Math.floor(i * step) < pairing.count && cases.length < limit; i += 1) {
      cases.push({ scenario: rehearsal.scenario, faults: pairAt(pairing, Math.floor(i * step)) });
    }
  }
  return cases;
}

/** The faults of a scenario, class by class, each with those behind it of other classes. */
interface Pairing {
  readonly faults: readonly Fault[];
  /** For each fault the first one behind it of another class, and how many pairs there are before its own. */
  readonly others: readonly number[];
  readonly before: readonly number[];
  readonly count: number;
}

function pairingOf(rehearsal: Rehearsal): Pairing {
  const classes = FAULT_CLASSES.map((name) => every(name, rehearsal));
  const faults = classes.flat();
  const others: number[] = [];
  const before: number[] = [];
  let count = 0;
  for (const { length } of classes) {
    const next = others.length + length;
    for (let i = 0; i < length; i += 1) {
      others.push(next);
      before.push(count);
      count += faults.length - next;
    }
  }
  return { faults, others, before, count };
}

function pairAt({ faults, others, before }: Pairing, position: number): Fault[] {
  const first = before.findLastIndex((pairsBefore) => pairsBefore <= position);
  const second = (others[first] ?? 0) + position - (before[first] ?? 0);
  return [faults[first] as Fault, faults[second] as Fault];
}

/** What a seed chooses: a scenario, a few classes, and one to six faults of them. */
export function swarm(rehearsals: readonly Rehearsal[], seed: number): Case {
  const random = new Random(seed);
  const rehearsal = random.pick(rehearsals);
  const classes = random.some(FAULT_CLASSES);
  const faults = range(random.between(1, MAX_FAULTS)).map(() => any(random, random.pick(classes), rehearsal));
  return { scenario: rehearsal.scenario, faults };
}

function any(random: Random, name: FaultClass, rehearsal: Rehearsal): Fault {
  const { executions, managementCalls, messages, rounds } = rehearsal;
  const nth = (count: number) => random.below(Math.ceil(count * SLACK) + 1);
  if (executions.length === 0 || managementCalls.length === 0)
    throw new Error(`nothing is done in ${rehearsal.scenario}`);
  switch (name) {
    case 'trap': {
      const execution = nth(executions.length);
      const { hostCalls } = executions[execution] ?? random.pick(executions);
      return { kind: 'trap', nth: execution, at: random.between(1, hostCalls) };
    }
    case 'starve': {
      const execution = nth(executions.length);
      const { instructions } = executions[execution] ?? random.pick(executions);
      return { kind: 'starve', nth: execution, instructions: random.below(Number(instructions)) };
    }
    case 'reject': {
      const call = nth(managementCalls.length);
      const method = managementCalls[call] ?? random.pick(managementCalls);
      return { kind: 'reject', nth: call, reject: random.pick(REJECTS[method] ?? []) };
    }
    case 'delay':
      return { kind: 'delay', nth: nth(messages), rounds: random.between(1, 30) };
    case 'repeated': {
      if (random.below(2) === 0)
        return { kind: 'trap', nth: nth(executions.length), at: 1, times: random.between(2, 6) };
      const call = nth(managementCalls.length);
      const method = managementCalls[call] ?? random.pick(managementCalls);
      return { ...againAndAgain(call, random.pick(REJECTS[method] ?? [])), times: random.between(2, 30) };
    }
    default: {
      const acts = actsOf(name, rehearsal);
      return { kind: 'act', round: nth(rounds), act: random.pick(acts) };
    }
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
