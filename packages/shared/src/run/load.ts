/**
 * A snapshot is being loaded. A restore ends in exactly the snapshot's state, or in exactly the state before it, and says
 * which: a load whose answer is lost is looked up in the target's history before the run ends.
 */
import { failure } from '../errors/registry.ts';
import { errorCodeOf, isContent, isPermanent, isRateLimit, type Reject } from '../errors/rejects.ts';
import {
  LOAD_CHECKS,
  NANOS_PER_SECOND,
  RESTORE_DOWNTIME_NANOS,
  SAFE_TO_LOAD_BYTES,
  START_RETRY_NANOS,
} from '../limits.ts';
import { addRounds, comeUp, goDown, overBudget } from './downtime.ts';
import type { Draft } from './draft.ts';
import { failWith, problemOf } from './problem.ts';
import { doubtLoad, expire, isAsRestored, nextGood, prove, waysBack } from './restore.ts';
import { isGone, lastCalls, mustStart, oweIfUndone, settleRunning, startCalls, startOpen } from './start.ts';
import type { Call, CallResult, InfoAnswer, Run, StatusAnswer } from './types.ts';

/** The snapshot that is loaded now: the picked one, or the safety snapshot after that failed. */
function loadCall(run: Run): Call {
  return { name: 'load', snapshot: run.fallback === true ? run.safety : run.snapshot };
}

/** What the target is then, and whether its history has the load. */
const BEHIND_A_LOAD: readonly Call[] = [{ name: 'status' }, { name: 'info' }];

/** Together with the start, so that the target is down for as few rounds as can be; alone if a limit may refuse it. */
export function sendLoad(draft: Draft): void {
  draft.set({ versionBefore: draft.run.version, state: undefined, recorded: undefined });
  if (draft.run.purpose === 'forced' || mayBeLimited(draft)) draft.set({ patient: true });
  if (draft.run.patient === true) draft.send('loading', [loadCall(draft.run)]);
  else draft.send('loading', [loadCall(draft.run), ...startCalls(draft), ...BEHIND_A_LOAD]);
}

/** Whether the safety snapshot that was just taken was large enough to use up what the IC allows until the load. */
function mayBeLimited({ run, catalog }: Draft): boolean {
  const safety = catalog.find((entry) => entry.id === run.safety);
  return safety !== undefined && safety.size >= SAFE_TO_LOAD_BYTES;
}

export function onLoad(draft: Draft, call: Call, result: CallResult): void {
  const { patient, fallback } = draft.run;
  if ('ok' in result) {
    draft.set({ done: fallback !== true });
    if (patient === true) startBehind(draft);
  } else if ('lost' in result) {
    draft.set({ loadLost: true });
    if (patient === true && mustStart(draft.run)) startBehind(draft);
  } else if (isRateLimit(result.reject)) {
    onLimit(draft, call, result.reject);
  } else {
    onRefused(draft, call, result);
  }
}

/** The load is answered for: what was kept back behind it. */
function startBehind(draft: Draft): void {
  addRounds(draft);
  if (!mustStart(draft.run)) comeUp(draft);
  draft.send('loading', [...startCalls(draft), ...BEHIND_A_LOAD]);
}

/** Passes by itself: again at once if the target is still down, else the restore goes round once more, with patience. */
function onLimit(draft: Draft, call: Call, reject: Reject): void {
  const { patient, purpose, target: canister } = draft.run;
  if (!overBudget(draft)) {
    const down = patient === true || !mustStart(draft.run);
    draft.set({ patient: true });
    if (!down) return;
    addRounds(draft);
    draft.send('loading', [call]);
  } else if (purpose === 'forced') {
    loadLater(draft);
  } else {
    const seconds = RESTORE_DOWNTIME_NANOS / NANOS_PER_SECOND;
    draft.fail(failure('restore_downtime', { canister, seconds, last: reject.message }));
    if (patient === true) startBehind(draft);
  }
}

function onRefused(draft: Draft, call: Call, result: { readonly reject: Reject }): void {
  const { purpose, patient, fallback, safety } = draft.run;
  if (purpose === 'forced' && fallback === true) {
    onFallbackRefused(draft, result.reject);
    return;
  }
  if (isContent(result.reject)) failForContent(draft, result.reject);
  else failWith(draft, call, result);
  if (purpose === 'forced' && safety !== undefined) {
    draft.set({ fallback: true });
    addRounds(draft);
    loadAgain(draft);
  } else if (patient === true) {
    startBehind(draft);
  }
}

/** The snapshot is in doubt from now on, also while a forced restore goes back to the state before. */
function failForContent(draft: Draft, { code, message }: Reject): void {
  const { target: canister, snapshot = '' } = draft.run;
  const reject = `${message} (reject code ${code})`;
  const problem = failure('load_invalid', { canister, snapshot, reject, next: nextGood(draft) });
  doubtLoad(draft, problem);
  draft.fail(problem);
}

/**
 * Neither the snapshot nor the state before can be loaded: tried for ever, also while the target is not ours, which the
 * run says once. Only if the target is gone, or the state before, as that of a target without cycles, nothing is owed.
 */
function onFallbackRefused(draft: Draft, reject: Reject): void {
  const { target: canister, safety: snapshot = '', error, warnings } = draft.run;
  if (errorCodeOf(reject) === 'IC0305') {
    draft.fail(failure('nothing_to_load', { canister, snapshot }));
    draft.close();
    return;
  }
  const told = [error, ...warnings].some((problem) => problem?.code === 'left_empty');
  if (isPermanent(reject) && !told) draft.fail(failure('left_empty', { canister, snapshot, reject: reject.message }));
  if (isGone(reject)) draft.close();
  else loadLater(draft);
}

/** Whether a target without code waits for a load of ours. */
export function loadOwed({ purpose, retryAt }: Run): boolean {
  return purpose === 'forced' && retryAt !== undefined;
}

/** The target has no code: whatever refuses it, the load is tried again, as a start would be. */
function loadLater(draft: Draft): void {
  draft.set({ retryAt: draft.context.now + START_RETRY_NANOS });
}

/** The load that is owed to a target without code. */
export function loadAgain(draft: Draft): void {
  draft.set({ checks: 0, recorded: undefined });
  draft.send('loading', [loadCall(draft.run)]);
}

/**
 * The status sent behind everything else: what is installed now, and whether it runs.
 * @returns whether a start is owed since, that was not before
 */
export function onLastStatus(draft: Draft, result: CallResult): boolean {
  if ('ok' in result) {
    const { status, moduleHash, version } = result.ok as StatusAnswer;
    const { version: atStop, versionBefore = atStop, done, loadLost } = draft.run;
    draft.set({ statusAfter: status, moduleHash, version });
    if (status === 'running') settleRunning(draft);
    return oweIfUndone(draft, versionBefore, done || loadLost === true ? 1n : 0n);
  }
  const problem = problemOf(draft, { name: 'status' }, result);
  if (problem !== undefined) draft.warn(problem);
  return false;
}

/** Load, start and status are answered for. */
export function afterLoad(draft: Draft): void {
  const { done, loadLost, patient, outcome } = draft.run;
  if (loadLost === true) decideLost(draft);
  else if (!done && outcome === undefined && patient === true) goRound(draft);
  else endRestore(draft);
}

/**
 * The load was refused for its rate after the start went out with it. The target has run since, so its safety snapshot is
 * worth nothing any more: everything once more, and the start waits for the load.
 */
function goRound(draft: Draft): void {
  const stale = draft.catalog.find((entry) => entry.id === draft.run.safety);
  if (stale !== undefined) draft.record({ ...stale, state: 'deleting' });
  draft.set({ safety: undefined, stopProven: false, startsSent: 0, startConfirmed: false, startSettled: false });
  goDown(draft);
  const deletion: Call[] = stale === undefined ? [] : [{ name: 'delete', snapshot: stale.id }];
  draft.send('stopping', [...deletion, { name: 'status' }, { name: 'stop' }]);
}

function checkHistory(draft: Draft): void {
  draft.set({ checks: (draft.run.checks ?? 0) + 1 });
  draft.send('checking', [{ name: 'info' }, { name: 'status' }]);
}

/** The history was asked behind the load, so it is final. What others did since the run began is told as well. */
export function onHistory(draft: Draft, result: CallResult): void {
  const history = 'ok' in result ? (result.ok as InfoAnswer).history : undefined;
  if (history === undefined) return;
  const { openedAt, manager, target: canister } = draft.run;
  const { snapshot } = loadCall(draft.run);
  const since = history.filter(({ at }) => at >= openedAt);
  draft.set({ recorded: since.some(({ by, loaded }) => loaded === snapshot && by === manager) });
  const theirs = since.findLast(({ by }) => by !== manager);
  if (theirs !== undefined) draft.warn(failure('changed_by_others', { canister, by: theirs.by, what: theirs.what }));
}

export function onChecked(draft: Draft, call: Call, result: CallResult): void {
  if (call.name === 'status') onLastStatus(draft, result);
  if (call.name === 'info') onHistory(draft, result);
  if (draft.run.pending.length === 0) decideLost(draft);
}

/** The answer to the load is lost: the history decides, which is asked again if it was not read. */
function decideLost(draft: Draft): void {
  const { target: canister, snapshot = '', checks = 0, purpose, fallback, recorded } = draft.run;
  if (recorded === undefined && checks < LOAD_CHECKS) {
    checkHistory(draft);
    return;
  }
  const cause = recorded === undefined ? 'its history could not be read' : 'the manager did not see the answer';
  if (recorded !== undefined) draft.set({ loadLost: false, done: recorded && fallback !== true });
  if (recorded !== true && purpose === 'forced') {
    // Loaded twice is better than left without code.
    draft.set({ loadLost: false });
    if (recorded === false) loadAgain(draft);
    else loadLater(draft);
    return;
  }
  if (recorded === undefined) draft.fail(failure('load_unknown', { canister, snapshot, cause }), 'interrupted');
  if (recorded === false) draft.fail(failure('load_not_carried_out', { canister, snapshot, cause }), 'interrupted');
  if (startOpen(draft.run)) startAgain(draft);
  else endRestore(draft);
}

/** The restore is decided. Only now its safety snapshot may be worth nothing, and timers be woken. */
export function endRestore(draft: Draft): void {
  const { done, loadLost, safety, snapshot, purpose, version, versionBefore, stopSent } = draft.run;
  const known = loadLost !== true;
  const { target: canister, recorded } = draft.run;
  if (done && recorded === false) draft.warn(failure('load_not_recorded', { canister, snapshot: snapshot ?? '' }));
  if (known) draft.set({ state: done ? 'snapshot' : 'before' });
  if (known && !done) expire(draft, safety);
  if (done && recorded !== false) prove(draft, snapshot);
  if (done && purpose === 'undo') expire(draft, snapshot);
  if (done && isSecond(draft)) expire(draft, safety);
  const changes = stopSent ? LOAD_BETWEEN_STOP_AND_START : 1n;
  if (done && version !== undefined && versionBefore !== undefined && version === versionBefore + changes) {
    draft.set({ restoredVersion: version });
  }
  if (done && draft.run.outcome === undefined) draft.set({ outcome: 'succeeded' });
  if (done || draft.run.fallback === true) revive(draft);
  else draft.close();
}

/** Changes of the version from the stop to the start: stopping, stopped, load, start. One more, and something else ran. */
const LOAD_BETWEEN_STOP_AND_START = 4n;

/** Whether the safety snapshot of a forced restore is of a state that is known already, and there is another way back. */
function isSecond(draft: Draft): boolean {
  const { run, catalog, context } = draft;
  if (run.safety === undefined || !isAsRestored(draft, run.versionBefore)) return false;
  return waysBack({ catalog, now: context.now })[0]?.id !== run.safety;
}

/** Nothing to do but to start, if that is owed, and to end. @param behind what is asked then */
export function startAgain(draft: Draft, behind: readonly Call[] = []): void {
  const calls = [...lastCalls(draft), ...behind];
  if (calls.length === 0) {
    endRestore(draft);
  } else {
    addRounds(draft);
    draft.send('starting', calls);
  }
}

function revive(draft: Draft): void {
  const { afterRestore, startConfirmed, statusAfter, target: canister } = draft.run;
  if (afterRestore !== undefined && (startConfirmed || statusAfter === 'running')) {
    draft.send('reviving', [{ name: 'after_restore' }]);
    return;
  }
  draft.warn(failure('timers_may_sleep', { canister }));
  draft.close();
}

const MAY_STAY_OPEN =
  'While its call is open, status lists it under open_probes, and docs/runbook.md says how to go on.';

export function onRevived(draft: Draft, call: Call, result: CallResult): void {
  const { target: canister } = draft.run;
  const problem =
    'lost' in result
      ? failure('after_restore_failed', { canister, reject: `${result.lost}. ${MAY_STAY_OPEN}` })
      : problemOf(draft, call, result);
  if (problem !== undefined) draft.warn(problem);
  draft.close();
}
