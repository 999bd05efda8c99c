/** Ending a run that waits for its stop, and what takes its place. */
import {
  type Asker,
  type CandidRun,
  type ErrorValue,
  failure,
  givesUpAt,
  isCancellable,
  mayOn,
  type Run,
} from '@canister-backup/shared';
import type { Principal } from 'azle';
import { RIGHT_TO, refuseTarget, requireRight, requireRightOn } from '../access.ts';
import { cancel } from '../runs/driver.ts';
import { openRunOf } from '../store/journal.ts';
import { getTarget } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { inProgress, refuseHeld } from './runs.ts';
import { viewRun } from './views.ts';

/** For who asked for the run, who may ask for one like it, and who may restore: that is who is waiting for the target. */
export async function cancelRun(principal: Principal): Promise<Answer<CandidRun<Principal>>> {
  const canister = principal.toText();
  const asking = requireRightOn('view', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const run = openRunOf(canister);
  if (run === undefined) return refuse(failure('no_open_run', { canister }));
  const refusal = refuseCancel(asking.Ok, run);
  if (refusal !== undefined) return refuse(refusal);
  const ended = await cancel(run, { actor: asking.Ok.principal, cause: 'cancel_run' }).done;
  return ok(viewRun(ended));
}

function refuseCancel(asking: Asker, run: Run): ErrorValue | undefined {
  const { target: canister, kind, askedBy, id, phase } = run;
  const may = askedBy === asking.principal || mayOn(asking, RIGHT_TO[kind], canister);
  const restoring = requireRight('restore', canister);
  if (!may && 'Err' in restoring) return restoring.Err;
  if (isCancellable(run)) return undefined;
  return failure('too_late_to_cancel', { canister, run: id, phase, until: givesUpAt(run) });
}

/**
 * Ends the open run of a target that waits for its stop, for a forced restore. What comes after the answer goes on in the
 * execution in which the run ended, so that no other run can come in between.
 * @returns why the restore cannot go on; refused by anything else, `run` says so
 */
export async function takeOver(canister: string): Promise<ErrorValue | undefined> {
  const asking = requireRightOn('restore', canister);
  const run = openRunOf(canister);
  if ('Err' in asking || run === undefined || !isCancellable(run)) return undefined;
  const refusal = refuseTarget(asking.Ok, canister) ?? refuseHeld(getTarget(canister)!);
  if (refusal !== undefined) return refusal;
  const ended = await cancel(run, { actor: asking.Ok.principal, cause: 'restore_forced' }).done;
  return ended.phase === 'closed' ? undefined : inProgress(ended);
}
