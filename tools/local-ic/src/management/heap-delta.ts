import { equalBytes } from '../bytes.ts';
import { HEAP_DELTA_BYTES_PER_ROUND, INSTALL_INSTRUCTIONS_PER_ROUND, MAX_CHUNK_BYTES, PAGE_BYTES } from '../limits.ts';
import { differingPages, EMPTY_MEMORY, type PagedMemory, pageAt } from '../state/pages.ts';
import type { CanisterState, CheckpointedParts, IcState } from '../state/types.ts';

/** The parts whose changes count: a canister has no code or code and chunks, a snapshot always has both. */
interface Parts {
  readonly code: {
    readonly memory: CheckpointedParts['memory'];
    readonly stableMemory: CheckpointedParts['memory'];
  } | null;
  readonly chunkStore: ReadonlyMap<string, Uint8Array>;
  readonly checkpointed: CheckpointedParts | null;
}

/**
 * Bytes that the next checkpoint would have to write: the 4 KiB pages that differ from the last checkpoint's image, and
 * chunks that it did not hold (as 1 MiB each).
 */
export function heapDelta(parts: Parts): bigint {
  const base = parts.checkpointed;
  const pages =
    changedPages(parts.code?.memory, base?.memory) + changedPages(parts.code?.stableMemory, base?.stableMemory);
  const chunks = [...parts.chunkStore.keys()].filter((hash) => base?.chunks.includes(hash) !== true).length;
  return BigInt(pages) * BigInt(PAGE_BYTES) + BigInt(chunks) * BigInt(MAX_CHUNK_BYTES);
}

/** Whether the last checkpoint holds the memories as they are: only then can another canister load them. */
export function isCheckpointed({ code, checkpointed }: Parts): boolean {
  if (checkpointed === null || code === null) return false;
  return sameMemory(code.memory, checkpointed.memory) && sameMemory(code.stableMemory, checkpointed.stableMemory);
}

function sameMemory(a: PagedMemory, b: PagedMemory): boolean {
  return a.size === b.size && changedPages(a, b) === 0;
}

/** Pages of other content. Not only other objects: a saved and loaded state shares more of them, and must count the same. */
function changedPages(a: PagedMemory = EMPTY_MEMORY, b: PagedMemory = EMPTY_MEMORY): number {
  return differingPages(a, b).filter((index) => {
    const [left, right] = [pageAt(a, index), pageAt(b, index)];
    return left === undefined || right === undefined || !equalBytes(left, right);
  }).length;
}

/** A checkpoint (every 500 rounds): deltas start again from here, and compiled modules are forgotten. */
export function checkpointDelta(state: IcState): void {
  for (const canister of state.canisters.values()) {
    canister.checkpointed = checkpointedParts(canister);
    for (const snapshot of canister.snapshots.values()) snapshot.checkpointed = checkpointedParts(snapshot);
  }
  state.compiled.clear();
}

/** At the end of each round: both debits fall by what a round allows. */
export function decayRateLimits(state: IcState): void {
  for (const canister of state.canisters.values()) {
    canister.heapDeltaDebit = lowered(canister.heapDeltaDebit, HEAP_DELTA_BYTES_PER_ROUND);
    canister.installDebit = lowered(canister.installDebit, INSTALL_INSTRUCTIONS_PER_ROUND);
  }
}

/** Adds bytes of heap delta to a canister's debit; off where rate limits are off. */
export function addHeapDelta(state: IcState, canister: CanisterState, bytes: bigint): void {
  if (state.config.rateLimits) canister.heapDeltaDebit += bytes;
}

function checkpointedParts(parts: Parts): CheckpointedParts {
  return {
    memory: parts.code?.memory ?? EMPTY_MEMORY,
    stableMemory: parts.code?.stableMemory ?? EMPTY_MEMORY,
    chunks: [...parts.chunkStore.keys()],
  };
}

function lowered(debit: bigint, by: bigint): bigint {
  return debit > by ? debit - by : 0n;
}
