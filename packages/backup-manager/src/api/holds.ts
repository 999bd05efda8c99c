/** Keeping the manager away: from everything for a while, or from the schedule until further notice. */
import { type CandidTarget, failure, MAX_HOLD_MINUTES, NANOS_PER_SECOND } from '@canister-backup/shared';
import type { Principal } from 'azle';
import { refuseTarget, requireRight, requireRightOn } from '../access.ts';
import { now } from '../platform/ic.ts';
import { schedule } from '../runs/schedule.ts';
import { record } from '../store/history.ts';
import { pausedAll } from '../store/meta.ts';
import { getTarget, isPaused, pauseAll, putTarget, targetNames } from '../store/targets.ts';
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
  const { held, ...free } = getTarget(canister)!;
  const at = now();
  if (minutes > 0 || (held !== undefined && held.until > at)) {
    const until = at + BigInt(minutes) * 60n * NANOS_PER_SECOND;
    putTarget(minutes === 0 ? free : { ...free, held: { until, by } });
    record({ kind: 'held', actor: by, cause: 'hold', canister, details: [['minutes', String(minutes)]] });
    schedule();
  }
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
  const all = canister === undefined && (pausedAll() ?? false) !== paused;
  const changed = canister === undefined ? setAllPaused(paused) : setOnePaused(canister, paused);
  if (changed === 0 && !all) return ok({ changed });
  const kind = paused ? 'paused' : 'resumed';
  const details: [string, string][] = [['changed', String(changed)]];
  record({ kind, actor: asking.Ok.principal, cause: paused ? 'pause' : 'resume', canister, details });
  schedule();
  return ok({ changed });
}

/** @returns how many targets it changed */
function setOnePaused(canister: string, paused: boolean): number {
  const { paused: before = false, ...target } = getTarget(canister)!;
  if (before === paused) return 0;
  putTarget(paused ? { ...target, paused } : target);
  return 1;
}

/**
 * Leaves the pause of each target as it is. Only an older build paused all by pausing each; the first resume after it ends
 * those, as it would have with that build.
 */
function setAllPaused(paused: boolean): number {
  const names = targetNames();
  const before = names.filter((name) => isPaused(getTarget(name)!)).length;
  if (!paused && pausedAll() === undefined) for (const name of names) setOnePaused(name, false);
  pauseAll(paused);
  return Math.abs(names.filter((name) => isPaused(getTarget(name)!)).length - before);
}
