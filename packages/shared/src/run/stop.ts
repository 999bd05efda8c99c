/** The target is being stopped. */

import { addRounds } from './downtime.ts';
import type { Draft } from './draft.ts';
import { startAgain } from './load.ts';
import { behindTheTake } from './probe.ts';
import { failWith, problemOf } from './problem.ts';
import { secureOrLoad } from './secure.ts';
import { startCalls, startOrClose } from './start.ts';
import type { CallResult, StatusAnswer } from './types.ts';

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
    failWith(draft, { name: 'stop' }, result);
    if (draft.run.kind === 'restore') startAgain(draft);
    else startOrClose(draft);
    return;
  }
  draft.set({ stopProven: true });
  addRounds(draft);
  if (draft.run.kind === 'restore') secureOrLoad(draft);
  else draft.send('taking', [{ name: 'take' }, ...startCalls(draft), ...behindTheTake(draft.run)]);
}
