import { bytesToHex, EMPTY_BYTES } from '../../bytes.ts';
import { executionFee, memoryUsage } from '../../cycles.ts';
import { assert, ok, type Reject, type Result, reject } from '../../errors.ts';
import {
  FEES,
  MAX_CERTIFIED_DATA_BYTES,
  MAX_CHUNK_BYTES,
  MAX_STABLE_MEMORY_BYTES,
  MAX_WASM_MEMORY_BYTES,
  WASM_PAGE_BYTES,
} from '../../limits.ts';
import { EMPTY_MEMORY, type PagedMemory, withPages, writeMemory } from '../../state/pages.ts';
import type { CanisterCode, CanisterState, GlobalValue, LowMemoryHook, Snapshot } from '../../state/types.ts';
import { chargeInstructions, checkHeapDelta, checkMemoryChange, findControlled } from '../checks.ts';
import { checkChunk, heapDeltaProblem } from '../chunks.ts';
import { addHeapDelta } from '../heap-delta.ts';
import {
  type GlobalCandid,
  type HookStatusValue,
  SnapshotIdResult,
  UploadSnapshotDataArgs,
  UploadSnapshotMetadataArgs,
  type WriteKind,
} from '../idl.ts';
import { defineMethod, fail, refuse, reply, replyEmpty } from '../method.ts';
import { invalidPayload, snapshottingFailed } from '../rejects.ts';
import type { ManagementContext } from '../types.ts';
import { nextSnapshotId, ownSnapshot, replacedSnapshot, snapshotSize } from './common.ts';
import { invalidSlice } from './read.ts';

const MAX_MODULE_BYTES = 104_857_600;
const MAX_GLOBALS = 1_000;
const CHUNK_MEMORY = BigInt(MAX_CHUNK_BYTES);

/** Makes an empty snapshot of the given sizes, which uploads then fill. The canister may be empty itself. */
export const uploadSnapshotMetadata = defineMethod<UploadSnapshotMetadataArgs>({
  name: 'upload_canister_snapshot_metadata',
  ingress: 'controllers',
  args: UploadSnapshotMetadataArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const { state } = context;
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const code = codeOf(args);
    if (!code.ok) return refuse(code.error);
    const replaced = replacedSnapshot(state, canister, args.replace_snapshot[0]);
    if (!replaced.ok) return refuse(replaced.error);
    const rate = checkHeapDelta(canister, state);
    if (!rate.ok) return refuse(rate.error);
    const size = snapshotSize(code.value, 0);
    const cost = executionFee(state, FEES.snapshotBase + size);
    const newUsage = memoryUsage(canister) + size - (replaced.value?.size ?? 0n);
    const room = checkMemoryChange(context, canister, { newUsage, cost });
    if (!room.ok) return refuse(room.error);
    const snapshot = emptySnapshot(context, canister, { args, code: code.value, size });
    if (replaced.value !== null) canister.snapshots.delete(bytesToHex(replaced.value.id));
    canister.snapshots.set(bytesToHex(snapshot.id), snapshot);
    canister.snapshotsMade += 1n;
    canister.cycles -= cost;
    return reply(SnapshotIdResult, { snapshot_id: snapshot.id });
  },
});

/** The code that the metadata describes, all zeros, or IC0408. */
function codeOf(args: UploadSnapshotMetadataArgs): Result<CanisterCode> {
  const problem = sizeProblem(args);
  if (problem !== null) return fail(invalidPayload(`Snapshot Metadata contains invalid data: ${problem}`));
  const globals: GlobalValue[] = [];
  for (const global of args.globals) {
    const value = globalValue(global);
    if (value === null) {
      return fail(invalidPayload('Snapshot Metadata contains invalid data: v128 globals are not served by local-ic.'));
    }
    globals.push(value);
  }
  return ok({
    wasmModule: new Uint8Array(Number(args.wasm_module_size)),
    // Unknown until all of the module is there: loading works it out.
    moduleHash: EMPTY_BYTES,
    memory: withPages(EMPTY_MEMORY, Number(args.wasm_memory_size), []),
    stableMemory: withPages(EMPTY_MEMORY, Number(args.stable_memory_size), []),
    globals,
    certifiedData: args.certified_data,
  });
}

function sizeProblem(args: UploadSnapshotMetadataArgs): string | null {
  if (args.wasm_module_size === 0n || args.wasm_module_size > BigInt(MAX_MODULE_BYTES)) {
    return `wasm_module_size must be between 1 and ${MAX_MODULE_BYTES} bytes, got ${args.wasm_module_size}.`;
  }
  const memories: [string, bigint, number][] = [
    ['wasm_memory_size', args.wasm_memory_size, MAX_WASM_MEMORY_BYTES],
    ['stable_memory_size', args.stable_memory_size, MAX_STABLE_MEMORY_BYTES],
  ];
  for (const [name, size, limit] of memories) {
    if (size % BigInt(WASM_PAGE_BYTES) !== 0n)
      return `${name} must be a multiple of ${WASM_PAGE_BYTES} bytes, got ${size}.`;
    if (size > BigInt(limit)) return `${name} must be at most ${limit} bytes, got ${size}.`;
  }
  if (args.globals.length > MAX_GLOBALS)
    return `at most ${MAX_GLOBALS} globals are allowed, got ${args.globals.length}.`;
  if (args.certified_data.length > MAX_CERTIFIED_DATA_BYTES) {
    return `certified_data must be at most ${MAX_CERTIFIED_DATA_BYTES} bytes, got ${args.certified_data.length}.`;
  }
  return null;
}

function globalValue(global: GlobalCandid): GlobalValue | null {
  if ('i32' in global) return { type: 'i32', value: global.i32 };
  if ('i64' in global) return { type: 'i64', value: global.i64 };
  if ('f32' in global) return { type: 'f32', value: global.f32 };
  if ('f64' in global) return { type: 'f64', value: global.f64 };
  return null;
}

function hookOf(value: HookStatusValue): LowMemoryHook {
  if ('ready' in value) return 'ready';
  return 'executed' in value ? 'executed' : 'condition_not_satisfied';
}

interface Upload {
  readonly args: UploadSnapshotMetadataArgs;
  readonly code: CanisterCode;
  readonly size: bigint;
}

function emptySnapshot(context: ManagementContext, canister: CanisterState, { args, code, size }: Upload): Snapshot {
  const [timer] = args.global_timer;
  const [hook] = args.on_low_wasm_memory_hook_status;
  return {
    id: nextSnapshotId(canister),
    canisterId: canister.id,
    takenAt: context.time,
    size,
    source: 'metadata_upload',
    canisterVersion: canister.version,
    code,
    chunkStore: new Map(),
    globalTimer: timer === undefined ? null : 'active' in timer ? timer.active : 0n,
    lowMemoryHook: hook === undefined ? null : hookOf(hook),
    checkpointed: null,
  };
}

/** Writes one piece of an uploaded snapshot; the fee is taken even if the piece does not fit. */
export const uploadSnapshotData = defineMethod<UploadSnapshotDataArgs>({
  name: 'upload_canister_snapshot_data',
  ingress: 'controllers',
  args: UploadSnapshotDataArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const { state } = context;
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const snapshot = ownSnapshot(state, canister, args.snapshot_id);
    if (!snapshot.ok) return refuse(snapshot.error);
    if (snapshot.value.source !== 'metadata_upload') {
      return refuse(reject('IC0409', 'Only canister snapshots created by metadata upload can be mutated.'));
    }
    const limited = heapDeltaProblem(canister, state);
    if (limited !== null) return refuse(limited);
    const isChunk = 'wasm_chunk' in args.kind;
    const bytes = isChunk ? CHUNK_MEMORY : BigInt(args.chunk.length);
    const instructions = isChunk ? FEES.uploadChunk : bytes;
    const charged = chargeInstructions(context, canister, bytes);
    if (!charged.ok) return refuse(snapshottingFailed(charged.error));
    const written = isChunk
      ? writeChunk(context, canister, { snapshot: snapshot.value, chunk: args.chunk })
      : writeCode(snapshot.value, args.kind, args.chunk);
    if (!written.ok) return refuse(written.error, instructions);
    if (written.value === null) return replyEmpty();
    canister.snapshots.set(bytesToHex(written.value.id), written.value);
    addHeapDelta(state, canister, bytes);
    return replyEmpty({ instructions });
  },
});

/** The snapshot with these bytes at their place, which must lie inside the part. */
function writeCode(
  snapshot: Snapshot,
  kind: Exclude<WriteKind, { readonly wasm_chunk: null }>,
  chunk: Uint8Array,
): Result<Snapshot> {
  const { code } = snapshot;
  if ('wasm_module' in kind) {
    const { offset } = kind.wasm_module;
    if (offset + BigInt(chunk.length) > BigInt(code.wasmModule.length)) return fail(outside(offset, chunk));
    const wasmModule = code.wasmModule.slice();
    wasmModule.set(chunk, Number(offset));
    return ok({ ...snapshot, code: { ...code, wasmModule } });
  }
  const [part, offset] =
    'wasm_memory' in kind
      ? (['memory', kind.wasm_memory.offset] as const)
      : (['stableMemory', kind.stable_memory.offset] as const);
  const memory: PagedMemory = code[part];
  if (offset + BigInt(chunk.length) > BigInt(memory.size)) return fail(outside(offset, chunk));
  return ok({ ...snapshot, code: { ...code, [part]: writeMemory(memory, Number(offset), chunk) } });
}

function outside(offset: bigint, chunk: Uint8Array): Reject {
  return invalidSlice(offset, BigInt(chunk.length));
}

interface ChunkWrite {
  readonly snapshot: Snapshot;
  readonly chunk: Uint8Array;
}

/** The snapshot with one more chunk, which counts 1 MiB; null if it holds the chunk already. */
function writeChunk(
  context: ManagementContext,
  canister: CanisterState,
  { snapshot, chunk }: ChunkWrite,
): Result<Snapshot | null> {
  const checked = checkChunk(snapshot.chunkStore, chunk);
  if (!checked.ok) return checked;
  if (checked.value.known) return ok(null);
  const room = checkMemoryChange(context, canister, { newUsage: memoryUsage(canister) + CHUNK_MEMORY, cost: 0n });
  if (!room.ok) return room;
  const chunkStore = new Map(snapshot.chunkStore).set(checked.value.hash, chunk);
  assert(snapshot.source === 'metadata_upload', 'taken snapshots never change');
  return ok({ ...snapshot, chunkStore, size: snapshot.size + CHUNK_MEMORY });
}
