/**
 * Invariant 3: a restore ends in exactly the snapshot's state, or in exactly the state before it, and says which. The
 * chat's messages are followed through every load, and compared with what it tells.
 */
import {
  type ClaimedRun,
  carriedOut,
  type Effect,
  type History,
  type ManagerCall,
  RESTORE_KINDS,
  targetsOf,
  type Violation,
  wasGivenUp,
} from '../history.ts';

const INVARIANT = '3 restores';
const RESTORES = [
  'restore',
  'restore_snapshot',
  'restore_before',
  'restore_without_safety',
  'restore_forced',
  'undo_restore',
];

export function restores(history: History): Violation[] {
  const loads = history.effects.filter(
    (effect) =>
      effect.sender === history.names.manager && effect.method === 'load_canister_snapshot' && carriedOut(effect),
  );
  const runs = history.claims.runs.filter(({ kind }) => RESTORE_KINDS.includes(kind));
  return [
    ...history.calls.flatMap((call) => checkAnswer(call, loads)),
    ...runs.flatMap((run) => checkRun(run, loads, history.final.get(run.canister) === null)),
    ...loads.flatMap((load) => checkLoad(load, runs)),
    ...checkContents(history),
    ...targetsOf(history).flatMap((target) => checkCode(history, target)),
  ];
}

const violation = (message: string): Violation[] => [{ invariant: INVARIANT, message }];

function checkAnswer(call: ManagerCall, loads: readonly Effect[]): Violation[] {
  const { answer } = call;
  if (!RESTORES.includes(call.method) || answer?.kind !== 'ok') return [];
  const found = loads.some(
    (load) => load.snapshot === answer.snapshot && load.at > call.sentAt && load.at < (call.answeredAt ?? 0),
  );
  return found ? [] : violation(`${call.method} says that ${answer.snapshot} was loaded, and it was not`);
}

function within(run: ClaimedRun, effect: Effect): boolean {
  const { canister, startedAt, endedAt } = run;
  return effect.canister === canister && effect.time >= startedAt && (endedAt === undefined || effect.time <= endedAt);
}

/** The state that a run says the target is in is that of the last load in it. A target that was deleted has none. */
function checkRun(run: ClaimedRun, loads: readonly Effect[], gone: boolean): Violation[] {
  const its = loads.filter((load) => within(run, load));
  const last = its.at(-1)?.snapshot;
  const state = run.outcome === 'succeeded' ? 'snapshot' : run.stateAfter;
  if (state === 'snapshot' && last !== run.snapshot) {
    return violation(`run ${run.id} says that ${run.snapshot} was loaded, and ${last ?? 'nothing'} was`);
  }
  if (state === 'before' && last !== undefined && last !== run.safety) {
    return violation(`run ${run.id} says that the state is as before, and ${last} was loaded`);
  }
  if (state === undefined && !gone && run.phase === 'closed' && run.outcome === 'failed' && last !== undefined) {
    return violation(`run ${run.id} failed with ${run.error} without saying that ${last} was loaded`);
  }
  // Of a forced restore, loading twice is better than leaving the target without code.
  const most = run.kind === 'restore_forced' ? its.length : 1;
  return its.length > most ? violation(`run ${run.id} loaded ${its.length} times`) : [];
}

function checkLoad(load: Effect, runs: readonly ClaimedRun[]): Violation[] {
  const known = runs.some(
    (run) =>
      run.canister === load.canister &&
      (run.snapshot === load.snapshot || run.safety === load.snapshot) &&
      run.startedAt <= load.time &&
      (within(run, load) || run.outcome !== 'succeeded'),
  );
  return known ? [] : violation(`${load.snapshot} was loaded, and no run tells of it`);
}

function checkContents(history: History): Violation[] {
  return history.contents
    .filter(({ expected, told }) => JSON.stringify(expected) !== JSON.stringify(told))
    .flatMap(({ expected, told, when }) =>
      violation(`${when} the chat has ${JSON.stringify(told)} and not ${JSON.stringify(expected)}`),
    );
}

/** What we took the code from has code again, unless the manager says what to do. */
function checkCode(history: History, target: string): Violation[] {
  const seen = history.recovered.get(target);
  // Had it code after that, the IC itself took it away, for want of cycles.
  const last = history.effects.findLast(
    ({ canister, before, after }) => canister === target && (before?.hasCode === true || after?.hasCode === true),
  );
  const leftEmpty = history.claims.runs.some(
    ({ canister, error, warnings }) =>
      canister === target && [error, ...warnings].some((code) => code === 'left_empty' || code === 'nothing_to_load'),
  );
  const told = leftEmpty || wasGivenUp(history, target);
  const ours = last?.after?.hasCode === false && last.sender === history.names.manager;
  if (!ours || told || seen?.hasCode !== false || !seen.controllers.includes(history.names.manager)) return [];
  return violation(`${target} had code, and was left without it by us`);
}
