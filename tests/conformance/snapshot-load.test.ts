/** Snapshots reference, sections 2, 3, 6 and 7: load. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { i32 } from '../harness/bytes.ts';
import { type Ic, STRANGER, statusOf } from '../harness/ic.ts';
import { answerOf, codes, control, load, pair, take } from '../harness/lifecycle.ts';
import { decodeResult, type Info, tagOf } from '../harness/management.ts';
import { clearTimer, deployParts, everywhere, readParts, setParts, setTimer, timerRuns } from '../harness/parts.ts';
import { calling, deployProxy, managing } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat, watFile } from '../harness/wat.ts';

/** On application subnets (snapshots reference, section 4). */
const ROUNDS_BETWEEN_CHECKPOINTS = 500;

/** The canister's history; only canisters may ask for it. */
async function infoOf(ic: Ic, canister: Principal): Promise<Info> {
  const proxy = await deployProxy(ic);
  await proxy.launch(managing('canister_info', { canister_id: canister, num_requested_changes: [20n] }));
  await ic.ticks(2);
  const [answer] = await proxy.log();
  if (answer === undefined || answer.code !== 0) throw new Error(`canister_info was refused: ${answer?.message}`);
  return decodeResult('canister_info', answer.data);
}

conformance('load', (rule) => {
  rule('checklist 1: load requires neither Stopped nor Stopping, and keeps the status', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    await ic.load(canister, id);
    expect(statusOf(await ic.status(canister))).toBe('running');
    await ic.manage('stop_canister', { canister_id: canister });
    await ic.load(canister, id);
    expect(statusOf(await ic.status(canister))).toBe('stopped');
  });

  rule('everything that was taken comes back: memories and their sizes, private and exported globals', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 1);
    const { id } = await ic.take(canister);
    await setParts(ic, canister, 2);
    await ic.call(canister, 'grow', i32(2));
    await ic.call(canister, 'grow_stable', i32(4));
    expect(await readParts(ic, canister)).toEqual({ ...everywhere(2), memoryPages: 3, stablePages: 5 });
    await ic.load(canister, id);
    expect(await readParts(ic, canister)).toEqual(everywhere(1));
    await setParts(ic, canister, 3);
    expect(await readParts(ic, canister)).toEqual(everywhere(3));
  });

  rule('certified data and the chunk store come back', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 1);
    const { hash } = await ic.manage('upload_chunk', { canister_id: canister, chunk: Uint8Array.of(1) });
    const { id } = await ic.take(canister);
    await setParts(ic, canister, 2);
    await ic.manage('clear_chunk_store', { canister_id: canister });
    await ic.load(canister, id);
    expect(await ic.manage('stored_chunks', { canister_id: canister })).toEqual([{ hash }]);
    const again = await ic.take(canister);
    const named = { canister_id: canister, snapshot_id: again.id };
    expect((await ic.manage('read_canister_snapshot_metadata', named)).certified_data).toEqual(i32(1));
  });

  rule('the module comes back, whatever is installed now', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    const { module_hash } = await ic.status(canister);
    const { id } = await ic.take(canister);
    await ic.reinstall(canister, await watFile('holder'));
    await ic.load(canister, id);
    expect((await ic.status(canister)).module_hash).toEqual(module_hash);
    expect(await readParts(ic, canister)).toEqual(everywhere(4));
  });

  rule('a snapshot can be loaded again and again, and is not used up', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 1);
    const { id } = await ic.take(canister);
    for (const value of [2, 3]) {
      await setParts(ic, canister, value);
      await ic.load(canister, id);
      expect(await readParts(ic, canister)).toEqual(everywhere(1));
    }
    expect(await ic.snapshots(canister)).toHaveLength(1);
  });

  rule('checklist 5: load adds one to the version and never sets it back', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    await setParts(ic, canister, 1);
    await setParts(ic, canister, 2);
    const { version } = await ic.status(canister);
    await ic.load(canister, id);
    expect((await ic.status(canister)).version).toBe(version + 1n);
  });

  rule('checklist 5: load keeps the global timer as it is now, set or not', async (ic) => {
    const canister = await deployParts(ic);
    await setTimer(ic, canister, 1_000);
    const { id } = await ic.take(canister);
    await clearTimer(ic, canister);
    await ic.load(canister, id);
    expect(await clearTimer(ic, canister)).toBe(0n);

    await setTimer(ic, canister, 500);
    await ic.load(canister, id);
    const deadline = await setTimer(ic, canister, 500);
    expect(deadline).toBeGreaterThan(0n);
    await ic.advance(500_000);
    await ic.ticks(1);
    expect(await timerRuns(ic, canister)).toBe(1);
  });

  rule('checklist 5: load keeps the balance but for its own cost, and controllers and settings', async (ic) => {
    const canister = await deployParts(ic);
    const { id, total_size } = await ic.take(canister);
    await ic.pic.updateCanisterSettings({
      canisterId: canister,
      freezingThreshold: 77n,
      controllers: [Principal.anonymous(), STRANGER],
    });
    const before = await ic.status(canister);
    await ic.load(canister, id);
    const after = await ic.status(canister);
    expect(after.settings).toEqual(before.settings);
    expect(after.settings.freezing_threshold).toBe(77n);
    const cost = before.cycles - after.cycles;
    // 5 M + 2 G, and 5 M and the bytes; then the compilation of a module that was compiled just before, and two messages.
    const price = 2_010_000_000n + total_size;
    expect(cost).toBeGreaterThan(price);
    expect(cost).toBeLessThan(price + 10_000_000n);
  });

  rule('no entry point runs: neither start, nor init, nor the upgrade hooks', async (ic) => {
    const canister = await ic.deploy(await wat(HOOKS));
    expect(await ic.query(canister, 'read')).toEqual(i32(1, 10));
    const { id } = await ic.take(canister);
    await ic.load(canister, id);
    expect(await ic.query(canister, 'read')).toEqual(i32(1, 10));
  });

  rule('the history gets an entry load_snapshot with the id, the recorded version and its time', async (ic) => {
    const canister = await deployParts(ic);
    const { version: recorded } = await ic.status(canister);
    const { id, taken_at_timestamp } = await ic.take(canister);
    await ic.load(canister, id);
    const { version } = await ic.status(canister);
    const { recent_changes, total_num_changes } = await infoOf(ic, canister);
    expect(recent_changes.map(({ details }) => tagOf(details))).toEqual([
      'creation',
      'code_deployment',
      'load_snapshot',
    ]);
    expect(total_num_changes).toBe(3n);
    const last = recent_changes.at(-1);
    expect(last?.canister_version).toBe(version);
    expect(last?.details.load_snapshot).toMatchObject({
      snapshot_id: id,
      canister_version: recorded,
      taken_at_timestamp,
      source: { taken_from_canister: null },
    });
  });

  rule('open calls survive a load: the answer arrives, and runs in the code that was loaded', async (ic) => {
    const holder = await ic.deploy(await watFile('holder'));
    const proxy = await deployProxy(ic);
    const { id } = await ic.take(proxy.id);
    await proxy.launch(calling(holder, 'hold'));
    await ic.load(proxy.id, id);
    expect(await proxy.log()).toEqual([]);
    await ic.call(holder, 'release');
    await ic.ticks(3);
    // The plan is gone with the memory, but the callback and its environment are not.
    expect(await proxy.log()).toMatchObject([{ step: 0, code: 0 }]);
  });

  rule("loading another canister's snapshot needs the control of that one too", async (ic) => {
    const user = Principal.anonymous();
    const theirs = await deployParts(ic, { controllers: [STRANGER], sender: STRANGER });
    const mine = await deployParts(ic, { controllers: [user] });
    const request = { canister_id: theirs, replace_snapshot: [] as [], uninstall_code: [] as [] };
    const { id } = await ic.manage('take_canister_snapshot', request, STRANGER);
    const refused = await rejectOf(ic.load(mine, id));
    expect(refused.errorCode).toBe('IC0406');
    expect(refused.message).toMatch(
      new RegExp(
        `^Only a controller of the canister that snapshot ${theirs}-0 belongs to can load it on canister ${mine}`,
      ),
    );
  });

  rule(
    "another canister's snapshot can be loaded by who controls both, but not before a checkpoint has passed",
    async (ic) => {
      const [source, target] = [await deployParts(ic), await deployParts(ic)];
      await setParts(ic, source, 8);
      const { id } = await ic.take(source);
      const refused = await rejectOf(ic.load(target, id));
      expect(refused.errorCode).toBe('IC0406');
      expect(refused.message).toMatch(
        new RegExp(
          `^Snapshot ${source}-0 is not currently loadable on the specified canister ${target}\\. Try again later\\.`,
        ),
      );
      await ic.ticks(ROUNDS_BETWEEN_CHECKPOINTS);
      await ic.load(target, id);
      expect(await readParts(ic, target)).toEqual(everywhere(8));
      expect((await ic.snapshots(target)).length).toBe(0);
    },
  );

  rule('a canister that controls itself can take its own snapshot: the state before the answer came', async (ic) => {
    const self = await deployProxy(ic);
    await control(ic, self, self.id);
    await self.launch(take(self.id));
    await ic.ticks(2);
    expect(codes(await self.log())).toEqual([[0, 0]]);
    const [snapshot] = await ic.snapshots(self.id);
    if (snapshot === undefined) throw new Error('There is no snapshot.');
    await ic.load(self.id, snapshot.id);
    expect(await self.log()).toEqual([]);
  });

  rule(
    'a canister that names a version which it does not have is rejected with IC0504; its own is taken',
    async (ic) => {
      const { manager, target } = await pair(ic);
      const { id } = await ic.take(target);
      const { version } = await ic.status(manager.id);
      await manager.launch({ ...load(target, id), payload: loadAs(version + 7n, target, id) });
      await ic.ticks(2);
      const refused = await answerOf(manager, 0);
      expect(refused.code).toBe(5);
      expect(refused.message).toMatch(/^IC0504: /);

      const now = (await ic.status(manager.id)).version;
      await manager.launch({ ...load(target, id), payload: loadAs(now, target, id) });
      await ic.ticks(2);
      expect((await answerOf(manager, 1)).code).toBe(0);
    },
  );

  rule('a load that fails changes nothing and costs the target no more than the message', async (ic) => {
    const [canister, other] = [
      await deployParts(ic),
      await deployParts(ic, { controllers: [STRANGER], sender: STRANGER }),
    ];
    await setParts(ic, canister, 6);
    const request = { canister_id: other, replace_snapshot: [] as [], uninstall_code: [] as [] };
    const { id } = await ic.manage('take_canister_snapshot', request, STRANGER);
    const before = await ic.status(canister);
    await rejectOf(ic.load(canister, id));
    const after = await ic.status(canister);
    expect(await readParts(ic, canister)).toEqual(everywhere(6));
    expect(after.version).toBe(before.version);
    expect(before.cycles - after.cycles).toBeLessThan(100_000_000n);
  });
});

/** The argument of a load by a canister that says which version it has. */
function loadAs(version: bigint, target: Principal, snapshotId: Uint8Array): Uint8Array {
  const type = IDL.Record({
    canister_id: IDL.Principal,
    snapshot_id: IDL.Vec(IDL.Nat8),
    sender_canister_version: IDL.Opt(IDL.Nat64),
  });
  const claim = { canister_id: target, snapshot_id: snapshotId, sender_canister_version: [version] };
  return new Uint8Array(IDL.encode([type], [claim]));
}

/** Two counters: how often `start` and the hooks ran, in units and tens. */
const HOOKS = `(module
  (memory 1)
  (global $starts (mut i32) (i32.const 0))
  (start $start)
  (func $start (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (func $hook (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 10))))
  (func (export "canister_init") (call $hook))
  (func (export "canister_pre_upgrade") (call $hook))
  (func (export "canister_post_upgrade") (call $hook))
  (func (export "canister_query read")
    (call $lib.append_i32 (global.get $starts))
    (call $lib.append_i32 (i32.load (i32.const 0)))
    (call $ic0.msg_reply)))`;
