/**
 * The target has to run again. A start whose answer was lost may have been carried out, and somebody may have stopped
 * the target since: before the next one is sent, its status is asked for.
 */
import { failure } from '../errors/registry.ts';
import { errorCodeOf, isPermanent, type Reject } from '../errors/rejects.ts';
import { IMMEDIATE_STARTS, START_RETRY_NANOS } from '../limits.ts';
import { comeUp } from './downtime.ts';
import type { Draft } from './draft.ts';
import { untold } from './problem.ts';
import type { Call, CallResult, Run, StatusAnswer } from './types.ts';

const START: Call = { name: 'start' };

/**
 * A stop counts as one change of the version, also of a target that is stopped; that it became stopped, as another. So
 * does a start. Of a target that was stopped, a start and our stop behind it make three changes, and our stop with an
 * install by somebody else two. Of one that was stopping nothing can be told: calls that were open may have run.
 */
const CHANGES_WITHOUT_A_START = 2n;

/** The least that a start and a stop by somebody else make of the version of a stopped canister. */
const CHANGES_OF_A_START_AND_A_STOP = 3n;

/** Whether we owe the target a start: we sent a stop, and it was running before, as far as is known. */
export function mustStart(run: Run): boolean {
  return run.stopSent && run.statusBefore === 'running';
}

/** Whether the target still waits for a start of ours. */
export function startOpen(run: Run): boolean {
  return mustStart(run) && !run.startConfirmed && !run.startSettled;
}

/** The start to be sent together with other calls, if one is owed. */
export function startCalls(draft: Draft): Call[] {
  if (!mustStart(draft.run)) return [];
  draft.set({ startsSent: draft.run.startsSent + 1 });
  return [START];
}

/** After a failure with nothing left to do but to start: starts, or closes. */
export function startOrClose(draft: Draft): void {
  const calls = lastCalls(draft);
  if (calls.length === 0) draft.close();
  else draft.send('starting', calls);
}

/** What a run that comes to nothing still sends: the start that is owed, or the question whether one is after all. */
export function lastCalls(draft: Draft): Call[] {
  const calls = startCalls(draft);
  if (calls.length > 0 || !draft.run.stopSent) return calls;
  return [{ name: 'status' }];
}

/**
 * The status sent with our stop found the target stopped by somebody else, so no start was owed. If its version moved by
 * more than our stop makes of it, they started it before the stop came, which took that back: now one is.
 * @param before the version by the status sent with the stop; the run has a later one
 * @param loads how many loads of ours are behind it
 * @returns whether it is, from now on
 */
export function oweIfUndone(draft: Draft, before: bigint | undefined, loads = 0n): boolean {
  const { stopSent, statusBefore, version, startsSent } = draft.run;
  if (!stopSent || statusBefore !== 'stopped' || startsSent > 0) return false;
  if (version === undefined || before === undefined) return false;
  if (version <= before + CHANGES_WITHOUT_A_START + loads) return false;
  draft.set({ statusBefore: 'running', startLate: true });
  return true;
}

/**
 * An answer to a start. Refused for now: again, at first at once. Refused until somebody gives us control back: the run
 * says so, and goes on trying. Refused for good: only by a canister that is gone.
 */
export function onStart(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    draft.set({ startConfirmed: true });
    comeUp(draft);
  } else if (draft.run.startSettled) {
    // A status from behind it says that the target runs.
  } else if ('reject' in result && isPermanent(result.reject)) {
    const problem = untold(draft, START, result);
    if (problem !== undefined) draft.fail(problem);
    if (isGone(result.reject)) draft.set({ startSettled: true });
  } else if (draft.run.startsSent < IMMEDIATE_STARTS) {
    if ('lost' in result) look(draft);
    else sendStart(draft);
  }
}

/** Before one more start: does the target need it? */
export function look(draft: Draft): void {
  draft.send(draft.run.phase, [{ name: 'status_before_start' }]);
}

/** What does not say for sure that no start is owed lets one go out: a target that stays down is worse. */
export function onLook(draft: Draft, result: CallResult): void {
  const answer = 'ok' in result ? (result.ok as StatusAnswer) : undefined;
  if (answer?.status === 'running') {
    settleRunning(draft);
  } else if (answer !== undefined && stoppedByOthers(draft.run, answer)) {
    draft.set({ startSettled: true, statusAfter: answer.status });
    draft.fail(failure('stopped_by_others', { canister: draft.run.target }));
  } else {
    sendStart(draft);
  }
}

/** The target was seen running behind our start: whatever becomes of the answer to it, none is owed. */
export function settleRunning(draft: Draft): void {
  if (!mustStart(draft.run) || draft.run.startsSent === 0 || draft.run.startConfirmed) return;
  draft.set({ startSettled: true, statusAfter: 'running' });
  comeUp(draft);
}

/** Whether somebody stopped the target after it had been started from our stop. */
function stoppedByOthers(run: Run, { status, version }: StatusAnswer): boolean {
  if (status === 'stopping') return run.stopProven;
  const stopped = versionWhenStopped(run);
  return stopped !== undefined && version !== undefined && version >= stopped + CHANGES_OF_A_START_AND_A_STOP;
}

/** The version that the target had when it was seen stopped: exact, because nothing runs in it then. */
function versionWhenStopped({ kind, version, statusAtTake, statusAfter }: Run): bigint | undefined {
  return (kind === 'backup' ? statusAtTake : statusAfter) === 'stopped' ? version : undefined;
}

/** Whether there is no such canister any more. */
export function isGone(reject: Reject): boolean {
  return errorCodeOf(reject) === 'IC0301';
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
