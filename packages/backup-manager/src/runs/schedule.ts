/** The one timer for the next due run. */
import { affordsAnother, afterFailure, afterRun, isWaiting, type Run, startSchedule } from '@canister-backup/shared';
import { Alarm, orTrap } from '../platform/alarm.ts';
import { measureFunds } from '../platform/funds.ts';
import { now, self } from '../platform/ic.ts';
import { openRunList, openTargets } from '../store/journal.ts';
import { beginsNext, earliestDue, getTarget, putTarget } from '../store/targets.ts';
import { begin, feedAll, whenRunRests } from './driver.ts';
import { scheduleLooks } from './looks.ts';
import { orderFor } from './orders.ts';
import { proxiedCall, proxiedUntil } from './proxied.ts';

/** Runs at work at once, for the timer; each call in flight locks about 42.1 G cycles. */
const MAX_RUNS_AT_WORK = 4;

const alarm = new Alarm(runDue);

/** After anything that changes what is due next. */
export function schedule(): void {
  const [due, free] = [nextDue()?.at, proxiedUntil()];
  const next = due === undefined || (free !== undefined && free < due) ? free : due;
  alarm.set(runsAtWork() < MAX_RUNS_AT_WORK ? next : undefined);
  scheduleLooks();
}

/** One that only waits for its next attempt may wait for ever, so it keeps nobody else waiting. */
function runsAtWork(): number {
  return openRunList().filter((run) => !isWaiting(run)).length;
}

/** The target that is due next among those that nothing of ours is at and that `includes` takes. */
export function nextDue(
  includes: (canister: string) => boolean = () => true,
): { readonly canister: string; readonly at: bigint } | undefined {
  const open = openTargets();
  return earliestDue((canister) => !open.has(canister) && proxiedCall(canister) === undefined && includes(canister));
}

/** After an install or upgrade: no timer and no call is left of before. */
export function resume(): void {
  feedAll({ kind: 'restarted' });
  schedule();
}

/**
 * Begins the run that is due first. The next one, if it is due as well, has its own execution; if it has to wait, the
 * end of a run at work sets the timer again. With none at work it is not held back: if cycles are short, it says so.
 */
function runDue(): void {
  if (runsAtWork() === 0) {
    beginDue();
    return;
  }
  measureFunds().then(
    (funds) =>
      orTrap(() => {
        const atWork = runsAtWork();
        const affords = atWork < MAX_RUNS_AT_WORK && affordsAnother(openRunList().length, funds);
        if (atWork === 0 || affords) beginDue();
        else alarm.set(undefined);
      }),
    (error: unknown) => orTrap(() => fail(error)),
  );
}

function beginDue(): void {
  const next = nextDue();
  const target = next === undefined ? undefined : getTarget(next.canister);
  const at = now();
  if (target !== undefined && at >= (beginsNext(target) ?? at + 1n)) {
    const { policy, schedule, failures } = target;
    // A retry comes before its due time, which stays; what it waited for is used up.
    const begun = {
      ...target,
      schedule: afterRun(policy.schedule, schedule, at),
      ...(failures && { failures: { count: failures.count } }),
    };
    putTarget(begun);
    begin({ ...orderFor(target, at), kind: 'backup', askedBy: 'timer' });
  }
  schedule();
}

function rested(run: Run): void {
  if (run.phase === 'closed') closed(run);
  schedule();
}

/** What a run by the timer came to decides when the next one is; one by hand, when the next by hand may be. */
function closed(run: Run): void {
  const target = run.kind === 'backup' ? getTarget(run.target) : undefined;
  const at = now();
  if (target !== undefined && run.askedBy !== 'timer') {
    if (run.done) putTarget({ ...target, manualAt: run.openedAt });
  } else if (target !== undefined) {
    const { next } = target.schedule;
    const failed = run.outcome === 'failed' || run.outcome === 'interrupted' ? (run.error?.code ?? '') : undefined;
    const interval = startSchedule(target.policy.schedule, next).next - next;
    const failures = afterFailure(target.failures, failed, {
      target: run.target,
      manager: self(),
      now: at,
      next,
      interval,
    });
    if (failures !== undefined || target.failures !== undefined) putTarget({ ...target, failures });
  }
}

function fail(error: unknown): never {
  throw error;
}

whenRunRests(rested);
