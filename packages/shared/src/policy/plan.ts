/**
 * What becomes of every snapshot of ours of one target: the rules of retention for what is ordinary, and the reasons for
 * what they do not decide about. `plan_retention` shows this, and runs act on it.
 */
import { type RetentionDecision, type RetentionReason, type Rules, retention } from './retention.ts';
import { type Doubt, isGoodOnceAccepted, isSetAside, rollingSlot } from './tripwire.ts';

/** The part of a catalog entry that is looked at here. */
export interface Planned {
  readonly id: string;
  readonly takenAt: bigint;
  readonly state: 'incomplete' | 'complete' | 'deleting';
  readonly good: boolean;
  readonly origin?: 'manual' | 'adopted' | undefined;
  readonly pin?: string | undefined;
  readonly doubt?: Doubt | undefined;
  readonly safetyUntil?: bigint | undefined;
  /** Interval of the policy that it was taken under, if that is not the one of now; nanoseconds. */
  readonly every?: bigint | undefined;
}

export type PlanReason =
  | RetentionReason
  /** The way back from a restore that is not settled. */
  | 'safety'
  /** It was settled, or its time is over. */
  | 'settled'
  /** The newest that tripped or could not be judged. */
  | 'suspect'
  /** A newer one that tripped has its slot. */
  | 'older_suspect'
  /** The policy drops it, and the rule of deletion keeps it for now. */
  | 'paced';

export interface PlanDecision extends Omit<RetentionDecision, 'reason'> {
  readonly reason: PlanReason;
}

export interface PlanPolicy {
  readonly keep: number;
  readonly rules?: Rules | undefined;
  readonly foreign: number;
  /** Ids that the policy drops and that may not go yet. */
  readonly paced?: ReadonlySet<string> | undefined;
}

/** Newest first. */
export function planRetention(snapshots: readonly Planned[], policy: PlanPolicy, now: bigint): PlanDecision[] {
  const decided = new Map<string, Omit<PlanDecision, 'id'>>();
  const rest: Planned[] = [];
  for (const snapshot of snapshots) {
    const { id, state, pin, safetyUntil } = snapshot;
    if (pin !== undefined) decided.set(id, { keep: true, reason: 'pinned' });
    else if (policy.paced?.has(id)) decided.set(id, { keep: true, reason: 'paced' });
    else if (state !== 'complete') decided.set(id, { keep: false, reason: 'incomplete' });
    else if (safetyUntil === undefined) rest.push(snapshot);
    else decided.set(id, safetyUntil > now ? { keep: true, reason: 'safety' } : { keep: false, reason: 'settled' });
  }
  const { kept, gone } = rollingSlot(rest);
  if (kept !== undefined) decided.set(kept.id, { keep: true, reason: 'suspect' });
  for (const { id } of gone) decided.set(id, { keep: false, reason: 'older_suspect' });

  const pins = snapshots.filter(({ pin }) => pin !== undefined).length;
  const { keep: most, rules, foreign, paced } = policy;
  const base = { keep: most, rules, foreign, pins, suspects: kept === undefined ? 0 : 1, paced: paced?.size };
  const ordinary = rest.filter((snapshot) => !isSetAside(snapshot)).map(ordinaryOf);
  for (const { id, keep, reason } of retention(ordinary, base)) decided.set(id, { keep, reason });
  return [...snapshots].sort(byAge).map(({ id }) => ({ id, ...decided.get(id)! }));
}

function ordinaryOf(snapshot: Planned) {
  const { id, takenAt, good, origin } = snapshot;
  const doubted = !good && isGoodOnceAccepted(snapshot);
  return { id, takenAt, complete: true, good, doubted, manual: origin === 'manual' };
}

function byAge(a: Planned, b: Planned): number {
  if (a.takenAt !== b.takenAt) return a.takenAt > b.takenAt ? -1 : 1;
  return a.id < b.id ? 1 : -1;
}
