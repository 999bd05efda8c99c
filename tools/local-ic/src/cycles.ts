/**
 * What things cost, as pure functions of a canister and the subnet's configuration (system-api reference, section 6;
 * rs/cycles_account_manager). All amounts are cycles, all sizes bytes. On the free schedule everything costs 0.
 *
 * Left out: the reservation of cycles for storage, which begins when a subnet uses more than 750 GiB. No subnet of this
 * engine gets there, so `reservedCycles` stays what it is.
 */
import { utf8 } from './bytes.ts';
import { err, ok, type Result } from './errors.ts';
import {
  CHARGE_INTERVAL_NANOS,
  FEES,
  MAX_CHUNK_BYTES,
  MAX_INSTRUCTIONS_PER_INSTALL,
  MAX_INSTRUCTIONS_PER_MESSAGE,
  MAX_REPLY_BYTES,
} from './limits.ts';
import { metadataBytes } from './metadata.ts';
import type { CanisterState, HistoryEntry, IcState, ResponsePayload } from './state/types.ts';

const GIB = 1_073_741_824n;
const SECONDS_PER_DAY = 86_400n;
const NANOS_PER_SECOND = 1_000_000_000n;
/** Size of one saved global in the replica (snapshots reference, section 4). */
export const GLOBAL_BYTES = 32n;
/** The replica's own instruction counter is saved as one more global. */
const COUNTER_GLOBALS = 1n;
/**
 * Size of a history entry and of each controller in it. The replica counts the sizes of its Rust structures, which no
 * reference states; these are estimates of the right order and weigh little beside any memory.
 */
const HISTORY_ENTRY_BYTES = 128n;
const HISTORY_CONTROLLER_BYTES = 30n;

/** Where the cost schedule stands. */
type Priced = Pick<IcState, 'config'>;

/** For one execution that used so many instructions. */
export function executionFee(state: Priced, instructions: bigint): bigint {
  return isFree(state) ? 0n : FEES.execution + instructions;
}

/** What an install or upgrade must be able to pay before it starts; the unused part is never taken. */
export function installPrepayment(state: Priced): bigint {
  return executionFee(state, MAX_INSTRUCTIONS_PER_INSTALL);
}

/** For receiving an ingress message of this many bytes, envelope included; the receiver pays. */
export function ingressFee(state: Priced, bytes: number): bigint {
  return isFree(state) ? 0n : FEES.ingressReceived + FEES.ingressByte * BigInt(bytes);
}

/** For sending a call whose method name and argument have this many bytes together; where fees are not free. */
export function callFee(bytes: number): bigint {
  return FEES.call + FEES.callByte * BigInt(bytes);
}

/** Held for each call in flight: the largest answer's transmission and the callback's execution; where fees are not free. */
export function callHold(): bigint {
  return FEES.callByte * BigInt(MAX_REPLY_BYTES) + FEES.execution + MAX_INSTRUCTIONS_PER_MESSAGE;
}

/** What comes back of the transmission part of `callHold` when the answer arrives. */
export function responseTransmissionRefund(state: Priced, payload: ResponsePayload): bigint {
  if (isFree(state)) return 0n;
  const bytes = payload.kind === 'reply' ? payload.data.length : utf8(payload.message).length;
  const unused = MAX_REPLY_BYTES - bytes;
  return unused > 0 ? FEES.callByte * BigInt(unused) : 0n;
}

/** Taken from the cycles attached to `create_canister`. */
export function createCanisterFee(state: Priced): bigint {
  return isFree(state) ? 0n : FEES.createCanister;
}

/** Bytes of a canister by part, as `canister_status` reports them. */
export interface MemoryMetrics {
  readonly wasmMemory: bigint;
  readonly stableMemory: bigint;
  readonly globals: bigint;
  readonly wasmBinary: bigint;
  readonly customSections: bigint;
  readonly history: bigint;
  readonly chunkStore: bigint;
  readonly snapshots: bigint;
}

export function memoryMetrics(canister: CanisterState): MemoryMetrics {
  const { code } = canister;
  return {
    wasmMemory: BigInt(code?.memory.size ?? 0),
    stableMemory: BigInt(code?.stableMemory.size ?? 0),
    globals: code === null ? 0n : globalsBytes(code.globals.length),
    wasmBinary: BigInt(code?.wasmModule.length ?? 0),
    customSections: code === null ? 0n : BigInt(metadataBytes(code.wasmModule)),
    history: canister.history.reduce((sum, entry) => sum + historyEntryBytes(entry), 0n),
    chunkStore: chunkStoreBytes(canister.chunkStore.size),
    snapshots: snapshotsBytes(canister),
  };
}

/** Bytes that storage fees, the freezing limit and a memory allocation are measured by. */
export function memoryUsage(canister: CanisterState): bigint {
  return Object.values(memoryMetrics(canister)).reduce<bigint>((sum, bytes) => sum + bytes, 0n);
}

/** A chunk counts as 1 MiB, however short it is. */
export function chunkStoreBytes(chunks: number): bigint {
  return BigInt(chunks) * BigInt(MAX_CHUNK_BYTES);
}

/** `count` globals of the module and the replica's counter. */
export function globalsBytes(count: number): bigint {
  return (BigInt(count) + COUNTER_GLOBALS) * GLOBAL_BYTES;
}

export function snapshotsBytes(canister: CanisterState): bigint {
  let sum = 0n;
  for (const snapshot of canister.snapshots.values()) sum += snapshot.size;
  return sum;
}

function historyEntryBytes(entry: HistoryEntry): bigint {
  const { details } = entry;
  const controllers = 'controllers' in details ? details.controllers.length : 0;
  return HISTORY_ENTRY_BYTES + HISTORY_CONTROLLER_BYTES * BigInt(controllers);
}

/**
 * Bytes set aside for answers: one largest reply for each guaranteed-response call that the canister made or has to
 * answer. Queued bytes beyond that are not counted.
 */
export function messageMemory(canister: CanisterState): bigint {
  let answers = 0n;
  for (const callback of canister.callbacks.values()) if (callback.deadline === 0n) answers += 1n;
  for (const { origin, responded } of canister.callContexts.values()) {
    if (!responded && origin.kind === 'canister' && origin.deadline === 0n) answers += 1n;
  }
  return answers * BigInt(MAX_REPLY_BYTES);
}

/** What changes a canister's burn and is not decided yet; what is left out is taken from the canister. */
export interface Assumed {
  readonly memoryUsage?: bigint;
  readonly memoryAllocation?: bigint;
  readonly computeAllocation?: bigint;
  readonly freezingThreshold?: bigint;
}

/** Cycles that storage and compute take in this many seconds. */
export function resourceCost(state: Priced, canister: CanisterState, seconds: bigint, assumed: Assumed = {}): bigint {
  if (isFree(state)) return 0n;
  const usage = assumed.memoryUsage ?? memoryUsage(canister);
  const allocation = assumed.memoryAllocation ?? canister.settings.memoryAllocation;
  const compute = assumed.computeAllocation ?? canister.settings.computeAllocation;
  const stored = larger(usage, allocation) + messageMemory(canister);
  return (stored * FEES.storageGiBSecond * seconds) / GIB + compute * FEES.computePercentSecond * seconds;
}

/** `idle_cycles_burned_per_day`. */
export function idleBurnPerDay(state: Priced, canister: CanisterState, assumed: Assumed = {}): bigint {
  return resourceCost(state, canister, SECONDS_PER_DAY, assumed);
}

/** Below this balance the canister is frozen: what it burns idle during its freezing threshold, less what is reserved. */
export function freezingLimit(state: Priced, canister: CanisterState, assumed: Assumed = {}): bigint {
  const threshold = assumed.freezingThreshold ?? canister.settings.freezingThreshold;
  const limit = (idleBurnPerDay(state, canister, assumed) * threshold) / SECONDS_PER_DAY - canister.reservedCycles;
  return larger(limit, 0n);
}

export function isFrozen(state: Priced, canister: CanisterState): boolean {
  return canister.cycles < freezingLimit(state, canister);
}

/** Balance above the freezing limit. */
export function liquidCycles(state: Priced, canister: CanisterState): bigint {
  return larger(canister.cycles - freezingLimit(state, canister), 0n);
}

/** What `checkWithdrawal` looks at besides the canister. */
export interface Withdrawal {
  readonly cost: bigint;
  /** Whether the one who causes the cost controls the payer and so may learn how many cycles are missing. */
  readonly revealMissing: boolean;
  readonly assumed?: Assumed;
}

/** IC0207 if paying `cost` would leave the canister below its freezing limit. */
export function checkWithdrawal(state: Priced, canister: CanisterState, withdrawal: Withdrawal): Result<null> {
  if (withdrawal.cost === 0n) return ok(null);
  const missing = freezingLimit(state, canister, withdrawal.assumed) + withdrawal.cost - canister.cycles;
  if (missing <= 0n) return ok(null);
  const hint = withdrawal.revealMissing
    ? `: please top up the canister with at least ${missing} additional cycles`
    : '';
  return err('IC0207', `Canister ${canister.id} is out of cycles${hint}`);
}

/**
 * What storage and compute cost since the last charge, if at least ten seconds passed; null if it is not due. Whole
 * seconds are charged, the rest of a second waits for the next time.
 */
export function dueCharge(
  state: Priced,
  canister: CanisterState,
  time: bigint,
): { readonly cost: bigint; readonly chargedAt: bigint } | null {
  const passed = time - canister.chargedAt;
  if (passed < CHARGE_INTERVAL_NANOS) return null;
  const seconds = passed / NANOS_PER_SECOND;
  return { cost: resourceCost(state, canister, seconds), chargedAt: canister.chargedAt + seconds * NANOS_PER_SECOND };
}

function isFree(state: Priced): boolean {
  return state.config.costSchedule === 'free';
}

/** `Math.max` for amounts. */
export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

export function smaller(a: bigint, b: bigint): bigint {
  return b < a ? b : a;
}
