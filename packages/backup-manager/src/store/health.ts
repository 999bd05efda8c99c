/** What was last seen of the health of targets and of the manager's own cycles. */
import {
  answered,
  type HealthRecord,
  type LookAnswer,
  looked,
  observe,
  type Run,
  type Spending,
  type StatusAnswer,
  sighted,
  spend,
  type TargetStatus,
  UNSEEN,
} from '@canister-backup/shared';
import { cycleBalance, now } from '../platform/ic.ts';
import { catalogOf } from './canisters.ts';
import { health } from './maps.ts';
import { setSpending, spending } from './meta.ts';

export function healthOf(canister: string): HealthRecord {
  return health.get(canister) ?? UNSEEN;
}

/** What a run that is over tells of its target. */
export function observeRun(run: Run): void {
  health.insert(run.target, observe(healthOf(run.target), run));
}

/** What is known to be so because a start or stop was answered, while no run was at the target. */
export function observeStatus(canister: string, status: TargetStatus): void {
  health.insert(canister, sighted(healthOf(canister), status, now()));
}

/** What a status tells that was asked for while no run was at the target. */
export function observeAnswer(canister: string, answer: StatusAnswer): void {
  health.insert(canister, answered(healthOf(canister), answer, now()));
}

/** What the manager's own look at a target tells. */
export function observeLook(canister: string, answer: LookAnswer): void {
  health.insert(canister, looked(healthOf(canister), answer, { catalog: catalogOf(canister), at: now() }));
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
