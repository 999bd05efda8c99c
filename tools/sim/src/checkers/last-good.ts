/**
 * Invariant 2: the newest good snapshot of a target is never deleted by us, nor anything that we did not take.
 * Good, as the IC sees it: taken by us while the target was stopped, the answer was read, and so was that of the start.
 */
import {
  carriedOut,
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
  taken: { readonly id: string; answered: boolean; readonly weStopped: boolean; started: boolean } | undefined;
  weStopped: boolean;
}

function checkTarget(history: History, target: string): Violation[] {
  const memory: Memory = { ours: new Set(), good: new Set(), taken: undefined, weStopped: false };
  const events = [...history.effects.filter((effect) => effect.canister === target), ...history.executions];
  return events
    .sort((a, b) => a.at - b.at)
    .flatMap((event) => {
      if ('kind' in event) learn(memory, event);
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
  memory.good.add(taken.id);
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
  if (effect.before?.status !== 'stopped') return;
  memory.taken = { id, answered: false, weStopped: memory.weStopped, started: false };
}

/** Also of deletions that the IC refused: they were meant. */
function judgeDeletion(memory: Memory, effect: Effect): Violation[] {
  const { before, snapshot = '', canister } = effect;
  if (before?.snapshots.includes(snapshot) !== true) return [];
  const violation = (message: string) => [{ invariant: INVARIANT, message: `${snapshot} of ${canister} ${message}` }];
  if (!memory.ours.has(snapshot)) return violation('was not taken by us and was to be deleted by us');
  const newestGood = before.snapshots.filter((id) => memory.good.has(id)).at(-1);
  return snapshot === newestGood ? violation('was the newest good one and was to be deleted by us') : [];
}
