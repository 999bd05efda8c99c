import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToHex, sha256 } from '../../src/bytes.ts';
import * as idl from '../../src/management/idl.ts';
import { checkpointDelta } from '../../src/management/index.ts';
import { readMemory, writeMemory } from '../../src/state/pages.ts';
import type { CanisterState } from '../../src/state/types.ts';
import { ALICE, accepted, BOB, install, p, refusal, replied, SMALL_MODULE, type Subnet, testSubnet } from './subnet.ts';

let subnet: Subnet;
let canister: CanisterState;

beforeEach(() => {
  subnet = testSubnet();
  canister = subnet.addCanister();
  install(subnet, canister);
});

function take(): Uint8Array {
  const args = { canister_id: p(canister.id), replace_snapshot: [], uninstall_code: [], sender_canister_version: [] };
  const taken = replied<{ id: Uint8Array }>(
    subnet.call(ALICE, 'take_canister_snapshot', [idl.TakeSnapshotArgs, args]),
    idl.SnapshotResult,
  );
  return taken.id;
}

function metadata(id: Uint8Array, sender = ALICE) {
  return subnet.call(sender, 'read_canister_snapshot_metadata', [
    idl.SnapshotArgs,
    { canister_id: p(canister.id), snapshot_id: id },
  ]);
}

function read(id: Uint8Array, kind: idl.ReadKind) {
  return subnet.call(ALICE, 'read_canister_snapshot_data', [
    idl.ReadSnapshotDataArgs,
    { canister_id: p(canister.id), snapshot_id: id, kind },
  ]);
}

function write(id: Uint8Array, kind: idl.WriteKind, chunk: Uint8Array) {
  return subnet.call(ALICE, 'upload_canister_snapshot_data', [
    idl.UploadSnapshotDataArgs,
    { canister_id: p(canister.id), snapshot_id: id, kind, chunk },
  ]);
}

type Metadata = Omit<idl.UploadSnapshotMetadataArgs, 'canister_id'>;

function uploadMetadata(change: Partial<Metadata> = {}) {
  const args = {
    canister_id: p(canister.id),
    replace_snapshot: [],
    wasm_module_size: BigInt(SMALL_MODULE.length),
    globals: [{ i64: 9n }, { i32: 7 }],
    wasm_memory_size: 65_536n,
    stable_memory_size: 0n,
    certified_data: new Uint8Array([3]),
    global_timer: [],
    on_low_wasm_memory_hook_status: [],
    ...change,
  };
  return subnet.call(ALICE, 'upload_canister_snapshot_metadata', [idl.UploadSnapshotMetadataArgs, args]);
}

function uploadedId(change: Partial<Metadata> = {}): Uint8Array {
  return replied<{ snapshot_id: Uint8Array }>(uploadMetadata(change), idl.SnapshotIdResult).snapshot_id;
}

function load(id: Uint8Array) {
  const args = { canister_id: p(canister.id), snapshot_id: id, sender_canister_version: [] };
  return subnet.call(ALICE, 'load_canister_snapshot', [idl.LoadSnapshotArgs, args]);
}

describe('download', () => {
  test('metadata tells every part, the timer as it was recorded', () => {
    canister.globalTimer = 5n;
    const id = take();
    expect(replied(metadata(id), idl.SnapshotMetadataResult)).toEqual({
      source: { taken_from_canister: null },
      taken_at_timestamp: subnet.state.blockTime,
      wasm_module_size: BigInt(SMALL_MODULE.length),
      globals: [{ i64: 9n }, { i32: 7 }],
      wasm_memory_size: 65_536n,
      stable_memory_size: 0n,
      wasm_chunk_store: [],
      canister_version: 1n,
      certified_data: new Uint8Array(),
      global_timer: [{ active: 5n }],
      on_low_wasm_memory_hook_status: [{ condition_not_satisfied: null }],
    });
    expect(refusal(metadata(id, BOB))).toMatch(/^IC0512 /);
  });

  test('data comes in slices, at 10 M instructions and the requested size', () => {
    const id = take();
    const { cycles } = canister;
    const chunk = replied<{ chunk: Uint8Array }>(read(id, { wasm_memory: { offset: 0n, size: 4n } }), idl.DataResult);
    expect(Buffer.from(chunk.chunk).toString()).toBe('data');
    expect(cycles - canister.cycles).toBe(5_000_000n + 5_000_000n + 4n);
    const size = BigInt(SMALL_MODULE.length);
    const module = replied<{ chunk: Uint8Array }>(read(id, { wasm_module: { offset: 0n, size } }), idl.DataResult);
    expect(module.chunk).toEqual(SMALL_MODULE);
  });

  test('slices outside the part, too large, and unknown chunks are refused', () => {
    const id = take();
    expect(refusal(read(id, { wasm_memory: { offset: 65_535n, size: 2n } }))).toBe(
      'IC0408 Invalid subslice into wasm module / main memory / stable memory: offset: 65535, size: 2',
    );
    expect(refusal(read(id, { stable_memory: { offset: 0n, size: 2_000_001n } }))).toBe(
      'IC0408 Requested slice too large: 2000001 > 2000000',
    );
    expect(refusal(read(id, { wasm_module: { offset: 2n ** 64n - 1n, size: 1n } }))).toMatch(
      /^IC0408 Invalid subslice/,
    );
    expect(refusal(read(id, { wasm_chunk: { hash: new Uint8Array(32) } }))).toMatch(
      /^IC0504 Error from Wasm chunk store: /,
    );
  });

  test('a chunk costs a full MiB to read', () => {
    const chunk = new Uint8Array([1, 2]);
    canister.chunkStore.set(bytesToHex(sha256(chunk)), chunk);
    const id = take();
    const { cycles } = canister;
    const answer = replied<{ chunk: Uint8Array }>(read(id, { wasm_chunk: { hash: sha256(chunk) } }), idl.DataResult);
    expect(answer.chunk).toEqual(chunk);
    expect(cycles - canister.cycles).toBe(10_000_000n + 1_048_576n);
  });
});

describe('upload', () => {
  test('a downloaded snapshot comes back whole after an upload to an empty canister', () => {
    if (canister.code === null) throw new Error('installed');
    canister.code.memory = writeMemory(canister.code.memory, 5_000, new Uint8Array([1, 2, 3]));
    const source = take();
    const memory = replied<{ chunk: Uint8Array }>(
      read(source, { wasm_memory: { offset: 0n, size: 65_536n } }),
      idl.DataResult,
    ).chunk;
    accepted(
      subnet.call(ALICE, 'uninstall_code', [
        idl.VersionedArgs,
        { canister_id: p(canister.id), sender_canister_version: [] },
      ]),
    );
    const id = uploadedId({
      global_timer: [{ active: 42n }],
      on_low_wasm_memory_hook_status: [{ condition_not_satisfied: null }],
    });
    accepted(write(id, { wasm_module: { offset: 0n } }, SMALL_MODULE.subarray(0, 10)));
    accepted(write(id, { wasm_module: { offset: 10n } }, SMALL_MODULE.subarray(10)));
    accepted(write(id, { wasm_memory: { offset: 0n } }, memory));
    accepted(load(id));
    expect(canister.code?.moduleHash).toEqual(sha256(SMALL_MODULE));
    expect(readMemory(canister.code?.memory ?? canister.code!.memory, 5_000, 3)).toEqual(new Uint8Array([1, 2, 3]));
    expect(canister.code?.globals).toEqual([
      { type: 'i64', value: 9n },
      { type: 'i32', value: 7 },
    ]);
    expect(canister.code?.certifiedData).toEqual(new Uint8Array([3]));
    expect(canister.globalTimer).toBe(42n);
    expect(canister.history.at(-1)?.details).toMatchObject({ kind: 'load_snapshot', source: 'metadata_upload' });
  });

  test('metadata costs as a take of that size; data costs its bytes', () => {
    let { cycles } = canister;
    const id = uploadedId();
    const size = canister.snapshots.get(bytesToHex(id))?.size ?? 0n;
    expect(size).toBe(65_536n + BigInt(SMALL_MODULE.length) + 3n * 32n + 1n);
    expect(cycles - canister.cycles).toBe(2_005_000_000n + size);
    ({ cycles } = canister);
    const outcome = write(id, { wasm_memory: { offset: 0n } }, new Uint8Array(100));
    expect(outcome).toMatchObject({ kind: 'reply', instructions: 100n });
    expect(cycles - canister.cycles).toBe(5_000_100n);
    expect(canister.heapDeltaDebit).toBe(100n);
  });

  test('chunks make the snapshot grow by a MiB each, once', () => {
    const id = uploadedId();
    const size = () => canister.snapshots.get(bytesToHex(id))?.size ?? 0n;
    const before = size();
    accepted(write(id, { wasm_chunk: null }, new Uint8Array([1])));
    accepted(write(id, { wasm_chunk: null }, new Uint8Array([1])));
    expect(size() - before).toBe(1_048_576n);
  });

  test('what does not describe a snapshot is refused', () => {
    const invalid = [
      { wasm_module_size: 0n },
      { wasm_module_size: 104_857_601n },
      { wasm_memory_size: 1n },
      { wasm_memory_size: 4_295_032_832n },
      { stable_memory_size: 536_870_977_536n },
      { certified_data: new Uint8Array(33) },
      { globals: Array.from({ length: 1_001 }, () => ({ i32: 0 })) },
      { globals: [{ v128: 0n }] },
    ];
    for (const change of invalid) {
      expect(refusal(uploadMetadata(change))).toMatch(/^IC0408 Snapshot Metadata contains invalid data: /);
    }
    expect(canister.snapshots.size).toBe(0);
  });

  test('a taken snapshot cannot be written to, and nothing beyond a part', () => {
    expect(refusal(write(take(), { wasm_memory: { offset: 0n } }, new Uint8Array(1)))).toBe(
      'IC0409 Only canister snapshots created by metadata upload can be mutated.',
    );
    const id = uploadedId();
    for (const kind of [
      { wasm_module: { offset: 2n ** 63n } },
      { wasm_memory: { offset: 65_536n } },
      { stable_memory: { offset: 0n } },
    ] as const) {
      expect(refusal(write(id, kind, new Uint8Array(1)))).toMatch(/^IC0408 Invalid subslice/);
    }
    canister.heapDeltaDebit = 78_643_200n;
    expect(refusal(write(id, { wasm_chunk: null }, new Uint8Array(1)))).toMatch(
      /^IC0504 Error from Wasm chunk store: Canister is heap delta rate limited/,
    );
  });

  test('loading checks module, globals and hook, and costs nothing when they are wrong', () => {
    const broken = uploadedId();
    const { cycles } = canister;
    expect(refusal(load(broken))).toMatch(/^IC0505 /);
    expect(canister.cycles).toBe(cycles);
    const globals = uploadedId({ globals: [{ i64: 9n }, { i64: 7n }] });
    accepted(write(globals, { wasm_module: { offset: 0n } }, SMALL_MODULE));
    expect(refusal(load(globals))).toBe(
      'IC0408 Wasm exported globals of canister module and snapshot metadata do not match.',
    );
    const hook = uploadedId({ on_low_wasm_memory_hook_status: [{ ready: null }] });
    accepted(write(hook, { wasm_module: { offset: 0n } }, SMALL_MODULE));
    expect(refusal(load(hook))).toBe(
      "IC0408 Hook status (Ready) of uploaded snapshot is inconsistent with the canister's state (hook condition satisfied: false).",
    );
    canister.settings = { ...canister.settings, wasmMemoryThreshold: canister.settings.wasmMemoryLimit };
    accepted(load(hook));
    expect(canister.lowMemoryHook).toBe('ready');
  });

  test('an uploaded snapshot without a timer leaves the timer alone', () => {
    canister.globalTimer = 8n;
    const id = uploadedId();
    accepted(write(id, { wasm_module: { offset: 0n } }, SMALL_MODULE));
    checkpointDelta(subnet.state);
    accepted(load(id));
    expect(canister.globalTimer).toBe(8n);
  });
});
