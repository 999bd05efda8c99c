/** The target has to run again. */
import { errorCodeOf, isPermanent, type Reject } from '../errors/rejects.ts';
import { IMMEDIATE_STARTS, START_RETRY_NANOS } from '../limits.ts';
import { comeUp } from './downtime.ts';
import type { Draft } from './draft.ts';
import { problemOf } from './problem.ts';
import type { Call, CallResult, Run } from './types.ts';

const START: Call = { name: 'start' };

/** A stop counts as one change of the version, also of a target that is stopped; that it became stopped, as another. */
const CHANGES_OF_A_STOP_OF_STOPPED = 1n;
const CHANGES_OF_A_STOP_OF_STOPPING = 2n;

/** Whether we owe the target a start: we sent a stop, and it was running before, as far as is known. */
export function mustStart(run: Run): boolean {
  return run.stopSent && run.statusBefore === 'running';
}

/** Whether the target still waits for a start of ours. */
export function startOpen(run: Run): boolean {
  return mustStart(run) && !run.startConfirmed && !run.startRefused;
}

/** The start to be sent together with other calls, if one is owed. */
export function startCalls(draft: Draft): Call[] {
  if (!mustStart(draft.run)) return [];
  draft.set({ startsSent: draft.run.startsSent + 1 });
  return [START];
}

/** After a failure with nothing left to do but to start: starts, or closes. */
export function startOrClose(draft: Draft): void {
  const calls = startCalls(draft);
  if (calls.length === 0) draft.close();
  else draft.send('starting', calls);
}

/**
 * The status sent with our stop found the target stopped by somebody else, so no start was owed. If its version moved by
 * more than our stop makes of it, they started it before the stop came, which took that back: now one is.
 */
export function startIfUndone(draft: Draft): void {
  const { stopSent, statusBefore, version, versionStarted, startsSent } = draft.run;
  if (!stopSent || statusBefore === 'running' || startsSent > 0) return;
  if (version === undefined || versionStarted === undefined) return;
  const changesOfOurs = statusBefore === 'stopped' ? CHANGES_OF_A_STOP_OF_STOPPED : CHANGES_OF_A_STOP_OF_STOPPING;
  if (versionStarted <= version + changesOfOurs) return;
  draft.set({ statusBefore: 'running' });
  sendStart(draft);
}

/**
 * An answer to a start. Refused for now: again, at first at once. Refused until somebody gives us control back: the run
 * says so, and goes on trying. Refused for good: only by a canister that is gone.
 */
export function onStart(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    draft.set({ startConfirmed: true });
    comeUp(draft);
  } else if ('reject' in result && isPermanent(result.reject)) {
    tellOnce(draft, result);
    if (isGone(result.reject)) draft.set({ startRefused: true });
  } else if (draft.run.startsSent < IMMEDIATE_STARTS) {
    sendStart(draft);
  }
}

function isGone(reject: Reject): boolean {
  return errorCodeOf(reject) === 'IC0301';
}

function tellOnce(draft: Draft, result: CallResult): void {
  const { error, warnings } = draft.run;
  const problem = problemOf(draft, START, result);
  if (problem === undefined || [error, ...warnings].some((told) => told?.code === problem.code)) return;
  draft.fail(problem);
}

/** One more start, in the phase the run is in. */
export function sendStart(draft: Draft): void {
  draft.set({ startsSent: draft.run.startsSent + 1 });
  draft.send(draft.run.phase, [START]);
}

/** Nothing is pending but the start that is owed: the watchdog sends the next one. */
export function waitToStart(draft: Draft): void {
  if (draft.run.retryAt === undefined) draft.set({ retryAt: draft.context.now + START_RETRY_NANOS });
}
