/**
 * Invariant 1: a target that was running when our stop reached it runs again once faults have stopped; one that somebody
 * else had stopped is not started by us.
 */
import type { Effect, Execution, History, Violation } from '../history.ts';
import { carriedOut, targetsOf, wasGivenUp } from '../history.ts';

const INVARIANT = '1 runs again';

export function runsAgain(history: History): Violation[] {
  return targetsOf(history).flatMap((target) => checkTarget(history, target));
}

interface Memory {
  /** We stopped it while it ran, and nobody started it since. */
  owed: boolean;
  /** Somebody else stopped it, and nobody started it since. */
  stoppedByOthers: boolean;
  /** Somebody else started what we had stopped: that they stopped it again, only another status can tell us. */
  startedByOthers: boolean;
  /** Position of the last stop by somebody else. */
  othersStoppedAt: number;
  /** A start of ours was carried out and we may not know it: another one may follow. */
  startUnknown: boolean;
  /** We read what it was when our stop reached it; without that, it counts as running, as it was when last seen. */
  statusRead: boolean;
  /** We asked for the status after somebody else had stopped it, and read the answer. */
  asked: boolean;
  seenStopped: boolean;
}

function checkTarget(history: History, target: string): Violation[] {
  const memory: Memory = {
    owed: false,
    stoppedByOthers: false,
    startedByOthers: false,
    othersStoppedAt: 0,
    startUnknown: false,
    statusRead: false,
    asked: false,
    seenStopped: false,
  };
  const violations: Violation[] = [];
  for (const event of timeline(history, target)) {
    if ('kind' in event) learn(memory, event);
    else violations.push(...follow(memory, event, history.names.manager));
  }
  const seen = history.recovered.get(target);
  const ours = memory.owed && !memory.stoppedByOthers && !wasGivenUp(history, target);
  if (ours && seen && seen.status !== 'running' && seen.controllers.includes(history.names.manager)) {
    violations.push({
      invariant: INVARIANT,
      message: `${target} was running, was stopped by us and is ${seen.status}`,
    });
  }
  return violations;
}

/** What happened until the time to recover was over, and when the manager learned of a status or of its start. */
function timeline(history: History, target: string): (Effect | Execution)[] {
  const effects = history.effects.filter((effect) => effect.canister === target && effect.at <= history.recoveredAt);
  const learned = history.executions.filter(
    ({ kind, method, trapped, at }) =>
      kind === 'reply' && LEARNED_FROM.includes(method) && !trapped && at <= history.recoveredAt,
  );
  return [...effects, ...learned].sort((a, b) => a.at - b.at);
}

const LEARNED_FROM = ['start_canister', 'canister_status'];

function learn(memory: Memory, { method }: Execution): void {
  if (method === 'start_canister') memory.startUnknown = false;
  else memory.statusRead = true;
  if (method === 'canister_status' && memory.asked) memory.seenStopped = true;
}

function follow(memory: Memory, effect: Effect, manager: string): Violation[] {
  const ours = effect.sender === manager;
  if (effect.method === 'canister_status' && ours && memory.stoppedByOthers && !memory.owed) memory.asked = true;
  if (!carriedOut(effect)) return [];
  const wasRunning = effect.before?.status === 'running';
  if (effect.method === 'stop_canister') {
    if (!ours) Object.assign(memory, { stoppedByOthers: true, othersStoppedAt: effect.at });
    else if (wasRunning) memory.owed = true;
    if (ours) Object.assign(memory, { statusRead: false, startedByOthers: false });
  }
  if (effect.method !== 'start_canister') return [];
  const sent = (effect.offeredAt ?? effect.at) < memory.othersStoppedAt;
  const known = !sent && (memory.startUnknown || memory.startedByOthers ? memory.seenStopped : memory.statusRead);
  const against = ours && !wasRunning && memory.stoppedByOthers && !memory.owed && known;
  const startedByOthers = !ours && (memory.owed || memory.startedByOthers);
  Object.assign(memory, { owed: false, stoppedByOthers: false, asked: false, seenStopped: false, startedByOthers });
  memory.startUnknown = ours;
  if (!against) return [];
  return [{ invariant: INVARIANT, message: `${effect.canister} was stopped by somebody else and started by us` }];
}
