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
  type Violation,
} from '../history.ts';

const INVARIANT = '3 restores';
const RESTORES = ['restore', 'restore_snapshot'];

/** After these, whether the load was carried out is not claimed. */
const OPEN_ENDED = ['start_failed', 'run_in_progress', 'interrupted'];

export function restores(history: History): Violation[] {
  const loads = history.effects.filter(
    (effect) =>
      effect.sender === history.names.manager && effect.method === 'load_canister_snapshot' && carriedOut(effect),
  );
  const runs = history.claims.runs.filter(({ kind }) => kind === 'restore');
  return [
    ...history.calls.flatMap((call) => checkAnswer(call, loads)),
    ...runs.flatMap((run) => checkRun(run, loads)),
    ...loads.flatMap((load) => checkLoad(load, runs)),
    ...checkContents(history),
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

function checkRun(run: ClaimedRun, loads: readonly Effect[]): Violation[] {
  const its = loads.filter((load) => within(run, load));
  if (run.outcome === 'succeeded' && !its.some(({ snapshot }) => snapshot === run.snapshot)) {
    return violation(`run ${run.id} says that ${run.snapshot} was loaded, and it was not`);
  }
  if (run.outcome === 'failed' && !OPEN_ENDED.includes(run.error ?? '') && its.length > 0) {
    return violation(`run ${run.id} says ${run.error}, and ${its[0]?.snapshot} was loaded`);
  }
  return its.length > 1 ? violation(`run ${run.id} loaded ${its.length} times`) : [];
}

function checkLoad(load: Effect, runs: readonly ClaimedRun[]): Violation[] {
  const known = runs.some(
    (run) =>
      run.canister === load.canister &&
      run.snapshot === load.snapshot &&
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
