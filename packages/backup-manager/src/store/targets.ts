/** Registered targets. */
import { beginsAt, isFirst, withBackoff } from '@canister-backup/shared';
import { self } from '../platform/ic.ts';
import { DueQueue } from './due.ts';
import { targets } from './maps.ts';
import { pausedAll, storePausedAll } from './meta.ts';
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

/** Read once: it is asked for with every target. */
let allPaused: boolean | undefined;

/** Whether all targets are paused at once, however each of them is. */
export function areAllPaused(): boolean {
  allPaused ??= pausedAll() ?? false;
  return allPaused;
}

export function pauseAll(paused: boolean): void {
  storePausedAll(paused);
  allPaused = paused;
  queue = undefined;
}

/** Whether the timer leaves a target alone. */
export function isPaused({ paused }: TargetRecord): boolean {
  return paused === true || areAllPaused();
}

/** When the timer begins the next run of a target (nanoseconds); undefined while it is paused. */
export function beginsNext(target: TargetRecord): bigint | undefined {
  if (isPaused(target)) return undefined;
  const { canister, policy, schedule, held, failures } = target;
  // The first one is not spread by jitter: until then the target is unprotected.
  const { jitter: _, ...atOnce } = policy;
  const pair = { target: canister, manager: self() };
  const at = withBackoff(failures, beginsAt(isFirst(schedule) ? atOnce : policy, pair, schedule.next));
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

/** The target that is called so. */
export function targetCalled(name: string): TargetRecord | undefined {
  for (const target of targets.values()) if (target.name === name) return target;
  return undefined;
}

/** Ids of all targets, in order. */
export function targetNames(): string[] {
  return targets.keys();
}

/** The target that is due first among those that `includes` takes; undefined if there is none. */
export function earliestDue(
  includes: (canister: string) => boolean,
): { readonly canister: string; readonly at: bigint } | undefined {
  return due().earliest(includes);
}
