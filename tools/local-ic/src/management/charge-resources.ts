import { dueCharge, larger } from '../cycles.ts';
import type { Machine } from '../execution/machine.ts';
import type { IcState } from '../state/types.ts';
import type { RespondToCall } from './types.ts';
import { uninstall } from './uninstall.ts';

/** What a charge needs beside the state. */
export interface Charging {
  readonly machine: Pick<Machine, 'forget'>;
  readonly respondToCall: RespondToCall;
}

/**
 * Takes storage and compute fees from every canister that was not charged for ten seconds: from the reserved balance
 * first. A canister that cannot pay loses the rest of its cycles, its code, snapshots, history and allocations; it stays
 * there, empty, and can be topped up and installed again.
 */
export function chargeResources(state: IcState, time: bigint, { machine, respondToCall }: Charging): void {
  for (const canister of state.canisters.values()) {
    const due = dueCharge(state, canister, time);
    if (due === null) continue;
    canister.chargedAt = due.chargedAt;
    const rest = larger(due.cost - canister.reservedCycles, 0n);
    if (canister.cycles >= rest) {
      canister.reservedCycles = larger(canister.reservedCycles - due.cost, 0n);
      canister.cycles -= rest;
      continue;
    }
    canister.cycles = 0n;
    canister.reservedCycles = 0n;
    uninstall(canister, respondToCall);
    machine.forget(canister.id);
    canister.snapshots.clear();
    canister.history = [];
    canister.settings = { ...canister.settings, computeAllocation: 0n, memoryAllocation: 0n };
  }
}
