/** The canister's surroundings: time, callers and cycles. The folder `platform` is the only one that asks azle for them. */
import { principalToText } from '@canister-backup/shared';
import {
  trap as azleTrap,
  canisterCycleBalance,
  canisterSelf,
  inReplicatedExecution,
  isController,
  msgArgData,
  msgCaller,
  msgCyclesAccept,
  msgMethodName,
  msgReply,
  time,
} from 'azle';

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
  return { principal: principalToText(principal.toUint8Array()), controls: isController(principal) };
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

/** Name of the method whose call is inspected. */
export function methodName(): string {
  return msgMethodName();
}

/** The argument as it came. */
export function argumentBytes(): Uint8Array {
  return msgArgData();
}

export function reply(bytes: Uint8Array): void {
  msgReply(bytes);
}

/** Whether this execution is paid for: an update, or a query that was called as one. */
export function isReplicated(): boolean {
  return inReplicatedExecution();
}

/** Keeps all cycles that came with the call. Only in a replicated execution. */
export function acceptCycles(): void {
  msgCyclesAccept(ALL_CYCLES);
}

const ALL_CYCLES = 2n ** 127n;
