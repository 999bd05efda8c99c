/**
 * When a target is due. Due times lie on a grid, `anchor + n × interval` or a calendar, and nothing but the policy moves
 * it: a late run does not make the next one later, and however many were missed, the run happens once. A run begins at
 * its due time, later by the jitter, and not in quiet hours. Times are nanoseconds.
 */
import { NANOS_PER_SECOND } from '../limits.ts';
import { nextAfter, parseCron } from './cron.ts';
import type { Policy, Schedule } from './policy.ts';
import { RULE_NAMES } from './retention.ts';
import { afterQuiet, jitterOf, type Pair } from './timing.ts';

/** What the schedule remembers of a target. */
export interface ScheduleState {
  /** Start of the grid: when the policy was set. */
  readonly anchor: bigint;
  /** The next due time, on the grid. */
  readonly next: bigint;
}

/** What of a policy decides when runs begin. */
export type Timed = Pick<Policy, 'schedule' | 'jitter' | 'quiet'>;

/** Why a target is due or not. */
export type DueReason =
  | { readonly kind: 'not_yet'; readonly at: bigint }
  | { readonly kind: 'due'; readonly at: bigint; readonly missed: bigint };

/** Missed due times of a calendar are counted one by one; more than this are not told apart. */
const MAX_MISSED = 1000n;

/** The grid starts now; the first run is one interval away. */
export function startSchedule(schedule: Schedule, now: bigint): ScheduleState {
  return { anchor: now, next: following(schedule, now, now) };
}

/**
 * The grid of a target that was just registered. Its first run is due at once, or it would be unprotected for an interval:
 * unless the policy says otherwise, or a good snapshot is younger than that interval.
 */
export function firstSchedule(
  { schedule, immediate = true }: Pick<Policy, 'schedule' | 'immediate'>,
  newestGood: bigint | undefined,
  now: bigint,
): ScheduleState {
  const later = startSchedule(schedule, now);
  const covered = newestGood !== undefined && newestGood + (later.next - now) > now;
  return !immediate || covered ? later : { anchor: now, next: now };
}

/** Whether the first run, which is due at once, has not begun: all others are later than the start of the grid. */
export function isFirst({ anchor, next }: ScheduleState): boolean {
  return anchor === next;
}

/** From a due time to the next one, in nanoseconds. */
export function intervalFrom(schedule: Schedule, due: bigint): bigint {
  return following(schedule, due, due) - due;
}

/** Whether the target is due at `now`, since when, and how many earlier due times this run also stands for. */
export function dueAt(schedule: Schedule, state: ScheduleState, now: bigint): DueReason {
  if (now < state.next) return { kind: 'not_yet', at: state.next };
  return { kind: 'due', at: state.next, missed: missedSince(schedule, state.next, now) };
}

/** The state after the run that is due at `now` was begun: the first time on the grid after `now`. */
export function afterRun(schedule: Schedule, state: ScheduleState, now: bigint): ScheduleState {
  if (now < state.next) return state;
  return { anchor: state.anchor, next: following(schedule, state.next, now) };
}

/** The state after a policy was set: the same grid if the schedule stayed, else a new one from now. A first run stays due. */
export function changeSchedule(
  change: { readonly from: Schedule; readonly to: Schedule },
  state: ScheduleState,
  now: bigint,
): ScheduleState {
  if (sameSchedule(change.from, change.to)) return state;
  return isFirst(state) ? { anchor: now, next: now } : startSchedule(change.to, now);
}

/** Whether two policies keep the same at the same times, so that what was taken under the one counts for the other. */
export function keepsAlike(a: Policy, b: Policy): boolean {
  const rules = RULE_NAMES.every((name) => a.retention?.[name] === b.retention?.[name]);
  return sameSchedule(a.schedule, b.schedule) && a.keep === b.keep && rules;
}

/** When the run of a due time begins. */
export function beginsAt(policy: Pick<Policy, 'jitter' | 'quiet'>, pair: Pair, due: bigint): bigint {
  return afterQuiet(due + jitterOf(pair, due, policy.jitter ?? 0n), policy.quiet);
}

/** When, at the latest, a policy begins the run that follows one at `after`. */
export function nextRunBy({ schedule, quiet, jitter = 0n }: Timed, after: bigint): bigint {
  const due =
    schedule.kind === 'calendar'
      ? nextAfter(calendarOf(schedule.cron), after)
      : after + schedule.seconds * NANOS_PER_SECOND;
  return afterQuiet(due + jitter * NANOS_PER_SECOND, quiet);
}

function sameSchedule(a: Schedule, b: Schedule): boolean {
  if (a.kind === 'every') return b.kind === 'every' && a.seconds === b.seconds;
  return b.kind === 'calendar' && a.cron === b.cron;
}

/** The first time on the grid through `point` that is after `now`. */
function following(schedule: Schedule, point: bigint, now: bigint): bigint {
  if (schedule.kind === 'calendar') return nextAfter(calendarOf(schedule.cron), now);
  const interval = schedule.seconds * NANOS_PER_SECOND;
  return point + ((now - point) / interval + 1n) * interval;
}

function missedSince(schedule: Schedule, next: bigint, now: bigint): bigint {
  if (schedule.kind === 'every') return (now - next) / (schedule.seconds * NANOS_PER_SECOND);
  const calendar = calendarOf(schedule.cron);
  let missed = 0n;
  for (let at = nextAfter(calendar, next); at <= now && missed < MAX_MISSED; at = nextAfter(calendar, at)) missed += 1n;
  return missed;
}

function calendarOf(text: string) {
  const parsed = parseCron(text);
  if ('Err' in parsed) throw new Error(`a policy holds a calendar that is none: ${text}: ${parsed.Err}`);
  return parsed.Ok;
}
