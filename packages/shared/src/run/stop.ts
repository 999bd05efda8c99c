/** The target is being stopped. */

import { failure } from '../errors/registry.ts';
import { isPermanent } from '../errors/rejects.ts';
import { NANOS_PER_SECOND } from '../limits.ts';
import { addRounds, comeUp } from './downtime.ts';
import type { Draft } from './draft.ts';
import { startAgain } from './load.ts';
import { failWith, problemOf } from './problem.ts';
import { secureOrLoad } from './secure.ts';
import { startOrClose } from './start.ts';
import { sendTake } from './take.ts';
import type { CallResult, Run, StatusAnswer } from './types.ts';

/** The status sent just before the stop says what the target was; without it the status of the preflight stands. */
export function onStopStatus(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    const { status, moduleHash, version } = result.ok as StatusAnswer;
    draft.set({ statusBefore: status, moduleHash, version });
    return;
  }
  const problem = problemOf(draft, { name: 'status' }, result);
  if (problem !== undefined) draft.warn(problem);
}

export function onStop(draft: Draft, result: CallResult): void {
  // Not waited for: an answer that is lost must not keep the target down.
  draft.set({ pending: [] });
  if (!('ok' in result)) {
    const problem = problemOf(draft, { name: 'stop' }, result);
    if ('reject' in result && problem?.code !== 'stop_timeout') draft.set({ stopRefused: true });
    failWith(draft, { name: 'stop' }, result);
    if ('reject' in result && isPermanent(result.reject)) takeBack(draft);
    if (draft.run.kind === 'restore') startAgain(draft);
    else startOrClose(draft);
    return;
  }
  draft.set({ stopProven: true });
  addRounds(draft);
  if (draft.run.kind === 'restore') secureOrLoad(draft);
  else sendTake(draft);
}

/** The stop was not carried out. No start is owed: it would only meet what somebody else does with the target. */
function takeBack(draft: Draft): void {
  draft.set({ stopSent: false });
  comeUp(draft);
}

/** Until when a backup waits for the stop, if its policy says so (nanoseconds). */
export function stopDeadline(run: Run): bigint | undefined {
  const { kind, phase, maxDowntime, downSince } = run;
  if (kind !== 'backup' || phase !== 'stopping' || maxDowntime === undefined || downSince === undefined)
    return undefined;
  return downSince + maxDowntime * NANOS_PER_SECOND;
}

/** The target has not stopped in the time that its policy allows: it is started again, which takes back the stop. */
export function giveUpStop(draft: Draft): void {
  const { target: canister, maxDowntime = 0n } = draft.run;
  draft.set({ pending: [] });
  draft.fail(failure('downtime_exceeded', { canister, seconds: maxDowntime }));
  startOrClose(draft);
}
