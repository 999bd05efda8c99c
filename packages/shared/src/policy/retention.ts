/**
 * Which of our snapshots stay. Others' are not looked at, except that they take slots. Invariants:
 * - the newest good snapshot stays, whatever the policy says, and so does the newest good one that the timer took; if
 *   none is good, the newest of those that would be once somebody accepted them;
 * - so does the newest complete one, or a policy of mode `running` that keeps one would delete what it has just taken;
 * - what is pinned stays;
 * - a backup by hand that is good never makes one of the timer go;
 * - nothing is dropped that the policy keeps and that has a slot.
 * The first two may be one more than the policy keeps, and one more than has a slot.
 *
 * With rules it is as in restic and sanoid: for each of the last so many hours, days, weeks or months that have a
 * snapshot, the newest one of that time stays. What the rules want is fitted into the slots by rank: first what is the
 * newest by each rule, then what is second, so that few slots still reach far back.
 */
import { civilDay } from './cron.ts';
import { type Holders, slotsForHistory } from './slots.ts';

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
  /** Not good, but it would be once somebody accepted it. */
  readonly doubted?: boolean;
  /** Somebody asked for it; rules do not count it. */
  readonly manual?: boolean;
  readonly pinned?: boolean;
}

/** How many of each stay: the last ones, and the newest of each of the last hours, days, ISO weeks and months (UTC). */
export interface Rules {
  readonly last: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export type RuleName = keyof Rules;

/** Also the order in which rules choose among what has the same rank. */
export const RULE_NAMES: readonly RuleName[] = ['last', 'hourly', 'daily', 'weekly', 'monthly'];

/** Why a snapshot stays or goes. */
export type RetentionReason =
  | 'pinned'
  | 'newest_good'
  | 'newest'
  /** Without rules: one of the newest. */
  | 'within_keep'
  | RuleName
  /** Somebody asked for it, and there is room beside what the timer took. */
  | 'manual'
  | 'incomplete'
  | 'beyond_keep'
  /** The policy would keep it, but others' snapshots take its slot. */
  | 'no_slot';

export interface RetentionDecision {
  readonly id: string;
  readonly keep: boolean;
  readonly reason: RetentionReason;
}

export interface RetentionPolicy extends Holders {
  /** The most that stay. */
  readonly keep: number;
  /** Without them the newest. */
  readonly rules?: Rules | undefined;
}

/** Decides about each of our snapshots of one target, newest first. */
export function retention(snapshots: readonly OwnSnapshot[], policy: RetentionPolicy): RetentionDecision[] {
  const newestFirst = [...snapshots].sort(byAge);
  const pins = (policy.pins ?? 0) + snapshots.filter((snapshot) => snapshot.pinned).length;
  const slots = slotsForHistory({ ...policy, pins });
  const kept = keepers(
    newestFirst.filter((snapshot) => snapshot.complete && !snapshot.pinned),
    policy,
    slots,
  );
  // Were every slot free, it would stay: then it is the slots that are missing.
  const wanted = keepers(
    newestFirst.filter((snapshot) => snapshot.complete),
    policy,
    slotsForHistory({ foreign: 0 }),
  );
  return newestFirst.map((snapshot) => {
    const { id } = snapshot;
    if (snapshot.pinned) return { id, keep: true, reason: 'pinned' };
    if (!snapshot.complete) return { id, keep: false, reason: 'incomplete' };
    const reason = kept.get(snapshot);
    if (reason !== undefined) return { id, keep: true, reason };
    return { id, keep: false, reason: wanted.has(snapshot) ? 'no_slot' : 'beyond_keep' };
  });
}

type Kept = Map<OwnSnapshot, RetentionReason>;

function keepers(newestFirst: readonly OwnSnapshot[], policy: RetentionPolicy, slots: number): Kept {
  const scheduled = newestFirst.filter((snapshot) => !snapshot.manual);
  const kept: Kept = new Map();
  const always = (snapshot: OwnSnapshot | undefined, reason: RetentionReason) => {
    if (snapshot !== undefined && !kept.has(snapshot)) kept.set(snapshot, reason);
  };
  always(newestGood(newestFirst), 'newest_good');
  always(newestGood(scheduled), 'newest_good');
  always(newestFirst[0], 'newest');

  const room = Math.min(policy.keep, slots);
  const extra = [...kept.keys()].filter((snapshot) => snapshot.manual).length;
  // One more than there are slots may stay; a second one takes the place of one of the timer's.
  const forScheduled = Math.min(room, Math.max(0, slots + 1 - extra));
  let left = forScheduled - (kept.size - extra);
  for (const [snapshot, reason] of choices(scheduled, policy)) {
    if (left <= 0) break;
    if (kept.has(snapshot)) continue;
    kept.set(snapshot, reason);
    left -= 1;
  }
  for (const snapshot of newestFirst) if (snapshot.manual && kept.size < room) always(snapshot, 'manual');
  return kept;
}

/** What the rules want, the most wanted first. */
function choices(
  scheduled: readonly OwnSnapshot[],
  { keep, rules }: RetentionPolicy,
): [OwnSnapshot, RetentionReason][] {
  if (rules === undefined) return scheduled.slice(0, keep).map((snapshot) => [snapshot, 'within_keep']);
  const chosen: { readonly snapshot: OwnSnapshot; readonly rule: RuleName; readonly rank: number }[] = [];
  for (const rule of RULE_NAMES) {
    newestOfEach(scheduled, rule)
      .slice(0, rules[rule])
      .forEach((snapshot, rank) => {
        chosen.push({ snapshot, rule, rank });
      });
  }
  return chosen.sort((a, b) => a.rank - b.rank).map(({ snapshot, rule }) => [snapshot, rule]);
}

/** The newest good snapshot of each period, the newest of any kind where none is good; newest period first. */
function newestOfEach(newestFirst: readonly OwnSnapshot[], rule: RuleName): OwnSnapshot[] {
  if (rule === 'last') return [...newestFirst];
  const periods = new Map<string, OwnSnapshot>();
  for (const snapshot of newestFirst) {
    const period = periodOf(snapshot.takenAt, rule);
    const found = periods.get(period);
    if (found === undefined || (!found.good && snapshot.good)) periods.set(period, snapshot);
  }
  return [...periods.values()];
}

const NANOS_PER_HOUR = 3_600_000_000_000n;

function periodOf(time: bigint, rule: Exclude<RuleName, 'last'>): string {
  const hour = Number(time / NANOS_PER_HOUR);
  const days = Math.floor(hour / 24);
  if (rule === 'hourly') return String(hour);
  if (rule === 'daily') return String(days);
  // Weeks begin on Monday; 1970-01-01 was a Thursday.
  if (rule === 'weekly') return String(Math.floor((days + 3) / 7));
  const { year, month } = civilDay(days);
  return `${year}-${month}`;
}

function newestGood(newestFirst: readonly OwnSnapshot[]): OwnSnapshot | undefined {
  return newestFirst.find(({ good }) => good) ?? newestFirst.find(({ doubted }) => doubted);
}

/** Newest first; the number in the id decides between snapshots of one moment. */
function byAge(a: OwnSnapshot, b: OwnSnapshot): number {
  if (a.takenAt !== b.takenAt) return a.takenAt > b.takenAt ? -1 : 1;
  return a.id < b.id ? 1 : -1;
}
