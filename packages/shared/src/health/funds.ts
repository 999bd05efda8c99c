/** What is remembered of a target's cycles. */
import { spend, spentPerDay } from './spending.ts';
import type { HealthRecord } from './types.ts';

/** A canister's cycles as a status tells them: balance, above the freezing limit, and what a day costs without work. */
interface FundsSeen {
  readonly cycles?: bigint | undefined;
  readonly liquid?: bigint | undefined;
  readonly burnPerDay?: bigint | undefined;
}

/** What is remembered of a target's cycles: a day costs what the balance falls by, and idle at least what the IC says. */
export function fundsSeen(record: HealthRecord, funds: FundsSeen, at: bigint): Partial<HealthRecord> {
  const { cycles, liquid, burnPerDay: idle } = funds;
  if (cycles === undefined || liquid === undefined || idle === undefined) return {};
  const spending = spend(record.spending, { balance: cycles, liquid, perCall: 0n }, at);
  const spent = spentPerDay(spending) ?? 0n;
  return { cycles, liquid, burnPerDay: spent > idle ? spent : idle, spending };
}
