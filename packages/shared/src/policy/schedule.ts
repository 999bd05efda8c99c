/**
 * When a target is due. Due times lie on a grid, `anchor + n × interval`, and nothing but the policy moves the anchor:
 * a late run does not make the next one later, and however many were missed, the run happens once.
 * Times are nanoseconds.
 */
import { NANOS_PER_SECOND } from '../limits.ts';
import type { Schedule } from './policy.ts';

/** What the schedule remembers of a target. */
export interface ScheduleState {
  /** Start of the grid: when the policy was set. */
  readonly anchor: bigint;
  /** The next due time, on the grid. */
  readonly next: bigint;
}

/** Why a target is due or not. */
export type DueReason =
  | { readonly kind: 'not_yet'; readonly at: bigint }
  | { readonly kind: 'due'; readonly at: bigint; readonly missed: bigint };

/** The grid starts now; the first run is one interval away. */
export function startSchedule(schedule: Schedule, now: bigint): ScheduleState {
  return { anchor: now, next: now + intervalOf(schedule) };
}

/** Whether the target is due at `now`, since when, and how many earlier due times this run also stands for. */
export function dueAt(schedule: Schedule, state: ScheduleState, now: bigint): DueReason {
  if (now < state.next) return { kind: 'not_yet', at: state.next };
  return { kind: 'due', at: state.next, missed: (now - state.next) / intervalOf(schedule) };
}

/** The state after the run that is due at `now` was begun: the first time on the grid after `now`. */
export function afterRun(schedule: Schedule, state: ScheduleState, now: bigint): ScheduleState {
  if (now < state.next) return state;
  const interval = intervalOf(schedule);
  return { anchor: state.anchor, next: state.next + ((now - state.next) / interval + 1n) * interval };
}

/** The state after a policy was set: the same grid if the interval stayed, else a new one from now. */
export function changeSchedule(
  change: { readonly from: Schedule; readonly to: Schedule },
  state: ScheduleState,
  now: bigint,
): ScheduleState {
  return change.from.seconds === change.to.seconds ? state : startSchedule(change.to, now);
}

function intervalOf(schedule: Schedule): bigint {
  return schedule.seconds * NANOS_PER_SECOND;
}
