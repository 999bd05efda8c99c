/**
 * The manager looks at targets that no run has seen for a while, so that health tells of a target that was deleted,
 * emptied, stopped or taken away between two runs. A look changes nothing: status and list, sent together. What a run
 * found out meanwhile counts more.
 */
import {
  explainReject,
  type ListedSnapshot,
  LOOK_AGAIN_NANOS,
  type LookAnswer,
  NANOS_PER_SECOND,
  type StatusAnswer,
  WATCHDOG_NANOS,
} from '@canister-backup/shared';
import { list, rejectOf, status } from '../gateway/management.ts';
import { Alarm, orTrap } from '../platform/alarm.ts';
import { measureFunds } from '../platform/funds.ts';
import { now, self } from '../platform/ic.ts';
import { whenReborn } from '../platform/incarnation.ts';
import { lastRunOf } from '../store/canisters.ts';
import { observeFunds, observeLook } from '../store/health.ts';
import { isOpen } from '../store/journal.ts';
import { earliestLook, planLook } from '../store/looks.ts';
import { getTarget } from '../store/targets.ts';
import { affordsCalls, callsOf } from './budget.ts';
import { proxiedCall } from './proxied.ts';

/** Looks in flight at once, of two calls each. */
const MAX_LOOKS = 2;

/** After an install or upgrade, whose execution does not read every target. */
const FIRST_LOOK_NANOS = 60n * NANOS_PER_SECOND;

/** Since when each target is being looked at. An answer that is lost keeps none from being looked at for ever. */
const looking = new Map<string, bigint>();
whenReborn(() => looking.clear());
let awake = false;
const alarm = new Alarm(lookAtNext);

/** After a target was registered, unregistered, or its policy changed. */
export function targetChanged(canister: string): void {
  if (awake) planLook(canister);
  scheduleLooks();
}

/** The alarm may ring too early, which costs less than to move it whenever a run begins. */
export function scheduleLooks(): void {
  const at = awake ? earliestLook(isIdle)?.at : now() + FIRST_LOOK_NANOS;
  if (at !== undefined && inFlight() < MAX_LOOKS) alarm.setAtMost(at);
}

/** Nothing of ours is at it. */
function isIdle(canister: string): boolean {
  return !isBeingLookedAt(canister) && !isOpen(canister) && proxiedCall(canister) === undefined;
}

function isBeingLookedAt(canister: string): boolean {
  const since = looking.get(canister);
  return since !== undefined && now() < since + WATCHDOG_NANOS;
}

function inFlight(): number {
  return [...looking.keys()].filter(isBeingLookedAt).length;
}

/** The next one, if it is due as well, has an execution of its own. Runs come first: they count on their cycles. */
function lookAtNext(): void {
  awake = true;
  const due = earliestLook(isIdle);
  if (due === undefined || due.at > now() || inFlight() >= MAX_LOOKS) {
    alarm.set(inFlight() >= MAX_LOOKS ? undefined : due?.at);
    return;
  }
  measureFunds().then(
    (funds) =>
      orTrap(() => {
        observeFunds(funds);
        const calls = callsOf({ principal: self(), controls: true }, due.canister, { kind: 'look', calls: 2 });
        const affords = affordsCalls(calls, funds);
        if (affords) lookAt(due.canister);
        alarm.set(affords ? earliestLook(isIdle)?.at : now() + LOOK_AGAIN_NANOS);
      }),
    (error: unknown) =>
      orTrap(() => {
        throw error;
      }),
  );
}

function lookAt(canister: string): void {
  const [since, run] = [now(), lastRunOf(canister)];
  looking.set(canister, since);
  const over = (answer: LookAnswer | undefined): void => {
    if (looking.get(canister) !== since) return;
    looking.delete(canister);
    const alone = !isOpen(canister) && lastRunOf(canister) === run && getTarget(canister) !== undefined;
    if (answer !== undefined && alone) observeLook(canister, answer);
    planLook(canister, answer === undefined ? now() + LOOK_AGAIN_NANOS : 0n);
    scheduleLooks();
  };
  Promise.allSettled([status(canister), list(canister)]).then(([seen, listed]) =>
    orTrap(() => over(answerOf(canister, seen, listed))),
  );
}

/** Undefined if the answers say nothing of the target. */
function answerOf(
  canister: string,
  seen: PromiseSettledResult<StatusAnswer>,
  listed: PromiseSettledResult<readonly ListedSnapshot[]>,
): LookAnswer | undefined {
  if (seen.status === 'fulfilled') {
    return listed.status === 'fulfilled' ? { status: seen.value, listed: listed.value } : undefined;
  }
  const reject = rejectOf(seen.reason);
  if (reject === undefined) return undefined;
  const { code } = explainReject('status', reject, { canister, manager: self() });
  return code === 'target_not_found' || code === 'not_controller' ? { refused: code } : undefined;
}
