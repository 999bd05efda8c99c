/**
 * Waiting until a run is over. Each call context that waits needs a call of its own: the IC answers a context that has no
 * call in flight itself (IC0506), and the callbacks of a run belong to another context and cannot answer for this one. So
 * whoever waits makes one call after the other, and few may wait at a time (`OUTSIDE_CALLS`).
 */
import type { Asker, ErrorValue, OutsideCalls } from '@canister-backup/shared';
import { info, isCleanup } from '../gateway/management.ts';
import { self } from '../platform/ic.ts';
import { callsOf, refuseSpending, within } from './budget.ts';

/** Round trips for which somebody waits: a run in flight is over long before. */
const MAX_WAITS = 1000;

/** One of those who wait for a run of a canister. */
export function seatFor(asking: Asker, canister: string): OutsideCalls {
  return callsOf(asking, canister, { kind: 'wait', calls: 1 });
}

/**
 * Waits until there is an answer, or nothing can be waited for.
 * @param answer asked before each pause
 * @param pause lets time pass; answers whether it did
 */
export async function waitFor<T>(
  seat: OutsideCalls,
  answer: () => T | undefined,
  pause: () => Promise<boolean>,
): Promise<{ readonly Ok: T | undefined } | { readonly Err: ErrorValue }> {
  const at = answer();
  if (at !== undefined) return { Ok: at };
  return within(seat, async () => {
    for (let waits = 0; waits < MAX_WAITS && (await pause()); waits += 1) {
      const found = answer();
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/** Lets a round or two pass, if the cycles for that are not kept for runs. */
export async function roundTrip(seat: OutsideCalls): Promise<boolean> {
  if ((await refuseSpending(seat)) !== undefined) return false;
  try {
    await info(self());
    return true;
  } catch (error) {
    if (isCleanup(error)) throw error;
    return false;
  }
}
