/**
 * The calls in flight that belong to no run, and whether one more may leave (`packages/shared/src/run/budget.ts`). They
 * live in the heap, so an upgrade forgets them; one whose answer is lost counts for no longer than an answer may take.
 */
import {
  type Asker,
  type ErrorValue,
  type InFlight,
  type OutsideCalls,
  refuseCalls,
  refuseLook,
  refuseUnaffordable,
} from '@canister-backup/shared';
import { type Funds, measureFunds } from '../platform/funds.ts';
import { now, self } from '../platform/ic.ts';
import { whenReborn } from '../platform/incarnation.ts';
import { openRunList } from '../store/journal.ts';

const inFlight = new Set<InFlight>();

whenReborn(() => inFlight.clear());

/** Calls of somebody about a canister. */
export function callsOf(
  { principal: caller, controls }: Pick<Asker, 'principal' | 'controls'>,
  canister: string,
  of: Pick<OutsideCalls, 'kind' | 'calls' | 'starts'> = { kind: 'look', calls: 1 },
): OutsideCalls {
  return { ...of, caller, controls, canister };
}

/** Does what makes the calls if they may leave now. Waits for nothing before `work` is called. */
export async function within<T>(
  wanted: OutsideCalls,
  work: () => Promise<T>,
): Promise<{ readonly Ok: T } | { readonly Err: ErrorValue }> {
  const refusal = await refuseOutside(wanted);
  if (refusal !== undefined) return { Err: refusal };
  const sent = { ...wanted, since: now() };
  inFlight.add(sent);
  try {
    return { Ok: await work() };
  } finally {
    inFlight.delete(sent);
  }
}

/** Why calls may not leave now. Answers within this execution. */
export async function refuseOutside(wanted: OutsideCalls): Promise<ErrorValue | undefined> {
  return refuseCalls(wanted, { ...(await budget()), inFlight: [...inFlight], now: now() });
}

/** Why the next of calls that were let through before may not leave now. Answers within this execution. */
export async function refuseSpending(wanted: OutsideCalls): Promise<ErrorValue | undefined> {
  return refuseUnaffordable(wanted, { ...(await budget()), inFlight: [...inFlight], now: now() });
}

/** Whether the cycles for calls outside a run are there, as just measured. */
export function affordsCalls(wanted: OutsideCalls, funds: Funds): boolean {
  return (
    refuseUnaffordable(wanted, { manager: self(), funds, open: openRunList(), inFlight: [], now: now() }) === undefined
  );
}

/** Why a run that somebody asks for may not begin now. Answers within this execution. */
export async function refuseBegin(): Promise<ErrorValue | undefined> {
  return refuseLook(await budget());
}

async function budget() {
  return { manager: self(), funds: await measureFunds(), open: openRunList() };
}
