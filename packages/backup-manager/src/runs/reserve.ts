/** Cycles that open runs still count on. */
import { CALLS_OF_A_NEW_RUN, type Run } from '@canister-backup/shared';

/**
 * The most calls that an open run may still have in flight at once: stop and status, or status, the work, start and
 * status, and two more starts.
 */
const CALLS_OF_AN_OPEN_RUN = 6n;

/** Whether the timer may open one more run now. One that would be refused for want of cycles waits for another to end. */
export function affordsAnother(open: number, funds: { readonly liquid: bigint; readonly perCall: bigint }): boolean {
  return funds.liquid >= (BigInt(open) * CALLS_OF_AN_OPEN_RUN + CALLS_OF_A_NEW_RUN) * funds.perCall;
}

/** Cycles that the open runs other than `run` count on. */
export function cyclesForOthers(open: readonly Run[], run: Pick<Run, 'id'>, perCall: bigint): bigint {
  return BigInt(open.filter((other) => other.id !== run.id).length) * CALLS_OF_AN_OPEN_RUN * perCall;
}
