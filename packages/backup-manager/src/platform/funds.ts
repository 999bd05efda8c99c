/**
 * What the manager can spend on calls. azle has no function for it, but its refusal of a call that nobody could pay says
 * both: what is there above the freezing limit, and what the call would have locked. The call is never sent.
 */
import { MAX_METHOD_ARG_BYTES, MAX_METHOD_NAME } from '@canister-backup/shared';
import { call, canisterSelf } from 'azle';

/** In cycles. */
export interface Funds {
  /** Above the freezing limit. */
  readonly liquid: bigint;
  /** What one call locks until it is answered, with the largest name and argument of the calls we make. */
  readonly perCall: bigint;
}

/** More cycles than there can be, and few enough to stay below 128 bits with the cost of the call. */
const UNPAYABLE = 2n ** 127n;

/** Not shorter than any name in the gateway, or in a policy. */
const METHOD = 'measure_liquid_cycles'.padEnd(MAX_METHOD_NAME, '_');

/** Not smaller than any argument that the gateway sends. */
const ARGUMENT = new Uint8Array(MAX_METHOD_ARG_BYTES);

/** Measures within this execution: the promise is settled before the execution ends. */
export async function measureFunds(): Promise<Funds> {
  try {
    await call(canisterSelf(), METHOD, { raw: true, args: ARGUMENT, cycles: UNPAYABLE });
  } catch (error) {
    const { type, available, required } = error as { type?: string; available?: bigint; required?: bigint };
    if (type === 'InsufficientLiquidCycleBalance' && available !== undefined && required !== undefined) {
      return { liquid: available, perCall: required - UNPAYABLE };
    }
    throw error;
  }
  throw new Error('a call was sent that attaches more cycles than there are');
}
