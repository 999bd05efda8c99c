/** Snapshots reference, section 9: the order of calls. */
import type { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { toI32 } from '../harness/bytes.ts';
import { type Ic, statusOf } from '../harness/ic.ts';
import { answerOf, codes, control, pair, start, status, stop, take } from '../harness/lifecycle.ts';
import { decodeResult } from '../harness/management.ts';
import { deployParts } from '../harness/parts.ts';
import { calling, deployProxy, managing, type ProxyCanister, type Step } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat, watFile } from '../harness/wat.ts';

async function statusSeen(manager: ProxyCanister, step: number): Promise<string> {
  const { data } = await answerOf(manager, step);
  return statusOf(decodeResult('canister_status', data));
}

/** A chunk of its own for every call; each costs 200 M of the 437.5 M instructions that management calls have in a round. */
function uploadChunk(target: Principal, byte: number): Step {
  return managing('upload_chunk', { canister_id: target, chunk: Uint8Array.of(byte) });
}

async function stopped(ic: Ic, manager: ProxyCanister): Promise<Principal> {
  const target = await deployParts(ic);
  await control(ic, manager, target);
  await ic.manage('stop_canister', { canister_id: target });
  return target;
}

conformance('order', (rule) => {
  rule('checklist 4: the management calls of one sender start in the order in which they were sent', async (ic) => {
    const { manager, target } = await pair(ic);
    await manager.launch(status(target), stop(target), status(target), start(target), status(target));
    await ic.ticks(2);
    expect(await statusSeen(manager, 0)).toBe('running');
    expect(await statusSeen(manager, 2)).toBe('stopping');
    expect(await statusSeen(manager, 4)).toBe('running');
  });

  rule('checklist 4: calls of one canister to another start in the order in which they were sent', async (ic) => {
    const caller = await deployProxy(ic);
    const callee = await ic.deploy(await wat(ORDERED));
    await caller.launch(
      ...[1, 2, 3, 4, 5].map((digit) => calling(callee, 'add', { payload: Uint8Array.of(digit, 0, 0, 0) })),
    );
    expect(toI32(await ic.query(callee, 'read'))).toBe(12_345);
  });

  rule(
    'checklist 4: head of line: while a call waits for the budget, the later calls of its sender wait, those of others do not',
    async (ic) => {
      const [first, second] = [await deployProxy(ic), await deployProxy(ic)];
      const behind = await stopped(ic, first);
      const free = await stopped(ic, second);
      // Keeps the round going, so that the queues are looked at again in it.
      await ic.deploy(await watFile('heartbeat'));
      const uploads = [1, 2, 3, 4].map((byte) => uploadChunk(behind, byte));
      await second.launch(status(free), start(free, { after: 0 }));
      await ic.ticks(1);
      await first.launch(...uploads, start(behind));
      const before = [await ic.running(behind), await ic.running(free)];
      await ic.ticks(1);
      const during = [await ic.running(behind), await ic.running(free)];
      await ic.ticks(1);
      const after = [await ic.running(behind), await ic.running(free)];
      expect({ before, during, after }).toEqual({
        before: ['stopped', 'stopped'],
        during: ['stopped', 'running'],
        after: ['running', 'running'],
      });
    },
  );

  rule('start does not depend on the budget, if nothing of its sender waits before it', async (ic) => {
    const [first, second] = [await deployProxy(ic), await deployProxy(ic)];
    const target = await stopped(ic, first);
    const chunks = await deployParts(ic);
    await control(ic, second, chunks);
    await ic.deploy(await watFile('heartbeat'));
    await second.launch(status(chunks), ...[1, 2, 3, 4].map((byte) => ({ ...uploadChunk(chunks, byte), after: 0 })));
    await ic.ticks(1);
    await first.launch(start(target));
    await ic.ticks(1);
    expect(await ic.running(target)).toBe('running');
    // The status and three uploads: the fourth waited a round.
    await ic.ticks(1);
    expect(codes(await second.log()).sort()).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  rule(
    'a take whose canister has changed more than 75 MiB is refused with IC0210 until the debit has fallen',
    async (ic) => {
      const { manager, target } = await pair(ic);
      await ic.upgrade(target, await wat(WRITER));
      // 160 MiB are written in one round, of which 85 MiB are left after it and 10 MiB after the next.
      await ic.call(target, 'write');
      const refused = await rejectOf(ic.take(target));
      expect(refused).toMatchObject({ errorCode: 'IC0210', rejectCode: 'SysTransient' });
      expect(refused.message).toMatch(
        new RegExp(
          `^Canister ${target} is heap delta rate limited: current delta debit is \\d+, but limit is 78643200`,
        ),
      );
      await manager.launch(take(target));
      await ic.ticks(2);
      expect(codes(await manager.log())).toEqual([[0, 0]]);
    },
  );

  rule(
    'a canister whose debit is 75 MiB or more is not scheduled: a take of much dirty memory extends its pause',
    async (ic) => {
      const { target } = await pair(ic);
      await ic.upgrade(target, await wat(WRITER));
      const clock = await ic.deploy(await watFile('heartbeat'));
      const rounds = async () => toI32(await ic.query(clock, 'read'));
      await ic.call(target, 'write');
      await ic.ticks(2);
      await ic.take(target);
      // 160 MiB again; 85 MiB are left when the next round begins, so that the call runs in the one after.
      const before = await rounds();
      await ic.call(target, 'touch');
      expect((await rounds()) - before).toBe(2);
    },
  );
});

/** Appends decimal digits. */
const ORDERED = `(module
  (memory 1)
  (global $sum (mut i32) (i32.const 0))
  (func (export "canister_update add")
    (global.set $sum (i32.add (i32.mul (global.get $sum) (i32.const 10)) (call $lib.arg_i32)))
    (call $ic0.msg_reply))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $sum))))`;

/** Writes to each 4 KiB page of 160 MiB. */
const WRITER = `(module
  (memory 2560)
  (func (export "canister_update write") (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 167772160))))
    (call $ic0.msg_reply))
  (func (export "canister_update touch") (call $ic0.msg_reply))
  (func (export "canister_query read") (call $ic0.msg_reply)))`;
