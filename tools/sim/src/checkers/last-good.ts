/**
 * Invariant 2: the newest good snapshot of a target is never deleted by us, nor anything that we did not take, nor the
 * safety snapshot of a restore before it is settled.
 * Good, as the IC sees it: taken by us while the target was stopped, the answer was read, and so was that of the start,
 * and no restore names it as the state before.
 */
import {
  carriedOut,
  disturbedTakes,
  type Effect,
  type Execution,
  type History,
  takenBy,
  targetsOf,
  type Violation,
} from '../history.ts';

const INVARIANT = '2 last good';

export function lastGood(history: History): Violation[] {
  return targetsOf(history).flatMap((target) => checkTarget(history, target));
}

interface Memory {
  readonly ours: Set<string>;
  readonly good: Set<string>;
  /** Taken and not known to be complete. */
  taken: Taken | undefined;
  weStopped: boolean;
  /** What the manager took before a restore: never good, also if nothing was loaded after it. */
  readonly safeties: ReadonlySet<string>;
  /** Snapshots that are open finding 1, see docs/simulation.md. */
  readonly disturbed: ReadonlySet<string>;
  /** The state before the first restore that nobody settled or undid. */
  safety: { readonly id: string; readonly until: bigint } | undefined;
}

interface Taken {
  readonly id: string;
  readonly time: bigint;
  readonly weStopped: boolean;
  answered: boolean;
  started: boolean;
}

/** Nanoseconds for which a safety snapshot stays if nobody settles it. */
const SAFETY = 7n * 86_400n * 1_000_000_000n;

interface Settled {
  readonly at: number;
  readonly settled: true;
}

function checkTarget(history: History, target: string): Violation[] {
  const memory: Memory = {
    ours: new Set(),
    good: new Set(),
    taken: undefined,
    weStopped: false,
    safety: undefined,
    safeties: new Set(history.claims.runs.flatMap(({ safety }) => safety ?? [])),
    disturbed: disturbedTakes(history, target),
  };
  const settled = history.calls
    .filter(({ method, canister, answer }) => method === 'settle' && canister === target && answer?.kind === 'ok')
    .map(({ answeredAt = 0 }): Settled => ({ at: answeredAt, settled: true }));
  const effects = history.effects.filter((effect) => effect.canister === target);
  const events: (Effect | Execution | Settled)[] = [...effects, ...history.executions, ...settled];
  return events
    .sort((a, b) => a.at - b.at)
    .flatMap((event) => {
      if ('settled' in event) memory.safety = undefined;
      else if ('kind' in event) learn(memory, event);
      else if (event.sender === history.names.manager) return follow(memory, event);
      return [];
    });
}

/** The manager reads an answer. */
function learn(memory: Memory, { kind, method, trapped }: Execution): void {
  const { taken } = memory;
  if (taken === undefined || kind !== 'reply' || trapped) return;
  if (method === 'take_canister_snapshot') taken.answered = true;
  const complete = !taken.weStopped || (method === 'start_canister' && taken.started);
  if (!taken.answered || !complete) return;
  if (!memory.safeties.has(taken.id)) memory.good.add(taken.id);
  memory.taken = undefined;
}

function follow(memory: Memory, effect: Effect): Violation[] {
  switch (effect.method) {
    case 'stop_canister':
      if (carriedOut(effect)) {
        memory.taken = undefined;
        memory.weStopped = effect.before?.status === 'running';
      }
      return [];
    case 'start_canister':
      if (carriedOut(effect)) {
        memory.weStopped = false;
        if (memory.taken !== undefined) memory.taken.started = true;
      }
      return [];
    case 'take_canister_snapshot':
      take(memory, effect);
      return [];
    case 'load_canister_snapshot':
      load(memory, effect);
      return [];
    case 'delete_canister_snapshot':
      return judgeDeletion(memory, effect);
    default:
      return [];
  }
}

function take(memory: Memory, effect: Effect): void {
  const id = takenBy(effect);
  if (id === undefined) return;
  memory.ours.add(id);
  const { time, before } = effect;
  // Of a target that does not stop, a forced restore takes one with the code.
  const good = before?.status === 'stopped' || effect.after?.hasCode === false || memory.disturbed.has(id);
  if (!good) return;
  memory.taken = { id, time, answered: false, weStopped: memory.weStopped, started: false };
}

function load(memory: Memory, effect: Effect): void {
  if (!carriedOut(effect)) return;
  const { taken, safety } = memory;
  memory.taken = undefined;
  if (effect.snapshot === safety?.id) memory.safety = undefined;
  else if (safety === undefined && taken !== undefined && effect.snapshot !== taken.id) {
    memory.safety = { id: taken.id, until: taken.time + SAFETY };
  }
}

/** Also of deletions that the IC refused: they were meant. */
function judgeDeletion(memory: Memory, effect: Effect): Violation[] {
  const { before, snapshot = '', canister } = effect;
  if (before?.snapshots.includes(snapshot) !== true) return [];
  const violation = (message: string) => [{ invariant: INVARIANT, message: `${snapshot} of ${canister} ${message}` }];
  if (!memory.ours.has(snapshot)) return violation('was not taken by us and was to be deleted by us');
  const { safety } = memory;
  if (snapshot === safety?.id && effect.time < safety.until) {
    return violation('is the state before a restore, which nobody settled, and was to be deleted by us');
  }
  const newestGood = before.snapshots.filter((id) => memory.good.has(id)).at(-1);
  return snapshot === newestGood ? violation('was the newest good one and was to be deleted by us') : [];
}
