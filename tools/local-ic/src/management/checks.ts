import type { Principal } from '@dfinity/principal';
import { type Assumed, checkWithdrawal, executionFee, freezingLimit, larger, memoryUsage } from '../cycles.ts';
import { err, ok, type Result } from '../errors.ts';
import { HEAP_DELTA_BYTES_PER_ROUND, SUBNET_MEMORY_BYTES } from '../limits.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import { fail, textOf } from './method.ts';
import { canisterNotFound, displayBytes, heapDeltaLimited, notController, snapshottingFailed } from './rejects.ts';
import type { ManagementContext } from './types.ts';

/** The canister, or IC0301. */
export function findCanister(context: ManagementContext, id: Principal): Result<CanisterState> {
  const text = textOf(id);
  const canister = context.state.canisters.get(text);
  return canister === undefined ? fail(canisterNotFound(text)) : ok(canister);
}

/** The canister, if the sender controls it: else IC0301 or IC0512. */
export function findControlled(context: ManagementContext, id: Principal): Result<CanisterState> {
  const found = findCanister(context, id);
  if (!found.ok || isController(found.value, context)) return found;
  return fail(notController(found.value, context.sender));
}

/** As `findControlled`, but a canister may also ask about itself. */
export function findControlledOrSelf(context: ManagementContext, id: Principal): Result<CanisterState> {
  const found = findCanister(context, id);
  if (found.ok && found.value.id === context.sender) return found;
  return findControlled(context, id);
}

export function isController(canister: CanisterState, context: ManagementContext): boolean {
  return canister.controllers.includes(context.sender);
}

/** IC0210 while the canister's heap-delta debit has reached its limit. */
export function checkHeapDelta(canister: CanisterState, state: IcState): Result<null> {
  if (!isHeapDeltaLimited(canister, state)) return ok(null);
  return fail(heapDeltaLimited(canister, HEAP_DELTA_BYTES_PER_ROUND));
}

export function isHeapDeltaLimited(canister: CanisterState, state: IcState): boolean {
  return state.config.rateLimits && canister.heapDeltaDebit >= HEAP_DELTA_BYTES_PER_ROUND;
}

/** What an operation changes of a canister's memory, and what it costs in instructions. */
export interface MemoryChange {
  readonly newUsage: bigint;
  /** Cycles for the instructions; 0n: none are charged. */
  readonly cost: bigint;
}

/**
 * Whether the canister may come to use so much memory and pay the cost, checked in this order: its memory allocation
 * (IC0402), the subnet's memory (IC0101), its freezing limit at the new usage (IC0532), the cost on top (IC0207).
 * The reservation of storage cycles does not exist below 750 GiB.
 */
export function checkMemoryChange(
  context: ManagementContext,
  canister: CanisterState,
  change: MemoryChange,
): Result<null> {
  const { state } = context;
  const oldUsage = memoryUsage(canister);
  const { memoryAllocation } = canister.settings;
  if (memoryAllocation > 0n && change.newUsage > memoryAllocation && change.newUsage > oldUsage) {
    return err(
      'IC0402',
      `Canister was given ${displayBytes(memoryAllocation)} memory allocation but at least ` +
        `${displayBytes(change.newUsage)} of memory is needed.\nIncrease the memory allocation or set it to 0.`,
    );
  }
  const grown = larger(allocated(memoryAllocation, change.newUsage) - allocated(memoryAllocation, oldUsage), 0n);
  const available = subnetAvailable(state);
  if (grown > available) {
    return err(
      'IC0101',
      `Canister requested ${displayBytes(grown)} of memory but only ${displayBytes(available)} are available in the subnet.`,
    );
  }
  const assumed: Assumed = { memoryUsage: change.newUsage };
  const limit = freezingLimit(state, canister, assumed);
  if (canister.cycles < limit) {
    return err(
      'IC0532',
      `Canister cannot grow memory by ${grown} bytes due to insufficient cycles. ` +
        `At least ${limit - canister.cycles} additional cycles are required.`,
    );
  }
  const payable = checkWithdrawal(state, canister, {
    cost: change.cost,
    revealMissing: isController(canister, context),
    assumed,
  });
  return payable.ok ? payable : fail(snapshottingFailed(payable.error));
}

/** Takes the fee for so many instructions from the canister, or IC0207 with the bare text. */
export function chargeInstructions(
  context: ManagementContext,
  canister: CanisterState,
  instructions: bigint,
): Result<null> {
  const cost = executionFee(context.state, instructions);
  const payable = checkWithdrawal(context.state, canister, { cost, revealMissing: isController(canister, context) });
  if (payable.ok) canister.cycles -= cost;
  return payable;
}

/** Bytes that no canister of the subnet uses or has allocated. */
export function subnetAvailable(state: IcState): bigint {
  let used = 0n;
  for (const canister of state.canisters.values()) {
    used += allocated(canister.settings.memoryAllocation, memoryUsage(canister));
  }
  return larger(BigInt(SUBNET_MEMORY_BYTES) - used, 0n);
}

function allocated(allocation: bigint, usage: bigint): bigint {
  return larger(allocation, usage);
}
