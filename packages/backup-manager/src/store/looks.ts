/**
 * When the manager looks at its targets without a run. Built when it is first asked for. What is in the queue may be too
 * early, because a run saw the target since: that is found out when it comes up, so that runs need not tell.
 */
import { nextLookAt } from '@canister-backup/shared';
import { now } from '../platform/ic.ts';
import { DueQueue } from './due.ts';
import { healthOf } from './health.ts';
import { targets } from './maps.ts';
import type { TargetRecord } from './records.ts';

/** Entries that are put right in one execution; each takes about as much as a query for one target. */
const MAX_PUT_RIGHT = 100;

let queue: DueQueue | undefined;

function looks(): DueQueue {
  if (queue !== undefined) return queue;
  queue = new DueQueue();
  for (const target of targets.values()) queue.set(target.canister, dueOf(target));
  return queue;
}

function dueOf({ canister, policy, registeredAt }: TargetRecord): bigint {
  return nextLookAt(healthOf(canister), policy, registeredAt);
}

/** After a target was registered, its policy changed, or it was looked at. @param notBefore nanoseconds */
export function planLook(canister: string, notBefore = 0n): void {
  const target = targets.get(canister);
  const due = target && dueOf(target);
  looks().set(canister, due !== undefined && due < notBefore ? notBefore : due);
}

/** The look that is due first, among the targets that `includes` takes; it may be in the future. */
export function earliestLook(
  includes: (canister: string) => boolean,
): { readonly canister: string; readonly at: bigint } | undefined {
  for (let i = 0; i < MAX_PUT_RIGHT; i += 1) {
    const first = looks().earliest(includes);
    const target = first && targets.get(first.canister);
    if (first === undefined || first.at > now()) return first;
    const due = target && dueOf(target);
    if (due !== undefined && due <= first.at) return first;
    looks().set(first.canister, due);
  }
  return looks().earliest(includes);
}
