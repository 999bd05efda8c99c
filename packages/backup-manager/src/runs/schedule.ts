/** The one timer for the next due run. */
import { afterRun, dueAt } from '@canister-backup/shared';
import { Alarm, orTrap } from '../platform/alarm.ts';
import { measureFunds } from '../platform/funds.ts';
import { now } from '../platform/ic.ts';
import { openRunCount, openTargets } from '../store/journal.ts';
import { earliestDue, getTarget, putTarget } from '../store/targets.ts';
import { begin, feedAll, whenRunCloses } from './driver.ts';
import { affordsAnother } from './reserve.ts';

/** Runs that the timer has open at once; each call in flight locks about 42.1 G cycles. */
const MAX_OPEN_RUNS = 4;

const alarm = new Alarm(runDue);

/** After anything that changes what is due next. */
export function schedule(): void {
  alarm.set(openRunCount() < MAX_OPEN_RUNS ? nextDue()?.at : undefined);
}

/** The target that is due next among those that have no run open and that `includes` takes. */
export function nextDue(
  includes: (canister: string) => boolean = () => true,
): { readonly canister: string; readonly at: bigint } | undefined {
  const open = openTargets();
  return earliestDue((canister) => !open.has(canister) && includes(canister));
}

/** After an install or upgrade: no timer and no call is left of before. */
export function resume(): void {
  feedAll({ kind: 'restarted' });
  schedule();
}

/**
 * Begins the run that is due first. The next one, if it is due as well, has its own execution; if it has to wait, the
 * end of a run sets the timer again.
 */
function runDue(): void {
  const open = openRunCount();
  if (open === 0) {
    beginDue();
    return;
  }
  measureFunds().then(
    (funds) =>
      orTrap(() => {
        if (open < MAX_OPEN_RUNS && affordsAnother(open, funds)) beginDue();
        else alarm.set(undefined);
      }),
    (error: unknown) => orTrap(() => fail(error)),
  );
}

function beginDue(): void {
  const next = nextDue();
  const target = next === undefined ? undefined : getTarget(next.canister);
  const at = now();
  if (target !== undefined && dueAt(target.policy.schedule, target.schedule, at).kind === 'due') {
    const { canister, policy } = target;
    putTarget({ ...target, schedule: afterRun(policy.schedule, target.schedule, at) });
    const { mode, keep, probe } = policy;
    begin({ kind: 'backup', target: canister, mode, keep, probe, askedBy: 'timer' });
  }
  schedule();
}

function fail(error: unknown): never {
  throw error;
}

whenRunCloses(schedule);
