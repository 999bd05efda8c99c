/** The canister's surroundings: time, callers and cycles. The folder `platform` is the only one that asks azle for them. */
import { trap as azleTrap, canisterCycleBalance, canisterSelf, isController, msgCaller, time } from 'azle';

/** Time of this execution in nanoseconds since 1970-01-01 UTC. */
export function now(): bigint {
  return time();
}

let own: string | undefined;

/** Text of the manager itself. Remembered: it is asked for each target, and the text of a principal is a checksum. */
export function self(): string {
  own ??= canisterSelf().toText();
  return own;
}

/** Who called, and whether the caller is one of the manager's controllers. */
export interface Caller {
  readonly principal: string;
  readonly controls: boolean;
}

export function caller(): Caller {
  const principal = msgCaller();
  return { principal: principal.toText(), controls: isController(principal) };
}

/** Cycles, with those below the freezing limit. */
export function cycleBalance(): bigint {
  return canisterCycleBalance();
}

/** Undoes this execution. A JavaScript exception would do the same, but only where nobody catches it. */
export function trap(message: string): never {
  azleTrap(message);
  throw new Error(message);
}
