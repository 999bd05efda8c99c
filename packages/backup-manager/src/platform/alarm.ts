/**
 * A timer that is not lost when the execution it starts traps.
 *
 * A one-shot timer is gone after its callback, also when the callback trapped and all it did, such as setting the next
 * timer, was undone. So an alarm is an interval that is cleared when it rings, which is undone as well if ringing traps;
 * the work itself is done in an execution of its own, guarded by a second ring. azle cannot clear a one-shot timer
 * (clearTimer traps) but can clear an interval.
 */

import { NANOS_PER_SECOND } from '@canister-backup/shared';
import { clearTimer, setTimer, setTimerInterval } from 'azle';
import { now, trap } from './ic.ts';

/** When the work is tried again if it trapped, in seconds. */
const GUARD_SECONDS = 60;

/** All that there are. */
const alarms: Alarm[] = [];

export class Alarm {
  private timer: bigint | undefined;
  private at: bigint | undefined;
  private expected: bigint | undefined;
  private readonly work: () => void;

  /** @param work has to set the alarm again, or clear it: until then it rings every minute */
  constructor(work: () => void) {
    this.work = work;
    alarms.push(this);
  }

  /** Rings once at `at` (nanoseconds) or, in whole seconds, just after; at once if that is past; never if undefined. */
  set(at: bigint | undefined): void {
    if (at === this.at && (at === undefined) === (this.timer === undefined)) return;
    this.clear();
    if (at !== undefined) this.arm(at);
  }

  /**
   * Rings at `at` or earlier: an alarm that is set for an earlier time stays. The CDK forgets a cleared timer only when
   * its time has come, so an alarm that moves with every event would wake the canister as often, for nothing.
   */
  setAtMost(at: bigint | undefined): void {
    if (at !== undefined && this.at !== undefined && this.at <= at) return;
    this.set(at);
  }

  private clear(): void {
    if (this.timer !== undefined) clearTimer(this.timer);
    this.timer = undefined;
    this.at = undefined;
    this.expected = undefined;
  }

  private arm(at: bigint): void {
    this.at = at;
    this.expected = at > now() ? at : now();
    this.timer = setTimerInterval(secondsUntil(at), () => this.ring());
  }

  private ring(): void {
    this.clear();
    this.expected = now() + BigInt(GUARD_SECONDS) * NANOS_PER_SECOND;
    this.timer = setTimerInterval(GUARD_SECONDS, () => this.ring());
    soon(this.work);
  }

  /** When it rings next, as far as this heap knows (nanoseconds); undefined if it is not set. */
  ringsAt(): bigint | undefined {
    return this.expected;
  }

  /** Sets it again for the same time: the CDK may have lost the timer behind it. */
  rearm(): void {
    const at = this.expected;
    if (at === undefined) return;
    this.clear();
    this.arm(at);
  }
}

/** When the first of all alarms rings (nanoseconds); undefined if none is set. */
export function nextRing(): bigint | undefined {
  return alarms
    .map((alarm) => alarm.ringsAt())
    .reduce((first, at) => (first === undefined || (at !== undefined && at < first) ? at : first), undefined);
}

export function rearmAll(): void {
  for (const alarm of alarms) alarm.rearm();
}

/** Does `work` in an execution of its own, as soon as the canister runs. Works in a cleanup callback too. */
export function soon(work: () => void): void {
  setTimer(0, () => orTrap(work));
}

/** Does `work`; if it throws, the whole execution is undone. In a promise an exception would be swallowed. */
export function orTrap(work: () => void): void {
  try {
    work();
  } catch (error) {
    trap(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

/** At least one: an interval of zero that traps would ring in every round. */
function secondsUntil(at: bigint): number {
  const left = at - now();
  if (left <= NANOS_PER_SECOND) return 1;
  return Number((left + NANOS_PER_SECOND - 1n) / NANOS_PER_SECOND);
}
