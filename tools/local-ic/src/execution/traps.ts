import { LocalIcError, type Reject, reject } from '../errors.ts';
import { HostTrap } from '../ic0/index.ts';
import type { PrincipalText } from '../principal.ts';
import type { Trap } from '../state/types.ts';
import { gasLeft, type LiveInstance } from './instances.ts';

/** V8's words for a trap → the IC's (system-api reference, section 7, IC0502). */
const WASM_TRAPS: readonly (readonly [fragment: string, reason: string])[] = [
  ['unreachable', 'unreachable'],
  ['memory access out of bounds', 'heap out of bounds'],
  ['divide by zero', 'integer division by 0'],
  ['remainder by zero', 'integer division by 0'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'invalid conversion to integer'],
  ['table index is out of bounds', 'table out of bounds'],
  ['table access out of bounds', 'table out of bounds'],
  ['table or element segment access out of bounds', 'table out of bounds'],
  ['null function or function signature mismatch', 'indirect call to null or of another type'],
];

/** What ended an execution: a trap of the guest, or rethrown if the engine itself failed. */
export function trapOf(error: unknown, live: LiveInstance): Trap {
  if (gasLeft(live) < 0n) {
    return {
      errorCode: 'IC0522',
      message: `Canister exceeded the limit of ${live.slot.limit} instructions for single message execution.`,
    };
  }
  if (error instanceof HostTrap) return { errorCode: error.errorCode, message: error.message };
  if (error instanceof WebAssembly.RuntimeError) {
    if ((live.stack.value as number) < 0) return { errorCode: 'IC0502', message: 'Canister trapped: stack overflow' };
    return wasmTrap(error);
  }
  if (error instanceof RangeError && error.message.includes('call stack')) {
    throw new LocalIcError(
      'host_stack_too_small',
      'This thread has too little stack for a canister. Run local-ic in a Worker with resourceLimits.stackSizeMb of 16 or more, or start Node with --stack-size=6000.',
    );
  }
  throw error;
}

export function wasmTrap(error: WebAssembly.RuntimeError): Trap {
  const known = WASM_TRAPS.find(([fragment]) => error.message.includes(fragment));
  return { errorCode: 'IC0502', message: `Canister trapped: ${known?.[1] ?? error.message}` };
}

/** The text a user or caller sees: the trap, whose it is, and where to read more. */
export function executionErrorText(canisterId: PrincipalText, trap: Trap): string {
  return `Error from Canister ${canisterId}: ${trap.message}${trap.message.endsWith('.') ? '' : '.'}\nSee the list of execution errors in the IC documentation: https://internetcomputer.org/docs/references/execution-errors (${trap.errorCode}).`;
}

/** Why an empty canister answers nothing, to users and callers alike. */
export function noModule(canisterId: PrincipalText): Reject {
  const message = 'Attempted to execute a message, but the canister contains no Wasm module.';
  return reject('IC0537', executionErrorText(canisterId, { errorCode: 'IC0537', message }));
}
