/** What the failure of a call means for the run. */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { explainReject } from '../errors/rejects.ts';
import type { Draft } from './draft.ts';
import type { Call, CallResult } from './types.ts';

/** The failure that a call came to; undefined if it succeeded. */
export function problemOf(draft: Draft, call: Call, result: CallResult): ErrorValue | undefined {
  if ('ok' in result) return undefined;
  const { target: canister, manager, phase } = draft.run;
  if ('lost' in result) {
    const cause = result.lost;
    if (call.name === 'after_restore') return failure('after_restore_failed', { canister, reject: cause });
    if (call.name === 'probe')
      return failure('probe_unanswered', { canister, method: draft.run.probe?.method ?? '', cause });
    if (call.name === 'take') return failure('take_unknown', { canister, cause, appeared: [] });
    return failure('interrupted', { canister, phase, cause });
  }
  const method = draft.run.probe?.method;
  return explainReject(call.name, result.reject, { canister, manager, snapshot: call.snapshot, method });
}

/** Makes the failure of a call the outcome of the run, if it has none yet. */
export function failWith(draft: Draft, call: Call, result: CallResult): void {
  const problem = problemOf(draft, call, result);
  if (problem !== undefined) draft.fail(problem, 'lost' in result ? 'interrupted' : 'failed');
}

/** The failure of a call that is tried until it succeeds, if the run has not told it yet. */
export function untold(draft: Draft, call: Call, result: CallResult): ErrorValue | undefined {
  const { error, warnings } = draft.run;
  const problem = problemOf(draft, call, result);
  return [error, ...warnings].some((told) => told?.code === problem?.code) ? undefined : problem;
}
