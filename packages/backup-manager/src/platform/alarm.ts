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

export class Alarm {
  private timer: bigint | undefined;
  private at: bigint | undefined;
  private readonly work: () => void;

  /** @param work has to set the alarm again, or clear it: until then it rings every minute */
  constructor(work: () => void) {
    this.work = work;
  }

  /** Rings once at `at` (nanoseconds) or, in whole seconds, just after; at once if that is past; never if undefined. */
  set(at: bigint | undefined): void {
    if (at === this.at && (at === undefined) === (this.timer === undefined)) return;
    this.clear();
    this.at = at;
    if (at !== undefined) this.timer = setTimerInterval(secondsUntil(at), () => this.ring());
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
  }

  private ring(): void {
    this.clear();
    this.timer = setTimerInterval(GUARD_SECONDS, () => this.ring());
    soon(this.work);
  }
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
