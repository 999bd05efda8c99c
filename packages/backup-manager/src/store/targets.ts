/** Registered targets. */
import { targets } from './maps.ts';
import type { TargetRecord } from './records.ts';

export type { TargetRecord } from './records.ts';

/**
 * Next due time by canister, so that the earliest is found without reading every target. It lives in the heap: rolled
 * back with it, and built anew after an upgrade.
 */
let dueIndex: Map<string, bigint> | undefined;

function due(): Map<string, bigint> {
  dueIndex ??= new Map(targets.values().map((target) => [target.canister, target.schedule.next]));
  return dueIndex;
}

export function getTarget(canister: string): TargetRecord | undefined {
  return targets.get(canister);
}

export function putTarget(target: TargetRecord): void {
  targets.insert(target.canister, target);
  due().set(target.canister, target.schedule.next);
}

export function removeTarget(canister: string): void {
  targets.remove(canister);
  due().delete(canister);
}

export function targetCount(): number {
  return targets.len();
}

/** Names of all targets, in order. */
export function targetNames(): string[] {
  return targets.keys();
}

/** The target that is due first among those that `includes` takes; undefined if there is none. */
export function earliestDue(
  includes: (canister: string) => boolean,
): { readonly canister: string; readonly at: bigint } | undefined {
  let earliest: { canister: string; at: bigint } | undefined;
  for (const [canister, at] of due()) {
    if ((earliest === undefined || at < earliest.at) && includes(canister)) earliest = { canister, at };
  }
  return earliest;
}
