/** Runs that wait for their next attempt. That may be for ever: the target may not be ours any more. */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { Draft } from './draft.ts';
import type { Run } from './types.ts';

/** Whether nothing of the run is in flight, and all there is left to do is to try something again later. */
export function isWaiting({ phase, pending, retryAt }: Run): boolean {
  return phase !== 'closed' && pending.length === 0 && retryAt !== undefined;
}

/** A waiting run of a target that is not ours, closed, and what is left undone with the command that does it. */
export function giveUp(run: Run, now: bigint): { readonly run: Run; readonly left: ErrorValue } {
  const { id, target: canister, manager, safety, snapshot = '' } = run;
  const left =
    run.purpose === 'forced'
      ? failure('given_up_empty', { canister, manager, run: id, snapshot: safety ?? snapshot })
      : failure('given_up_stopped', { canister, manager, run: id });
  const draft = new Draft(run, { now, catalog: [] });
  draft.fail(left, 'interrupted');
  draft.close();
  return { run: draft.run, left };
}
