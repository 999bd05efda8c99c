/**
 * The rule of deletion: which of the snapshots that retention drops may go now. Nothing else deletes a complete snapshot of
 * ours, but `delete_snapshot`, which an admin calls for one at a time.
 * - Turnover: a run by the timer replaces one that the timer took under the policy of now; a backup by hand replaces one
 *   that was taken by hand within the last 50 minutes.
 * - Pace: everything else goes one by one. What was taken under an older policy goes no sooner than one interval of that
 *   policy after the deletion before it, everything else one interval of the policy of now, and an hour at least. A
 *   deletion may be ten minutes early, and then the next one waits longer. So two are at least 50 minutes apart, and no
 *   schedule, no change of a policy, and no second registration is faster.
 * - A backup by hand lets nothing go that was not taken by hand.
 * - What may not go yet has a slot, and what was taken under the policy of now has those that are left: where slots are
 *   short, new snapshots replace each other, and the older history stays.
 * - Not counted is what is no copy that anybody was promised: the rest of an incomplete run, a safety snapshot that is
 *   settled, a suspect of the policy of now that a newer suspect replaces.
 */
import { SHORTEST_PACE_NANOS, SHRINK_SLACK_NANOS, SHRINK_SPACING_NANOS } from '../limits.ts';
import { type PlanDecision, type Planned, type PlanPolicy, planRetention } from './plan.ts';
import type { Schedule } from './policy.ts';
import { intervalFrom, type ScheduleState } from './schedule.ts';

export interface Allowance {
  readonly now: bigint;
  /** Asked for by somebody, not by the timer. */
  readonly manual: boolean;
  /** Whether one may go by its pace; not twice in a run. */
  readonly paced: boolean;
  /** From when the pace counts (nanoseconds); undefined if nothing ever went. */
  readonly from?: bigint | undefined;
  /** Interval of the policy of now, in nanoseconds. */
  readonly every?: bigint | undefined;
  /** The run has replaced one already. */
  readonly replaced?: boolean | undefined;
  /** Ids that do not go. */
  readonly except?: ReadonlySet<string> | undefined;
}

export interface Deletions {
  readonly ids: readonly string[];
  /** Those of them that are counted. */
  readonly counted: readonly string[];
  /** From when the pace counts after these; present if one goes by it. */
  readonly pacedFrom?: bigint | undefined;
  /** One goes for what the run takes. */
  readonly usedReplacement: boolean;
  /** Why each snapshot stays or goes, newest first. */
  readonly decisions: readonly PlanDecision[];
}

/** Least time between the deletion before and that of this one. */
export function paceOf({ every }: Pick<Planned, 'every'>, current?: bigint): bigint {
  return later(every ?? current ?? 0n, SHORTEST_PACE_NANOS);
}

/** From when the pace counts after a deletion at `now`: what came early, or late, moves the next one. */
export function afterPaced(from: bigint | undefined, pace: bigint, now: bigint): bigint {
  return later((from ?? now - pace) + pace, now - SHRINK_SLACK_NANOS);
}

/** From when the pace counts after the policy changed: nothing goes before it was due to by the policy before. */
export function afterChange(
  from: bigint | undefined,
  before: { readonly schedule: Schedule; readonly state: Pick<ScheduleState, 'next'> },
): bigint {
  return later(from ?? 0n, before.state.next - intervalFrom(before.schedule, before.state.next));
}

/** Until when nothing goes by its pace (nanoseconds), if from when that counts is not known: of an imported state. */
export function afterShrinking({ next }: Pick<ScheduleState, 'next'>, now: bigint): bigint {
  return later(next, now + SHRINK_SPACING_NANOS);
}

/** Snapshots of a policy that ends; those of earlier ones have its interval already. */
export function aged<S extends Planned>(snapshots: readonly S[], every: bigint): S[] {
  return snapshots.map((snapshot) => (snapshot.every === undefined ? { ...snapshot, every } : snapshot));
}

export function deletionsNow(snapshots: readonly Planned[], policy: PlanPolicy, allowance: Allowance): Deletions {
  const known = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const blocked = new Set<string>();
  let spent: Planned | undefined;
  for (;;) {
    const decisions = planRetention(snapshots, { ...policy, paced: blocked }, allowance.now);
    const going = decisions.filter((decision) => !decision.keep && !allowance.except?.has(decision.id)).reverse();
    const counted = going.filter((one) => isCounted(one, known)).map(({ id }) => known.get(id)!);
    const replaced =
      allowance.replaced === true ? undefined : counted.find((one) => one !== spent && isTurnover(one, allowance));
    spent ??= counted.find((one) => one !== replaced && mayGo(one, allowance));
    const older = counted.filter((one) => one !== spent && one.every !== undefined);
    if (older.length > 0) {
      for (const { id } of older) blocked.add(id);
      continue;
    }
    const uncounted = going.filter((one) => !isCounted(one, known)).map(({ id }) => id);
    const chosen = [replaced, spent].flatMap((one) => (one === undefined ? [] : [one.id]));
    return {
      ids: [...uncounted, ...chosen],
      counted: chosen,
      ...(spent && { pacedFrom: afterPaced(allowance.from, paceOf(spent, allowance.every), allowance.now) }),
      usedReplacement: replaced !== undefined,
      decisions,
    };
  }
}

function isCounted({ id, reason }: PlanDecision, known: ReadonlyMap<string, Planned>): boolean {
  if (reason === 'incomplete' || reason === 'settled') return false;
  return reason !== 'older_suspect' || known.get(id)?.every !== undefined;
}

/** Whether the snapshot that the run takes replaces this one, whatever the pace. */
function isTurnover({ every, origin, takenAt }: Planned, { manual, now }: Allowance): boolean {
  if (every !== undefined) return false;
  return manual ? origin === 'manual' && takenAt > now - SHRINK_SPACING_NANOS : origin !== 'manual';
}

function mayGo(snapshot: Planned, { paced, manual, from, every, now }: Allowance): boolean {
  if (!paced || (manual && snapshot.origin !== 'manual')) return false;
  return from === undefined || now >= from + paceOf(snapshot, every);
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
