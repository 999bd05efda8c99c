/** Which canisters are backed up, and how. */
import {
  ADOPTED_PACE_NANOS,
  type Asker,
  afterChange,
  type CandidKept,
  type CandidPolicy,
  type CandidTarget,
  type CandidUnregistered,
  changeSchedule,
  DEFAULT_POLICY,
  type ErrorValue,
  explainReject,
  failure,
  firstSchedule,
  goodSnapshots,
  intervalFrom,
  isWaiting,
  keepsAlike,
  MANAGEMENT_CANISTER,
  MAX_TARGETS,
  type OutsideCalls,
  type Policy,
  readPolicy,
  type StatusAnswer,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { refuseTarget, requireRight } from '../access.ts';
import { rejectOf, status } from '../gateway/management.ts';
import { now, self } from '../platform/ic.ts';
import { callsOf, refuseOutside, refuseSpending, within } from '../runs/budget.ts';
import { abandon } from '../runs/driver.ts';
import { targetChanged } from '../runs/looks.ts';
import { schedule as reschedule } from '../runs/schedule.ts';
import { roundTrip, seatFor, waitFor } from '../runs/waiting.ts';
import { catalogOf, endPolicy, pacedFrom } from '../store/canisters.ts';
import { forgetHealth, observeAnswer } from '../store/health.ts';
import { record } from '../store/history.ts';
import { openRunOf } from '../store/journal.ts';
import { defaultTarget, setDefaultTarget } from '../store/meta.ts';
import { getTarget, putTarget, removeTarget, type TargetRecord, targetCount } from '../store/targets.ts';
import { type Answer, candidError, ok, opt, refuse } from './results.ts';
import { refuseBusy } from './runs.ts';
import { viewKept, viewTarget } from './views.ts';

export async function register(arg: {
  canister: Principal;
  policy: [] | [CandidPolicy];
}): Promise<Answer<CandidTarget<Principal>>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const policy = arg.policy[0] === undefined ? { Ok: DEFAULT_POLICY } : readPolicy(arg.policy[0]);
  if ('Err' in policy) return refuse(policy.Err);
  const taken = refuseRegistration(canister);
  if (taken !== undefined) return refuse(taken);
  const asked = await within(callsOf(asking.Ok, canister), () => statusIfOurs(canister));
  const seen = 'Err' in asked ? asked : asked.Ok;
  if ('Err' in seen) return refuse(seen.Err);
  const refusal = refuseRegistration(canister);
  if (refusal !== undefined) return refuse(refusal);
  const registeredAt = now();
  ageUnknown(canister, registeredAt);
  const schedule = firstSchedule(policy.Ok, newestGoodAt(canister), registeredAt);
  const target: TargetRecord = { canister, policy: policy.Ok, schedule, registeredAt };
  putTarget(target);
  observeAnswer(canister, seen.Ok);
  targetChanged(canister);
  record({
    kind: 'registered',
    actor: asking.Ok.principal,
    cause: 'register',
    canister,
    details: policyDetails(target),
  });
  reschedule();
  return ok(viewTarget(target));
}

export async function unregister(principal: Principal): Promise<Answer<CandidUnregistered<Principal>>> {
  const canister = principal.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const { principal: actor } = asking.Ok;
  let left: ErrorValue | undefined;
  const refusal = await refuseChange(asking.Ok, canister, async (seat) => {
    const { waited, givenUp } = await abandonUncontrolled(canister, actor, seat);
    left ??= givenUp;
    return waited;
  });
  if (refusal !== undefined) return refuse(refusal);
  agePolicy(getTarget(canister)!);
  removeTarget(canister);
  forgetHealth(canister);
  targetChanged(canister);
  record({ kind: 'unregistered', actor, cause: 'unregister', canister, details: [] });
  if (defaultTarget() === canister) setDefaultTarget(undefined);
  reschedule();
  return ok({ canister: principal, kept: viewKept(canister), given_up: opt(left && candidError(left)) });
}

export async function setPolicy(arg: {
  canister: Principal;
  policy: CandidPolicy;
}): Promise<Answer<{ target: CandidTarget<Principal>; kept: CandidKept<Principal> }>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const policy = readPolicy(arg.policy);
  if ('Err' in policy) return refuse(policy.Err);
  const refusal = await refuseChange(asking.Ok, canister);
  if (refusal !== undefined) return refuse(refusal);
  const before = getTarget(canister)!;
  if (isSame(before.policy, policy.Ok)) return ok({ target: viewTarget(before), kept: viewKept(canister) });
  if (!keepsAlike(before.policy, policy.Ok)) agePolicy(before);
  const change = { from: before.policy.schedule, to: policy.Ok.schedule };
  const schedule = changeSchedule(change, before.schedule, now());
  const target = { ...before, policy: policy.Ok, schedule };
  putTarget(target);
  targetChanged(canister);
  record({
    kind: 'policy_set',
    actor: asking.Ok.principal,
    cause: 'set_policy',
    canister,
    details: policyDetails(target),
  });
  reschedule();
  return ok({ target: viewTarget(target), kept: viewKept(canister) });
}

export function setDefault(arg: { canister: [] | [Principal] }): Answer<[] | [Principal]> {
  const asking = requireRight('administer');
  if ('Err' in asking) return refuse(asking.Err);
  const canister = arg.canister[0]?.toText();
  if (canister !== undefined && getTarget(canister) === undefined)
    return refuse(failure('unknown_target', { canister }));
  if (canister !== defaultTarget()) {
    setDefaultTarget(canister);
    record({ kind: 'default_set', actor: asking.Ok.principal, cause: 'set_default', canister, details: [] });
  }
  return ok(opt(canister === undefined ? undefined : Principal.fromText(canister)));
}

function isSame(before: Policy, after: Policy): boolean {
  const [was, is] = [before, after].map((policy) => policyDetails({ policy })[0]?.[1]);
  return was === is;
}

/** What was taken under a policy that ends keeps its pace, and nothing goes before it was due to. */
export function agePolicy({ canister, policy, schedule }: TargetRecord): void {
  const from = afterChange(pacedFrom(canister), { schedule: policy.schedule, state: schedule });
  endPolicy(canister, intervalFrom(policy.schedule, schedule.next), from);
}

/** What an older version of the manager left unregistered has neither an interval nor a pace. */
function ageUnknown(canister: string, at: bigint): void {
  if (catalogOf(canister).every(({ every }) => every !== undefined)) return;
  endPolicy(canister, ADOPTED_PACE_NANOS, pacedFrom(canister) ?? at);
}

function newestGoodAt(canister: string): bigint | undefined {
  return goodSnapshots(catalogOf(canister))[0]?.takenAt;
}

/** The policy as JSON, whatever it holds. */
export function policyDetails({ policy }: Pick<TargetRecord, 'policy'>): [string, string][] {
  return [
    ['policy', JSON.stringify(policy, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))],
  ];
}

function refuseRegistration(canister: string): ErrorValue | undefined {
  const refusal = refuseCanister(canister);
  if (refusal !== undefined) return refusal;
  return getTarget(canister) === undefined ? refuseOneMore() : failure('duplicate_target', { canister });
}

/** What can be no target of this manager. */
export function refuseCanister(canister: string): ErrorValue | undefined {
  if (canister === MANAGEMENT_CANISTER) return failure('management_canister', { canister });
  return canister === self() ? failure('self_target', { canister }) : undefined;
}

/** Refuses a target beyond the most that a manager may have. */
export function refuseOneMore(): ErrorValue | undefined {
  return targetCount() < MAX_TARGETS ? undefined : failure('too_many_targets', { manager: self(), limit: MAX_TARGETS });
}

/** Only a controller may read the status of a canister, so reading it is the proof. */
async function statusIfOurs(canister: string): Promise<{ readonly Ok: StatusAnswer } | { readonly Err: ErrorValue }> {
  try {
    return { Ok: await status(canister) };
  } catch (error) {
    const reject = rejectOf(error);
    if (reject === undefined) throw error;
    return { Err: explainReject('status', reject, { canister, manager: self() }) };
  }
}

/**
 * Refuses a change of a target that may not be made, or waits until nothing of ours is at it.
 * @param pause lets time pass; answers whether it did
 */
export async function refuseChange(
  asking: Asker,
  canister: string,
  pause = (seat: OutsideCalls) => whileAtWork(canister, seat),
): Promise<ErrorValue | undefined> {
  const seat = seatFor(asking, canister);
  const waited = await waitFor(
    seat,
    () => admission(asking, canister),
    () => pause(seat),
  );
  if ('Err' in waited) return waited.Err;
  return waited.Ok === 'free' ? undefined : (waited.Ok ?? refuseBusy(canister));
}

/** What is known without waiting: nothing of ours is at the target, or why the change may not be made at all. */
function admission(asking: Asker, canister: string): 'free' | ErrorValue | undefined {
  if (getTarget(canister) === undefined) return failure('unknown_target', { canister });
  return refuseBusy(canister) === undefined ? 'free' : refuseTarget(asking, canister);
}

/** Refuses what would have to wait if too many wait already. Answers within this execution. */
export async function refuseCrowd(asking: Asker, canister: string): Promise<ErrorValue | undefined> {
  return refuseBusy(canister) === undefined ? undefined : refuseOutside(seatFor(asking, canister));
}

/** A run that only waits for its next attempt may do so for ever: it is not waited for. */
async function whileAtWork(canister: string, seat: OutsideCalls): Promise<boolean> {
  const run = openRunOf(canister);
  return run !== undefined && isWaiting(run) ? false : roundTrip(seat);
}

/**
 * A run that waits for its next attempt at a target that is not ours waits for ever, unless somebody gives control back:
 * whoever unregisters the target says that nobody will.
 */
async function abandonUncontrolled(
  canister: string,
  actor: string,
  seat: OutsideCalls,
): Promise<{ readonly waited: boolean; readonly givenUp?: ErrorValue | undefined }> {
  const run = openRunOf(canister);
  if (run === undefined || !isWaiting(run)) return { waited: await roundTrip(seat) };
  if ((await refuseSpending(seat)) !== undefined) return { waited: false };
  const seen = await statusIfOurs(canister);
  const refusal = 'Err' in seen ? seen.Err : undefined;
  const lost = refusal?.code === 'not_controller' && openRunOf(canister)?.id === run.id;
  return { waited: refusal?.code !== 'status_failed', givenUp: lost ? abandon(canister, actor) : undefined };
}
