import { bytesToHex, hexToBytes } from '../../bytes.ts';
import { ok, type Result } from '../../errors.ts';
import { FEES, MAX_CHUNK_BYTES, MAX_SNAPSHOT_SLICE_BYTES } from '../../limits.ts';
import { type PagedMemory, readMemory } from '../../state/pages.ts';
import type { GlobalValue, Snapshot } from '../../state/types.ts';
import { chargeInstructions } from '../checks.ts';
import {
  DataResult,
  type ReadKind,
  ReadSnapshotDataArgs,
  type SliceValue,
  SnapshotArgs,
  SnapshotMetadataResult,
} from '../idl.ts';
import { defineMethod, fail, refuse, reply } from '../method.ts';
import { chunkStoreError, invalidPayload, snapshottingFailed } from '../rejects.ts';
import { findReadable, ownSnapshot } from './common.ts';

export const readSnapshotMetadata = defineMethod<SnapshotArgs>({
  name: 'read_canister_snapshot_metadata',
  ingress: 'snapshot_viewers',
  args: SnapshotArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findReadable(context, args);
    if (!found.ok) return refuse(found.error);
    const snapshot = ownSnapshot(context.state, found.value, args.snapshot_id);
    return snapshot.ok ? reply(SnapshotMetadataResult, metadataOf(snapshot.value)) : refuse(snapshot.error);
  },
});

function metadataOf({ code, ...snapshot }: Snapshot) {
  const { globalTimer, lowMemoryHook } = snapshot;
  return {
    source: { [snapshot.source]: null },
    taken_at_timestamp: snapshot.takenAt,
    wasm_module_size: BigInt(code.wasmModule.length),
    globals: code.globals.map(globalCandid),
    wasm_memory_size: BigInt(code.memory.size),
    stable_memory_size: BigInt(code.stableMemory.size),
    wasm_chunk_store: [...snapshot.chunkStore.keys()].sort().map((hash) => ({ hash: hexToBytes(hash) })),
    canister_version: snapshot.canisterVersion,
    certified_data: code.certifiedData,
    global_timer: globalTimer === null ? [] : [globalTimer === 0n ? { inactive: null } : { active: globalTimer }],
    on_low_wasm_memory_hook_status: lowMemoryHook === null ? [] : [{ [lowMemoryHook]: null }],
  };
}

function globalCandid({ type, value }: GlobalValue) {
  return { [type]: value };
}

/** The canister pays for the bytes it asked for (1 MiB for a chunk), also if there is nothing at that place. */
export const readSnapshotData = defineMethod<ReadSnapshotDataArgs>({
  name: 'read_canister_snapshot_data',
  ingress: 'snapshot_viewers',
  args: ReadSnapshotDataArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findReadable(context, args);
    if (!found.ok) return refuse(found.error);
    const snapshot = ownSnapshot(context.state, found.value, args.snapshot_id);
    if (!snapshot.ok) return refuse(snapshot.error);
    const size = requestedBytes(args.kind);
    if (!size.ok) return refuse(size.error);
    const charged = chargeInstructions(context, found.value, FEES.snapshotRead + size.value);
    if (!charged.ok) return refuse(snapshottingFailed(charged.error));
    const chunk = read(snapshot.value, args.kind);
    return chunk.ok ? reply(DataResult, { chunk: chunk.value }) : refuse(chunk.error);
  },
});

function requestedBytes(kind: ReadKind): Result<bigint> {
  if ('wasm_chunk' in kind) return ok(BigInt(MAX_CHUNK_BYTES));
  const { size } = sliceOf(kind);
  if (size <= BigInt(MAX_SNAPSHOT_SLICE_BYTES)) return ok(size);
  return fail(
    invalidPayload(
      `Requested slice too large: ${size} > ${MAX_SNAPSHOT_SLICE_BYTES}\nAsk for at most ${MAX_SNAPSHOT_SLICE_BYTES} bytes at once.`,
    ),
  );
}

function read(snapshot: Snapshot, kind: ReadKind): Result<Uint8Array> {
  const { code, chunkStore } = snapshot;
  if ('wasm_module' in kind) return readBytes(code.wasmModule, kind.wasm_module);
  if ('wasm_memory' in kind) return readPages(code.memory, kind.wasm_memory);
  if ('stable_memory' in kind) return readPages(code.stableMemory, kind.stable_memory);
  const hash = bytesToHex(kind.wasm_chunk.hash);
  const chunk = chunkStore.get(hash);
  return chunk === undefined ? fail(chunkStoreError(`WasmChunkHash ${hash} not found`)) : ok(chunk);
}

function readBytes(bytes: Uint8Array, slice: SliceValue): Result<Uint8Array> {
  if (slice.offset + slice.size > BigInt(bytes.length)) return fail(invalidSlice(slice.offset, slice.size));
  return ok(bytes.slice(Number(slice.offset), Number(slice.offset + slice.size)));
}

function readPages(memory: PagedMemory, slice: SliceValue): Result<Uint8Array> {
  if (slice.offset + slice.size > BigInt(memory.size)) return fail(invalidSlice(slice.offset, slice.size));
  return ok(readMemory(memory, Number(slice.offset), Number(slice.size)));
}

export function invalidSlice(offset: bigint, size: bigint) {
  return invalidPayload(
    `Invalid subslice into wasm module / main memory / stable memory: offset: ${offset}, size: ${size}\n` +
      "The sizes are in the snapshot's metadata.",
  );
}

function sliceOf(kind: Exclude<ReadKind, { readonly wasm_chunk: unknown }>): SliceValue {
  if ('wasm_module' in kind) return kind.wasm_module;
  return 'wasm_memory' in kind ? kind.wasm_memory : kind.stable_memory;
}
