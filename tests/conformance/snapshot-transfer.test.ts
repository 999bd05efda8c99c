/** Snapshots reference, sections 1, 4 and 7: reading a snapshot's data and uploading one. */
import type { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { concat } from '../harness/bytes.ts';
import { type Ic, statusOf } from '../harness/ic.ts';
import { type Argument, type ReadKind, type SnapshotMetadata, tagOf } from '../harness/management.ts';
import { clearTimer, deployParts, everywhere, readParts, setParts } from '../harness/parts.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { watFile } from '../harness/wat.ts';

type Part = 'wasm_module' | 'wasm_memory' | 'stable_memory';
const SLICE = 50_000n;
const PAGE = 65_536n;

interface Downloaded {
  readonly metadata: SnapshotMetadata;
  readonly parts: Readonly<Record<Part, Uint8Array>>;
}

async function download(ic: Ic, canister: Principal, id: Uint8Array): Promise<Downloaded> {
  const named = { canister_id: canister, snapshot_id: id };
  const metadata = await ic.manage('read_canister_snapshot_metadata', named);
  const readPart = async (part: Part): Promise<Uint8Array> => {
    const whole: Uint8Array[] = [];
    const size = metadata[`${part}_size`];
    for (let offset = 0n; offset < size; offset += SLICE) {
      const slice = { offset, size: size - offset < SLICE ? size - offset : SLICE };
      const kind = { [part]: slice } as ReadKind;
      whole.push((await ic.manage('read_canister_snapshot_data', { ...named, kind })).chunk);
    }
    return concat(...whole);
  };
  return {
    metadata,
    parts: {
      wasm_module: await readPart('wasm_module'),
      wasm_memory: await readPart('wasm_memory'),
      stable_memory: await readPart('stable_memory'),
    },
  };
}

type UploadMetadata = Argument<'upload_canister_snapshot_metadata'>;

function uploadOf(
  canister: Principal,
  metadata: SnapshotMetadata,
  changes: Partial<UploadMetadata> = {},
): UploadMetadata {
  const { wasm_module_size, wasm_memory_size, stable_memory_size, globals, certified_data } = metadata;
  return {
    canister_id: canister,
    replace_snapshot: [],
    wasm_module_size,
    wasm_memory_size,
    stable_memory_size,
    globals,
    certified_data,
    global_timer: [],
    on_low_wasm_memory_hook_status: [],
    ...changes,
  };
}

async function upload(
  ic: Ic,
  canister: Principal,
  { metadata, parts }: Downloaded,
  changes: Partial<UploadMetadata> = {},
): Promise<Uint8Array> {
  const { snapshot_id } = await ic.manage('upload_canister_snapshot_metadata', uploadOf(canister, metadata, changes));
  const named = { canister_id: canister, snapshot_id };
  const offset = { offset: 0n };
  const send = (kind: Argument<'upload_canister_snapshot_data'>['kind'], chunk: Uint8Array) =>
    ic.manage('upload_canister_snapshot_data', { ...named, kind, chunk });
  await send({ wasm_module: offset }, parts.wasm_module);
  await send({ wasm_memory: offset }, parts.wasm_memory);
  await send({ stable_memory: offset }, parts.stable_memory);
  return snapshot_id;
}

conformance('snapshot download and upload', (rule) => {
  rule(
    'a snapshot read in slices, uploaded to another canister and loaded there brings the whole state over',
    async (ic) => {
      const module = await watFile('parts');
      const source = await ic.deploy(module);
      await setParts(ic, source, 5);
      const downloaded = await download(ic, source, (await ic.take(source)).id);
      expect(downloaded.parts.wasm_module).toEqual(module);
      expect(downloaded.parts.wasm_memory.length).toBe(Number(PAGE));

      const target = await ic.pic.createCanister();
      const id = await upload(ic, target, downloaded);
      const [listed] = await ic.snapshots(target);
      expect(listed?.id).toEqual(id);
      await ic.load(target, id);
      expect(await readParts(ic, target)).toEqual(everywhere(5));
      expect((await ic.status(target)).module_hash).toEqual((await ic.status(source)).module_hash);
      expect(statusOf(await ic.status(target))).toBe('running');
    },
  );

  rule('an uploaded snapshot says so, and its metadata is what was uploaded', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 5);
    const downloaded = await download(ic, canister, (await ic.take(canister)).id);
    const timer = { active: 4_000_000_000_000_000_000n };
    const id = await upload(ic, canister, downloaded, { global_timer: [timer] });
    const metadata = await ic.manage('read_canister_snapshot_metadata', { canister_id: canister, snapshot_id: id });
    expect(tagOf(metadata.source)).toBe('metadata_upload');
    const { globals, certified_data, wasm_memory_size, stable_memory_size } = downloaded.metadata;
    expect(metadata).toMatchObject({ globals, certified_data, wasm_memory_size, stable_memory_size });
    expect(metadata.global_timer).toEqual([timer]);
  });

  rule('load restores the timer only from an uploaded snapshot that carries one', async (ic) => {
    const canister = await deployParts(ic);
    const downloaded = await download(ic, canister, (await ic.take(canister)).id);
    const timer = 4_000_000_000_000_000_000n;
    const withTimer = await upload(ic, canister, downloaded, { global_timer: [{ active: timer }] });
    await ic.load(canister, withTimer);
    expect(await clearTimer(ic, canister)).toBe(timer);
    const without = await upload(ic, canister, downloaded);
    await ic.load(canister, without);
    expect(await clearTimer(ic, canister)).toBe(0n);
  });

  rule('chunks of the chunk store can be read and uploaded', async (ic) => {
    const canister = await deployParts(ic);
    const chunk = Uint8Array.of(1, 2, 3, 4);
    const { hash } = await ic.manage('upload_chunk', { canister_id: canister, chunk });
    const { id } = await ic.take(canister);
    const named = { canister_id: canister, snapshot_id: id };
    const read = await ic.manage('read_canister_snapshot_data', { ...named, kind: { wasm_chunk: { hash } } });
    expect(read.chunk).toEqual(chunk);

    const unknown = { wasm_chunk: { hash: new Uint8Array(32) } };
    const refused = await rejectOf(ic.manage('read_canister_snapshot_data', { ...named, kind: unknown }));
    expect(refused.errorCode).toBe('IC0504');
    expect(refused.message).toMatch(/^Error from Wasm chunk store/);

    const target = await ic.pic.createCanister();
    const copy = await upload(ic, target, await download(ic, canister, id));
    const kind = { wasm_chunk: null };
    await ic.manage('upload_canister_snapshot_data', { canister_id: target, snapshot_id: copy, kind, chunk });
    await ic.load(target, copy);
    expect(await ic.manage('stored_chunks', { canister_id: target })).toEqual([{ hash }]);
  });

  rule('checklist 10: a slice outside the part, or above 2 000 000 bytes, is IC0408', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    const named = { canister_id: canister, snapshot_id: id };
    const read = (kind: ReadKind) => rejectOf(ic.manage('read_canister_snapshot_data', { ...named, kind }));
    const outside: ReadKind[] = [
      { wasm_memory: { offset: PAGE - 10n, size: 11n } },
      { wasm_module: { offset: 1_000_000n, size: 11n } },
      { stable_memory: { offset: 0n, size: 11n } },
    ];
    for (const kind of outside) {
      const { errorCode, message } = await read(kind);
      expect(errorCode).toBe('IC0408');
      expect(message).toMatch(
        /^Invalid subslice into wasm module \/ main memory \/ stable memory: offset: \d+, size: 11/,
      );
    }
    const large = await read({ wasm_memory: { offset: 0n, size: 2_000_001n } });
    expect(large.errorCode).toBe('IC0408');
    expect(large.message).toMatch(/^Requested slice too large: 2000001 > 2000000/);
  });

  rule('checklist 10: a snapshot that was taken cannot be written to: IC0409', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    const refused = await rejectOf(
      ic.manage('upload_canister_snapshot_data', {
        canister_id: canister,
        snapshot_id: id,
        kind: { wasm_memory: { offset: 0n } },
        chunk: Uint8Array.of(1),
      }),
    );
    expect(refused.errorCode).toBe('IC0409');
    expect(refused.message).toMatch(/^Only canister snapshots created by metadata upload can be mutated\./);
  });

  rule('checklist 10: metadata that makes no sense is IC0408', async (ic) => {
    const canister = await deployParts(ic);
    const { metadata } = await download(ic, canister, (await ic.take(canister)).id);
    const wrong: Partial<UploadMetadata>[] = [
      { wasm_module_size: 0n },
      { wasm_memory_size: PAGE + 1n },
      { stable_memory_size: 1n },
      { certified_data: new Uint8Array(33) },
    ];
    for (const changes of wrong) {
      const refused = await rejectOf(
        ic.manage('upload_canister_snapshot_metadata', uploadOf(canister, metadata, changes)),
      );
      expect(refused.errorCode).toBe('IC0408');
      expect(refused.message).toContain('Snapshot Metadata contains invalid data');
    }
    expect(await ic.snapshots(canister)).toHaveLength(1);
  });

  rule('checklist 10: globals that are not those of the module are IC0408 at load', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 2);
    const downloaded = await download(ic, canister, (await ic.take(canister)).id);
    const id = await upload(ic, canister, downloaded, { globals: [{ i32: 1 }] });
    const refused = await rejectOf(ic.load(canister, id));
    expect(refused.errorCode).toBe('IC0408');
    expect(refused.message).toMatch(/^Wasm exported globals of canister module and snapshot metadata do not match\./);
    expect(await readParts(ic, canister)).toEqual(everywhere(2));
  });

  rule('checklist 7: uploaded and taken snapshots share the limit of ten; a replacement is exempt', async (ic) => {
    const canister = await deployParts(ic);
    const first = (await ic.take(canister)).id;
    const { metadata } = await download(ic, canister, first);
    for (let count = 1; count < 10; count += 1) {
      await ic.manage('upload_canister_snapshot_metadata', uploadOf(canister, metadata));
    }
    const refused = await rejectOf(ic.manage('upload_canister_snapshot_metadata', uploadOf(canister, metadata)));
    expect(refused.errorCode).toBe('IC0406');
    await ic.manage('upload_canister_snapshot_metadata', uploadOf(canister, metadata, { replace_snapshot: [first] }));
    expect(await ic.snapshots(canister)).toHaveLength(10);
  });
});
