/** How fast a canister spends its cycles, from looks at its balance. Times are nanoseconds. */
import { NANOS_PER_SECOND, SECONDS_PER_DAY, SPEND_WINDOW_NANOS } from '../limits.ts';

/** What a canister spent, kept as one falling sum so that top-ups do not count. */
export interface Spending {
  /** Cycles at the last look, in all and above the freezing limit, and what a call locks. */
  readonly balance: bigint;
  readonly liquid: bigint;
  readonly perCall: bigint;
  readonly at: bigint;
  /** Since when `spent` was added up. */
  readonly since: bigint;
  readonly spent: bigint;
}

export interface Look {
  readonly balance: bigint;
  readonly liquid: bigint;
  readonly perCall: bigint;
}

/** One more look at the cycles. What is older than the window counts half, again and again. */
export function spend(before: Spending | undefined, look: Look, now: bigint): Spending {
  if (before === undefined) return { ...look, at: now, since: now, spent: 0n };
  const spent = before.spent + (before.balance > look.balance ? before.balance - look.balance : 0n);
  const age = now - before.since;
  if (age <= SPEND_WINDOW_NANOS) return { ...look, at: now, since: before.since, spent };
  return { ...look, at: now, since: now - age / 2n, spent: spent / 2n };
}

/** Cycles spent in a day; undefined before there is a day to tell from. */
export function spentPerDay({ since, spent, at }: Spending): bigint | undefined {
  const day = SECONDS_PER_DAY * NANOS_PER_SECOND;
  return at - since < day ? undefined : (spent * day) / (at - since);
}

/** Cycles above the freezing limit now, reckoned from the last look: the limit itself moves slowly. */
export function liquidNow(last: Spending, balance: bigint): bigint {
  const liquid = last.liquid - (last.balance - balance);
  return liquid > 0n ? liquid : 0n;
}
