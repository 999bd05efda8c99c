/** Cycles that open runs still count on. */
import type { Run } from '@canister-backup/shared';

/**
 * The most calls that an open run may still have in flight at once: stop and status, or the work, start and status, and
 * two more starts.
 */
const CALLS_OF_AN_OPEN_RUN = 5n;

/** Cycles that the open runs other than `run` count on. */
export function cyclesForOthers(open: readonly Run[], run: Pick<Run, 'id'>, perCall: bigint): bigint {
  return BigInt(open.filter((other) => other.id !== run.id).length) * CALLS_OF_AN_OPEN_RUN * perCall;
}
