/** Keeping the manager away: from everything for a while, or from the schedule until further notice. */
import { type CandidTarget, failure, MAX_HOLD_MINUTES, NANOS_PER_SECOND } from '@canister-backup/shared';
import type { Principal } from 'azle';
import { refuseTarget, requireRight, requireRightOn } from '../access.ts';
import { now } from '../platform/ic.ts';
import { schedule } from '../runs/schedule.ts';
import { record } from '../store/history.ts';
import { getTarget, putTarget, targetNames } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { refuseChange, refuseCrowd } from './targets.ts';
import { viewTarget } from './views.ts';

/** First nothing new begins, then what is in flight is waited for; answers once nobody of us is at the target. */
export async function hold(arg: { canister: Principal; minutes: number }): Promise<Answer<CandidTarget<Principal>>> {
  const canister = arg.canister.toText();
  const { minutes } = arg;
  const asking = requireHolder(canister, minutes);
  if ('Err' in asking) return refuse(asking.Err);
  if (minutes > MAX_HOLD_MINUTES) {
    const expected = `0 to ${MAX_HOLD_MINUTES}`;
    return refuse(failure('invalid_argument', { field: 'minutes', value: String(minutes), expected }));
  }
  const refusal =
    refuseTarget(asking.Ok, canister) ?? (minutes === 0 ? undefined : await refuseCrowd(asking.Ok, canister));
  if (refusal !== undefined) return refuse(refusal);
  const by = asking.Ok.principal;
  const { held: _, ...free } = getTarget(canister)!;
  const until = now() + BigInt(minutes) * 60n * NANOS_PER_SECOND;
  putTarget(minutes === 0 ? free : { ...free, held: { until, by } });
  record({ kind: 'held', actor: by, cause: 'hold', canister, details: [['minutes', String(minutes)]] });
  schedule();
  const busy = minutes === 0 ? undefined : await refuseChange(asking.Ok, canister);
  const target = getTarget(canister);
  if (busy !== undefined) return refuse(busy);
  return target === undefined ? refuse(failure('unknown_target', { canister })) : ok(viewTarget(target));
}

/** Whoever a hold keeps away may end it: one that an operator forgot must not stand in the way of a restore. */
function requireHolder(canister: string, minutes: number): ReturnType<typeof requireRightOn> {
  const holding = requireRightOn('backup', canister);
  if ('Ok' in holding || minutes > 0) return holding;
  const restoring = requireRightOn('restore', canister);
  return 'Ok' in restoring ? restoring : holding;
}

export function pause(arg: { canister: [] | [Principal] }): Answer<{ changed: number }> {
  return setPaused(arg.canister[0]?.toText(), true);
}

export function resume(arg: { canister: [] | [Principal] }): Answer<{ changed: number }> {
  return setPaused(arg.canister[0]?.toText(), false);
}

/** One target, or all of them. What was due meanwhile happens once, after the resume. */
function setPaused(canister: string | undefined, paused: boolean): Answer<{ changed: number }> {
  const asking = canister === undefined ? requireRight('administer') : requireRightOn('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const names = canister === undefined ? targetNames() : [canister];
  let changed = 0;
  for (const name of names) {
    const { paused: before = false, ...target } = getTarget(name)!;
    if (before === paused) continue;
    putTarget(paused ? { ...target, paused } : target);
    changed += 1;
  }
  const kind = paused ? 'paused' : 'resumed';
  const details: [string, string][] = [['changed', String(changed)]];
  record({ kind, actor: asking.Ok.principal, cause: paused ? 'pause' : 'resume', canister, details });
  schedule();
  return ok({ changed });
}
