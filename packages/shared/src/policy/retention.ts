/**
 * Which of our snapshots stay. Others' are not looked at, except that they take slots. Invariants:
 * - the newest good snapshot stays, whatever the policy says;
 * - so does the newest complete one, or a policy of mode `running` that keeps one would delete what it has just taken;
 * - nothing is dropped that the policy keeps and that has a slot.
 * The first two may be one more than the policy keeps.
 */
import { FREE_SLOTS, MAX_SNAPSHOTS_PER_CANISTER } from '../limits.ts';

/** A snapshot of ours. */
export interface OwnSnapshot {
  /** Hexadecimal id. */
  readonly id: string;
  /** Nanoseconds. */
  readonly takenAt: bigint;
  /** Its run is complete. */
  readonly complete: boolean;
  /** Complete, and its stop proven. */
  readonly good: boolean;
}

/** Why a snapshot stays or goes. */
export type RetentionReason =
  | 'newest_good'
  | 'newest'
  | 'within_keep'
  | 'incomplete'
  | 'beyond_keep'
  /** The policy would keep it, but others' snapshots take its slot. */
  | 'no_slot';

export interface RetentionDecision {
  readonly id: string;
  readonly keep: boolean;
  readonly reason: RetentionReason;
}

/** How many of ours may stay beside `foreign` snapshots of others, before the newest good one is considered. */
export function slotsForOurs(foreign: number): number {
  return Math.max(0, MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS - foreign);
}

/**
 * Decides about each of our snapshots of one target, newest first.
 * @param policy.keep of the target's policy
 * @param policy.foreign how many snapshots of the target are not ours
 */
export function retention(
  snapshots: readonly OwnSnapshot[],
  policy: { readonly keep: number; readonly foreign: number },
): RetentionDecision[] {
  const newestFirst = [...snapshots].sort(byAge);
  const newestGood = newestFirst.find((snapshot) => snapshot.good);
  const newest = newestFirst.find((snapshot) => snapshot.complete);
  const room = Math.min(policy.keep, slotsForOurs(policy.foreign));
  let kept = new Set([newestGood, newest].filter((snapshot) => snapshot !== undefined)).size;
  let complete = 0;
  return newestFirst.map((snapshot) => {
    const { id } = snapshot;
    if (!snapshot.complete) return { id, keep: false, reason: 'incomplete' };
    complete += 1;
    if (snapshot === newestGood) return { id, keep: true, reason: 'newest_good' };
    if (snapshot === newest) return { id, keep: true, reason: 'newest' };
    if (kept < room) {
      kept += 1;
      return { id, keep: true, reason: 'within_keep' };
    }
    return { id, keep: false, reason: complete > policy.keep ? 'beyond_keep' : 'no_slot' };
  });
}

/** Newest first; the number in the id decides between snapshots of one moment. */
function byAge(a: OwnSnapshot, b: OwnSnapshot): number {
  if (a.takenAt !== b.takenAt) return a.takenAt > b.takenAt ? -1 : 1;
  return a.id < b.id ? 1 : -1;
}
