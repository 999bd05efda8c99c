/** Snapshots reference, sections 1 to 7: take, list, delete, replace. */
import { createHash } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { i32 } from '../harness/bytes.ts';
import { type Ic, STRANGER, statusOf } from '../harness/ic.ts';
import { deployParts, setParts } from '../harness/parts.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { watFile } from '../harness/wat.ts';

const PAGE = 65_536n;
const UNKNOWN_CANISTER = Principal.fromUint8Array(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 1));

/** A snapshot's id: the number, 8 bytes big-endian, then the canister. */
function snapshotId(canister: Principal, number: number): Uint8Array {
  const id = new Uint8Array(8 + canister.toUint8Array().length);
  new DataView(id.buffer).setBigUint64(0, BigInt(number));
  id.set(canister.toUint8Array(), 8);
  return id;
}

const ids = async (ic: Ic, canister: Principal) =>
  (await ic.snapshots(canister)).map(({ id }) => Buffer.from(id).toString('hex'));
const hex = (id: Uint8Array) => Buffer.from(id).toString('hex');

conformance('take, list, delete', (rule) => {
  rule(
    'checklist 1: take requires neither Stopped nor Stopping; it leaves the status and the version as they are',
    async (ic) => {
      const canister = await deployParts(ic);
      const before = await ic.status(canister);
      await ic.take(canister);
      const running = await ic.status(canister);
      expect(statusOf(running)).toBe('running');
      expect(running.version).toBe(before.version);

      await ic.manage('stop_canister', { canister_id: canister });
      const stopped = await ic.status(canister);
      await ic.take(canister);
      expect(statusOf(await ic.status(canister))).toBe('stopped');
      expect((await ic.status(canister)).version).toBe(stopped.version);
      expect(await ic.snapshots(canister)).toHaveLength(2);
    },
  );

  rule(
    'ids are a counter that never goes back, then the canister id; a replaced snapshot gets a new number',
    async (ic) => {
      const canister = await deployParts(ic);
      expect((await ic.take(canister)).id).toEqual(snapshotId(canister, 0));
      expect((await ic.take(canister)).id).toEqual(snapshotId(canister, 1));
      await ic.manage('delete_canister_snapshot', { canister_id: canister, snapshot_id: snapshotId(canister, 1) });
      expect((await ic.take(canister)).id).toEqual(snapshotId(canister, 2));
      const replaced = await ic.take(canister, { replace: snapshotId(canister, 0) });
      expect(replaced.id).toEqual(snapshotId(canister, 3));
      expect((await ids(ic, canister)).sort()).toEqual([2, 3].map((number) => hex(snapshotId(canister, number))));
    },
  );

  rule('each canister counts its own snapshots', async (ic) => {
    const [one, other] = [await deployParts(ic), await deployParts(ic)];
    await ic.take(one);
    expect((await ic.take(other)).id).toEqual(snapshotId(other, 0));
    expect(await ids(ic, one)).toEqual([hex(snapshotId(one, 0))]);
  });

  rule('the answer of take is the line that list shows, and its time is the IC time of the round', async (ic) => {
    const canister = await deployParts(ic);
    const before = BigInt(await ic.pic.getTime()) * 1_000_000n;
    await ic.advance(60_000);
    const taken = await ic.take(canister);
    expect(taken.taken_at_timestamp - before).toBeGreaterThanOrEqual(60_000_000_000n);
    expect(taken.taken_at_timestamp - before).toBeLessThan(61_000_000_000n);
    expect(await ic.snapshots(canister)).toEqual([taken]);
  });

  rule('the size counts both memories in full pages, the module, the globals and the certified data', async (ic) => {
    const module = await watFile('parts');
    const canister = await ic.deploy(module);
    const before = await ic.take(canister);
    await ic.call(canister, 'grow', i32(3));
    expect((await ic.take(canister)).total_size - before.total_size).toBe(3n * PAGE);
    await ic.call(canister, 'grow_stable', i32(5));
    expect((await ic.take(canister)).total_size - before.total_size).toBe(8n * PAGE);
    await setParts(ic, canister, 1);
    expect((await ic.take(canister)).total_size - before.total_size).toBe(8n * PAGE + 4n);
    const rest = before.total_size - PAGE - BigInt(module.length);
    // Three globals of the module and the replica's own instruction counter, 32 bytes each.
    expect(rest).toBe(4n * 32n);
  });

  rule('the size counts 1 MiB for every chunk of the chunk store', async (ic) => {
    const canister = await deployParts(ic);
    const before = await ic.take(canister);
    await ic.manage('upload_chunk', { canister_id: canister, chunk: Uint8Array.of(1, 2, 3) });
    await ic.manage('upload_chunk', { canister_id: canister, chunk: Uint8Array.of(4) });
    expect((await ic.take(canister)).total_size - before.total_size).toBe(2n * 1_048_576n);
  });

  rule('metadata says what was taken: sizes, version, globals, certified data, chunks, timer', async (ic) => {
    const module = await watFile('parts');
    const canister = await ic.deploy(module);
    await setParts(ic, canister, 7);
    const { hash } = await ic.manage('upload_chunk', { canister_id: canister, chunk: Uint8Array.of(9) });
    const { version } = await ic.status(canister);
    const { id, taken_at_timestamp } = await ic.take(canister);
    const metadata = await ic.manage('read_canister_snapshot_metadata', { canister_id: canister, snapshot_id: id });
    expect(metadata).toMatchObject({
      taken_at_timestamp,
      wasm_module_size: BigInt(module.length),
      wasm_memory_size: PAGE,
      stable_memory_size: PAGE,
      canister_version: version,
      certified_data: i32(7),
      wasm_chunk_store: [{ hash }],
    });
    expect(Object.keys(metadata.source)).toEqual(['taken_from_canister']);
    expect([...hash]).toEqual([...createHash('sha256').update(Uint8Array.of(9)).digest()]);
    // Exported globals in export order, then the private mutable ones in index order.
    expect(metadata.globals).toEqual([{ i64: 7n }, { i32: 7 }, { i32: 0 }]);
  });

  rule('checklist 7: at most ten snapshots; the eleventh is IC0406, unless it replaces one', async (ic) => {
    const canister = await deployParts(ic);
    for (let count = 0; count < 10; count += 1) await ic.take(canister);
    const refused = await rejectOf(ic.take(canister));
    expect(refused).toMatchObject({ errorCode: 'IC0406', rejectCode: 'CanisterReject', certified: true });
    expect(refused.message).toMatch(
      new RegExp(`^Canister ${canister} has reached the maximum number of snapshots allowed: 10\\.`),
    );
    await ic.take(canister, { replace: snapshotId(canister, 4) });
    expect(await ids(ic, canister)).toHaveLength(10);
    expect(await ids(ic, canister)).not.toContain(hex(snapshotId(canister, 4)));
    await ic.manage('delete_canister_snapshot', { canister_id: canister, snapshot_id: snapshotId(canister, 0) });
    await ic.take(canister);
    expect(await ids(ic, canister)).toHaveLength(10);
  });

  rule('checklist 10: an unknown snapshot is IC0305 to replace, to delete, to read and to load', async (ic) => {
    const canister = await deployParts(ic);
    const missing = snapshotId(canister, 5);
    const named = { canister_id: canister, snapshot_id: missing };
    const refused = [
      await rejectOf(ic.take(canister, { replace: missing })),
      await rejectOf(ic.manage('delete_canister_snapshot', named)),
      await rejectOf(ic.manage('read_canister_snapshot_metadata', named)),
      await rejectOf(ic.load(canister, missing)),
    ];
    for (const { errorCode, message } of refused) {
      expect(errorCode).toBe('IC0305');
      expect(message).toMatch(new RegExp(`^Could not find the snapshot ID ${canister}-5 for canister ${canister}`));
    }
  });

  rule('checklist 10: a snapshot of another canister is IC0406 to replace, to delete and to read', async (ic) => {
    const [canister, other] = [await deployParts(ic), await deployParts(ic)];
    const { id: foreign } = await ic.take(other);
    const named = { canister_id: canister, snapshot_id: foreign };
    const refused = [
      await rejectOf(ic.take(canister, { replace: foreign })),
      await rejectOf(ic.manage('delete_canister_snapshot', named)),
      await rejectOf(ic.manage('read_canister_snapshot_metadata', named)),
    ];
    for (const { errorCode, message } of refused) {
      expect(errorCode).toBe('IC0406');
      expect(message).toMatch(new RegExp(`^The snapshot ${other}-0 does not belong to canister ${canister}`));
    }
    expect(await ids(ic, other)).toHaveLength(1);
    expect(await ids(ic, canister)).toHaveLength(0);
  });

  rule('checklist 10: an empty canister is IC0406, and so is an uninstalled one', async (ic) => {
    const empty = await ic.pic.createCanister();
    const refused = await rejectOf(ic.take(empty));
    expect(refused.errorCode).toBe('IC0406');
    expect(refused.message).toMatch(new RegExp(`^Failed to create snapshot for empty canister ${empty}:?`));
    const canister = await deployParts(ic);
    await ic.manage('uninstall_code', { canister_id: canister, sender_canister_version: [] });
    expect((await rejectOf(ic.take(canister))).errorCode).toBe('IC0406');
  });

  rule('checklist 10: someone else is refused at the door with IC0512, whatever the method', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    const named = { canister_id: canister, snapshot_id: id };
    const target = { canister_id: canister };
    const take = { ...target, replace_snapshot: [] as [], uninstall_code: [] as [] };
    const refused = {
      take_canister_snapshot: await rejectOf(ic.manage('take_canister_snapshot', take, STRANGER)),
      load_canister_snapshot: await rejectOf(ic.manage('load_canister_snapshot', named, STRANGER)),
      list_canister_snapshots: await rejectOf(ic.manage('list_canister_snapshots', target, STRANGER)),
      delete_canister_snapshot: await rejectOf(ic.manage('delete_canister_snapshot', named, STRANGER)),
      read_canister_snapshot_metadata: await rejectOf(ic.manage('read_canister_snapshot_metadata', named, STRANGER)),
      stop_canister: await rejectOf(ic.manage('stop_canister', target, STRANGER)),
      start_canister: await rejectOf(ic.manage('start_canister', target, STRANGER)),
    };
    for (const [method, { errorCode, message, certified }] of Object.entries(refused)) {
      expect({ method, errorCode, certified }).toEqual({ method, errorCode: 'IC0512', certified: false });
      expect(message).toMatch(new RegExp(`^Only controllers of canister ${canister} can call ic00 method ${method}`));
    }
    expect(await ids(ic, canister)).toHaveLength(1);
    expect(statusOf(await ic.status(canister))).toBe('running');
  });

  rule('snapshot_visibility lets others list and read, but neither take nor delete', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    const target = { canister_id: canister };
    const named = { ...target, snapshot_id: id };
    await ic.pic.updateCanisterSettings({ canisterId: canister, snapshotVisibility: { allowedViewers: [STRANGER] } });
    expect(await ic.manage('list_canister_snapshots', target, STRANGER)).toHaveLength(1);
    expect(await ic.manage('read_canister_snapshot_metadata', named, STRANGER)).toMatchObject({
      wasm_memory_size: PAGE,
    });
    expect((await rejectOf(ic.manage('delete_canister_snapshot', named, STRANGER))).errorCode).toBe('IC0512');
    const take = { ...target, replace_snapshot: [] as [], uninstall_code: [] as [] };
    expect((await rejectOf(ic.manage('take_canister_snapshot', take, STRANGER))).errorCode).toBe('IC0512');
  });

  rule('checklist 10: a canister that does not exist is IC0301', async (ic) => {
    await deployParts(ic);
    const refused = await rejectOf(ic.take(UNKNOWN_CANISTER));
    expect(refused).toMatchObject({ errorCode: 'IC0301', rejectCode: 'DestinationInvalid' });
    expect(refused.message).toMatch(new RegExp(`^Canister ${UNKNOWN_CANISTER} not found`));
  });

  rule(
    'take with uninstall_code removes the code in the same step; version + 1, and the history says so',
    async (ic) => {
      const canister = await deployParts(ic);
      await setParts(ic, canister, 3);
      const before = await ic.status(canister);
      const { id } = await ic.take(canister, { uninstall: true });
      const after = await ic.status(canister);
      expect(after.module_hash).toEqual([]);
      expect(after.version).toBe(before.version + 1n);
      expect(await ids(ic, canister)).toEqual([hex(id)]);
      expect((await rejectOf(ic.call(canister, 'set', i32(1)))).errorCode).toBe('IC0537');
      await ic.load(canister, id);
      expect((await ic.status(canister)).module_hash).toEqual(before.module_hash);
    },
  );

  rule('install, reinstall, upgrade and uninstall keep the snapshots', async (ic) => {
    const module = await watFile('parts');
    const canister = await ic.deploy(module);
    await ic.take(canister);
    await ic.upgrade(canister, module);
    await ic.reinstall(canister, module);
    await ic.manage('uninstall_code', { canister_id: canister, sender_canister_version: [] });
    await ic.install(canister, module);
    expect(await ids(ic, canister)).toEqual([hex(snapshotId(canister, 0))]);
  });
});
