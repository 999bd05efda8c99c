/** Registered targets. */
import { afterShrinking, beginsAt, withBackoff } from '@canister-backup/shared';
import { now, self } from '../platform/ic.ts';
import { DueQueue } from './due.ts';
import { targets } from './maps.ts';
import type { TargetRecord } from './records.ts';

export type { Hold, TargetRecord } from './records.ts';

/** Built when it is first asked for, so that an upgrade that nothing is due after does not read every target. */
let queue: DueQueue | undefined;

function due(): DueQueue {
  if (queue !== undefined) return queue;
  queue = new DueQueue();
  for (const target of targets.values()) queue.set(target.canister, beginsNext(target));
  return queue;
}

/** When the timer begins the next run of a target (nanoseconds); undefined while it is paused. */
export function beginsNext({ canister, policy, schedule, paused, held, failures }: TargetRecord): bigint | undefined {
  if (paused === true) return undefined;
  const at = withBackoff(failures, beginsAt(policy, { target: canister, manager: self() }, schedule.next));
  return held !== undefined && held.until > at ? held.until : at;
}

export function getTarget(canister: string): TargetRecord | undefined {
  return targets.get(canister);
}

export function putTarget(target: TargetRecord): void {
  targets.insert(target.canister, target);
  due().set(target.canister, beginsNext(target));
}

export function removeTarget(canister: string): void {
  targets.remove(canister);
  due().set(canister, undefined);
}

export function targetCount(): number {
  return targets.len();
}

/** Names of all targets, in order. */
export function targetNames(): string[] {
  return targets.keys();
}

/** The history of a target got shorter by one: not again before its next due time, nor soon. */
export function noteShrunk(canister: string): void {
  const target = targets.get(canister);
  if (target !== undefined) putTarget({ ...target, shrunkUntil: afterShrinking(target.schedule, now()) });
}

/** The target that is due first among those that `includes` takes; undefined if there is none. */
export function earliestDue(
  includes: (canister: string) => boolean,
): { readonly canister: string; readonly at: bigint } | undefined {
  return due().earliest(includes);
}
