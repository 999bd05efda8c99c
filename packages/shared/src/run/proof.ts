/** Whether a snapshot is of a target that was stopped all the while, by the statuses right before the take and behind it. */
import type { Run } from './types.ts';

/**
 * Every start, stop and change of the target by anybody makes its version greater. So if it was stopped before the take,
 * and behind it the version grew by our own start and nothing else, nobody started it in between.
 */
export function takenStopped(run: Run): boolean {
  const { statusAtTake, version, versionStarted, startsSent, startConfirmed, startLate } = run;
  if (statusAtTake !== 'stopped') return false;
  // An IC that counts no versions: nothing better than the status can be known.
  if (version === undefined) return true;
  return versionStarted === version + (startsSent === 1 && startConfirmed && startLate !== true ? 1n : 0n);
}
