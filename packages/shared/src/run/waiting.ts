/** Runs that wait for their next attempt. That may be for ever: the target may not be ours any more. */
import { failure } from '../errors/registry.ts';
import { Draft } from './draft.ts';
import type { Run } from './types.ts';

/** Whether nothing of the run is in flight, and all there is left to do is to try something again later. */
export function isWaiting({ phase, pending, retryAt }: Run): boolean {
  return phase !== 'closed' && pending.length === 0 && retryAt !== undefined;
}

/** A waiting run of a target that is not ours, closed with what is owed left undone. */
export function giveUp(run: Run, now: bigint): Run {
  const draft = new Draft(run, { now, catalog: [] });
  draft.fail(failure('not_controller', { canister: run.target, manager: run.manager }), 'interrupted');
  draft.close();
  return draft.run;
}
