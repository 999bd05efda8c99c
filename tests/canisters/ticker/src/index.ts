/** A canister with azle's timers, and a method that wakes them: what a policy's `after_restore` is for. */
import { IDL, query, setTimer, setTimerInterval, update } from 'azle';

let ticks = 0n;

export default class {
  @query([], IDL.Nat)
  ticked(): bigint {
    return ticks;
  }

  /** Counts every so many seconds from now on. */
  @update([IDL.Nat32])
  tick(seconds: number): void {
    setTimerInterval(seconds, () => {
      ticks += 1n;
    });
  }

  /** The library sets the IC's timer only for what is due before what it believes to be set: so, now. */
  @update([])
  wake(): void {
    setTimer(0, () => {});
  }
}
