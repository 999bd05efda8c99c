/** What was last seen of the health of targets and of the manager's own cycles. */
import {
  type HealthRecord,
  observe,
  type Run,
  type Spending,
  sighted,
  spend,
  type TargetStatus,
  UNSEEN,
} from '@canister-backup/shared';
import { cycleBalance, now } from '../platform/ic.ts';
import { health } from './maps.ts';
import { setSpending, spending } from './meta.ts';

export function healthOf(canister: string): HealthRecord {
  return health.get(canister) ?? UNSEEN;
}

/** What a run that is over tells of its target. */
export function observeRun(run: Run): void {
  health.insert(run.target, observe(healthOf(run.target), run));
}

/** What somebody saw of a target while no run was at it. */
export function observeStatus(canister: string, status: TargetStatus): void {
  health.insert(canister, sighted(healthOf(canister), status, now()));
}

export function forgetHealth(canister: string): void {
  health.remove(canister);
}

/** What a look at the manager's cycles tells. */
export function observeFunds(funds: { readonly liquid: bigint; readonly perCall: bigint }): void {
  setSpending(spend(spending(), { ...funds, balance: cycleBalance() }, now()));
}

export function lastFunds(): Spending | undefined {
  return spending();
}
