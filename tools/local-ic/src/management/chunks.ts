import { bytesToHex, hexToBytes, sha256 } from '../bytes.ts';
import { memoryUsage } from '../cycles.ts';
import { ok, type Result } from '../errors.ts';
import { FEES, HEAP_DELTA_BYTES_PER_ROUND, MAX_CHUNK_BYTES, MAX_CHUNKS } from '../limits.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import { chargeInstructions, checkMemoryChange, findControlledOrSelf, isHeapDeltaLimited } from './checks.ts';
import { addHeapDelta } from './heap-delta.ts';
import { CanisterIdArgs, ChunkHashesResult, ChunkHashResult, UploadChunkArgs } from './idl.ts';
import { defineMethod, fail, refuse, reply, replyEmpty } from './method.ts';
import { chunkStoreError } from './rejects.ts';

const CHUNK_MEMORY = BigInt(MAX_CHUNK_BYTES);

/** Stores a chunk; the fee for hashing is taken even if the chunk is refused or known. */
export const uploadChunk = defineMethod<UploadChunkArgs>({
  name: 'upload_chunk',
  ingress: 'controllers',
  budgeted: true,
  args: UploadChunkArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlledOrSelf(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const charged = chargeInstructions(context, canister, FEES.uploadChunk);
    if (!charged.ok) return refuse(chunkStoreError(`Error charging for 'upload_chunk': ${charged.error.message}`));
    const instructions = FEES.uploadChunk;
    const chunk = checkChunk(canister.chunkStore, args.chunk);
    if (!chunk.ok) return refuse(chunk.error, instructions);
    const { hash } = chunk.value;
    if (chunk.value.known) return reply(ChunkHashResult, { hash: hexToBytes(hash) }, { instructions });
    const limited = heapDeltaProblem(canister, context.state);
    if (limited !== null) return refuse(limited, instructions);
    const room = checkMemoryChange(context, canister, { newUsage: memoryUsage(canister) + CHUNK_MEMORY, cost: 0n });
    if (!room.ok) return refuse(room.error, instructions);
    canister.chunkStore.set(hash, args.chunk);
    addHeapDelta(context.state, canister, CHUNK_MEMORY);
    return reply(ChunkHashResult, { hash: hexToBytes(hash) }, { instructions });
  },
});

export const clearChunkStore = defineMethod<CanisterIdArgs>({
  name: 'clear_chunk_store',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlledOrSelf(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    found.value.chunkStore.clear();
    return replyEmpty();
  },
});

export const storedChunks = defineMethod<CanisterIdArgs>({
  name: 'stored_chunks',
  ingress: 'controllers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlledOrSelf(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const hashes = [...found.value.chunkStore.keys()].sort();
    return reply(
      ChunkHashesResult,
      hashes.map((hash) => ({ hash: hexToBytes(hash) })),
    );
  },
});

/** Whether a store takes a chunk: at most 1 MiB each, at most 100 of them; `known`: it holds this one already. */
export function checkChunk(
  store: ReadonlyMap<string, Uint8Array>,
  chunk: Uint8Array,
): Result<{ readonly hash: string; readonly known: boolean }> {
  if (chunk.length > MAX_CHUNK_BYTES) {
    return fail(
      chunkStoreError(`Wasm chunk size ${chunk.length} exceeds the maximum chunk size of ${MAX_CHUNK_BYTES}`),
    );
  }
  const hash = bytesToHex(sha256(chunk));
  if (store.has(hash)) return ok({ hash, known: true });
  if (store.size >= MAX_CHUNKS) {
    return fail(
      chunkStoreError(`Wasm chunk store has already reached maximum capacity of ${MAX_CHUNKS * MAX_CHUNK_BYTES} bytes`),
    );
  }
  return ok({ hash, known: false });
}

/** Towards chunks the heap-delta limit speaks with the chunk store's code (snapshots reference, section 7). */
export function heapDeltaProblem(canister: CanisterState, state: IcState) {
  if (!isHeapDeltaLimited(canister, state)) return null;
  return chunkStoreError(
    `Canister is heap delta rate limited. Current delta debit: ${canister.heapDeltaDebit}, limit: ${HEAP_DELTA_BYTES_PER_ROUND}`,
  );
}
