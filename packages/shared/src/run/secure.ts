/** The safety snapshot of a restore is being taken. */
import { isRateLimit } from '../errors/rejects.ts';
import { START_RETRY_NANOS } from '../limits.ts';
import { addRounds, overBudget } from './downtime.ts';
import type { Draft } from './draft.ts';
import { endRestore, sendLoad, startAgain } from './load.ts';
import { failWith, problemOf, untold } from './problem.ts';
import { claimOf, failUnsafe, failUnsettled, keepSafety } from './restore.ts';
import { isGone } from './start.ts';
import { WHAT_APPEARED } from './take.ts';
import type { Call, CallResult, ListedSnapshot, StatusAnswer } from './types.ts';

/** The target is stopped, was not running, or is forced: first what it is now is kept, then it is changed. */
export function secureOrLoad(draft: Draft): void {
  const claim = claimOf(draft);
  if (claim === 'refuse') {
    failUnsettled(draft);
    startAgain(draft);
  } else if (claim !== 'take') sendLoad(draft);
  else draft.send('securing', [draft.run.purpose === 'forced' ? { name: 'take', uninstall: true } : { name: 'take' }]);
}

export function onSafety(draft: Draft, call: Call, result: CallResult): void {
  if (call.name !== 'take') return;
  if ('ok' in result) {
    keepSafety(draft, result.ok as ListedSnapshot);
    addRounds(draft);
    sendLoad(draft);
  } else if ('reject' in result && isRateLimit(result.reject) && !overBudget(draft)) {
    addRounds(draft);
    draft.send('securing', [call]);
  } else if ('lost' in result && call.uninstall === true) {
    sendRecover(draft);
  } else {
    giveUp(draft, call, result);
  }
}

function giveUp(draft: Draft, call: Call, result: CallResult): void {
  if ('lost' in result) failWith(draft, call, result);
  failUnsafe(draft, problemOf(draft, call, result)?.message ?? '');
  startAgain(draft, 'lost' in result ? [WHAT_APPEARED] : []);
}

/** Asks, again if the watchdog says so, what became of a target whose code may be gone. */
export function sendRecover(draft: Draft): void {
  draft.send('recovering', [{ name: 'list' }, { name: 'status' }]);
}

/**
 * The answer to a forced safety snapshot was lost, and with it perhaps the code. What was taken is what is new in the
 * list; a target with code was not touched.
 */
export function onRecover(draft: Draft, call: Call, result: CallResult): void {
  if ('reject' in result && isGone(result.reject)) {
    failWith(draft, call, result);
    draft.set({ state: undefined });
    draft.close();
    return;
  }
  if (!('ok' in result)) {
    const problem = untold(draft, call, result);
    if (problem !== undefined) draft.warn(problem);
    draft.set({ retryAt: draft.context.now + START_RETRY_NANOS });
    return;
  }
  if (call.name === 'list') rememberNew(draft, result.ok as readonly ListedSnapshot[]);
  if (call.name === 'status') draft.set({ moduleHash: (result.ok as StatusAnswer).moduleHash });
  if (draft.run.pending.length > 0 || draft.run.retryAt !== undefined) return;
  if (draft.run.moduleHash === undefined) {
    addRounds(draft);
    sendLoad(draft);
  } else {
    failUnsafe(draft, 'it was not taken, or somebody installed code after it.');
    endRestore(draft);
  }
}

function rememberNew(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const { present = [], openedAt, safety } = draft.run;
  const fresh = listed.filter(({ id, takenAt }) => takenAt >= openedAt && !present.includes(id));
  const newest = fresh.sort((a, b) => (a.takenAt > b.takenAt ? -1 : 1))[0];
  if (newest !== undefined && safety === undefined) keepSafety(draft, newest);
}
