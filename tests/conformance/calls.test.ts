/** Calls: who calls whom, what the door asks, and what a call costs (System API reference, sections 1, 2, 3 and 6). */
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { concat, i32, i64, reader, toI32 } from '../harness/bytes.ts';
import { type Ic, STRANGER } from '../harness/ic.ts';
import { codes } from '../harness/lifecycle.ts';
import { calling, decodeLog, deployProxy, encodePlan, planning } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat, watFile } from '../harness/wat.ts';

const bytesOf = (principal: Principal) => new Uint8Array(principal.toUint8Array());

/** What a call with cycles gave: the callee's count of accepted cycles, or -1 if it trapped; then the refund. */
async function sendCycles(ic: Ic, canister: Principal, method: string, accept: bigint) {
  const from = reader(await ic.call(canister, method, i64(accept)));
  return { accepted: from.i64(), refunded: from.i64() };
}

conformance('calls', (rule) => {
  rule('the caller of a call is its sender: the user, or the canister', async (ic) => {
    const canister = await ic.deploy(await wat(WHO));
    expect(await ic.query(canister, 'who')).toEqual(bytesOf(Principal.anonymous()));
    expect(await ic.call(canister, 'who', new Uint8Array(), STRANGER)).toEqual(bytesOf(STRANGER));
    expect(await ic.query(canister, 'who', new Uint8Array(), STRANGER)).toEqual(bytesOf(STRANGER));
    const proxy = await deployProxy(ic);
    await proxy.launch(calling(canister, 'who'));
    expect((await proxy.log())[0]?.data).toEqual(bytesOf(proxy.id));
  });

  rule('in a callback, the caller is that of the call being answered', async (ic) => {
    const canister = await ic.deploy(await wat(WHO));
    expect(await ic.call(canister, 'who_in_callback', new Uint8Array(), STRANGER)).toEqual(bytesOf(STRANGER));
  });

  rule('a canister knows itself, and its controllers', async (ic) => {
    const canister = await ic.deploy(await wat(WHO));
    expect(await ic.query(canister, 'self')).toEqual(bytesOf(canister));
    const isController = async (principal: Principal) =>
      toI32(await ic.query(canister, 'is_controller', bytesOf(principal)));
    expect(await isController(Principal.anonymous())).toBe(1);
    expect(await isController(STRANGER)).toBe(0);
    await ic.pic.updateCanisterSettings({ canisterId: canister, controllers: [STRANGER] });
    expect(await isController(Principal.anonymous())).toBe(0);
    expect(await isController(STRANGER)).toBe(1);
  });

  rule('inspect_message decides at the door, by caller, method and argument; refused is IC0406', async (ic) => {
    const canister = await ic.deploy(await wat(INSPECTING));
    await ic.call(canister, 'open', i32(1));
    const method = await rejectOf(ic.call(canister, 'shut', i32(1)));
    expect(method).toMatchObject({ errorCode: 'IC0406', rejectCode: 'CanisterReject', certified: false });
    expect(method.message).toContain('Canister rejected the message');
    expect((await rejectOf(ic.call(canister, 'open', i32(2)))).errorCode).toBe('IC0406');
    expect((await rejectOf(ic.call(canister, 'open', i32(1), STRANGER))).errorCode).toBe('IC0406');
    // A refused message leaves nothing behind, and neither does the inspection of an accepted one.
    expect(await ic.query(canister, 'read')).toEqual(i32(1, 0));
  });

  rule('a trap in inspect_message refuses with the code of the trap', async (ic) => {
    const canister = await ic.deploy(await wat(INSPECTING));
    expect(await rejectOf(ic.call(canister, 'open', i32(9)))).toMatchObject({ errorCode: 'IC0502', certified: false });
  });

  rule(
    'inspect_message is asked neither for queries, nor for calls of canisters, nor for management calls',
    async (ic) => {
      const canister = await ic.deploy(await wat(INSPECTING));
      expect(await ic.query(canister, 'read')).toEqual(i32(0, 0));
      const proxy = await deployProxy(ic);
      await proxy.launch(calling(canister, 'shut', { payload: i32(1) }));
      expect(codes(await proxy.log())).toEqual([[0, 0]]);
      await ic.manage('stop_canister', { canister_id: canister });
    },
  );

  rule('cycles that the callee does not accept come back with the answer', async (ic) => {
    const canister = await ic.deploy(await wat(CYCLES));
    expect(await sendCycles(ic, canister, 'send', 400n)).toEqual({ accepted: 400n, refunded: 600n });
    expect(await sendCycles(ic, canister, 'send', 0n)).toEqual({ accepted: 0n, refunded: 1_000n });
    // More than there is: as many as there are.
    expect(await sendCycles(ic, canister, 'send', 5_000n)).toEqual({ accepted: 1_000n, refunded: 0n });
  });

  rule('a callee that traps after it accepted has accepted nothing', async (ic) => {
    const canister = await ic.deploy(await wat(CYCLES));
    expect(await sendCycles(ic, canister, 'send_to_trap', 400n)).toEqual({ accepted: -1n, refunded: 1_000n });
  });

  rule('attaching more cycles than there are is a trap', async (ic) => {
    const proxy = await deployProxy(ic, { cycles: 1_000_000_000_000n });
    const cycles = 2_000_000_000_000n;
    const refused = await rejectOf(proxy.launch(calling(proxy.id, 'launch', { cycles })));
    expect(refused.rejectCode).toBe('CanisterError');
    expect(await proxy.log()).toEqual([]);
  });

  rule('each call in flight holds 42.1 G cycles: call_perform gives 2 when they are not there', async (ic) => {
    const holder = await ic.deploy(await watFile('holder'));
    const proxy = await deployProxy(ic, { cycles: 500_000_000_000n });
    const before = (await ic.status(proxy.id)).cycles;
    // Of 500 G, 40 G are held by the execution itself and 2 G by the freezing limit: enough for ten.
    await proxy.launch(...Array.from({ length: 12 }, () => calling(holder, 'hold')));
    expect(codes(await proxy.log())).toEqual([
      [10, 102],
      [11, 102],
    ]);
    const held = before - (await ic.status(proxy.id)).cycles;
    expect(held).toBeGreaterThan(10n * 42_102_000_000n);
    expect(held).toBeLessThan(10n * 42_103_000_000n + 100_000_000n);

    await ic.call(holder, 'release');
    await ic.ticks(3);
    expect(
      codes(await proxy.log())
        .slice(2)
        .map(([, code]) => code),
    ).toEqual(Array(10).fill(0));
    expect(before - (await ic.status(proxy.id)).cycles).toBeLessThan(1_000_000_000n);
  });

  rule('a frozen canister is IC0207 for users, and its caller gets code 2', async (ic) => {
    const frozen = await deployProxy(ic, { cycles: 1_000_000_000_000n });
    await ic.pic.updateCanisterSettings({ canisterId: frozen.id, freezingThreshold: 100_000_000_000n });
    expect(await rejectOf(ic.call(frozen.id, 'launch'))).toMatchObject({
      errorCode: 'IC0207',
      rejectCode: 'SysTransient',
    });
    expect((await rejectOf(ic.query(frozen.id, 'read'))).errorCode).toBe('IC0207');
    const caller = await deployProxy(ic);
    await caller.launch(calling(frozen.id, 'launch'));
    await ic.ticks(1);
    expect((await caller.log())[0]?.code).toBe(2);
  });

  rule('at most 500 calls to one callee are in flight; call_perform gives 2 for the others', async (ic) => {
    const holder = await ic.deploy(await watFile('holder'));
    const proxy = await deployProxy(ic);
    await proxy.launch(...Array.from({ length: 502 }, () => calling(holder, 'hold')));
    const log = await proxy.log();
    expect(log.filter(({ code }) => code === 102).map(({ step }) => step)).toEqual([500, 501]);
  });

  rule('a call waits for the answers of the calls that it makes, however deep', async (ic) => {
    const [first, second, third] = [await deployProxy(ic), await deployProxy(ic), await deployProxy(ic)];
    const plan = [planning(second.id, 'perform', planning(third.id, 'perform', calling(first.id, 'missing')))];
    const log = decodeLog(await ic.call(first.id, 'perform', encodePlan(plan)));
    expect(codes(log)).toEqual([[0, 0]]);
    const [answer] = decodeLog(log[0]?.data ?? new Uint8Array());
    const [innermost] = decodeLog(answer?.data ?? new Uint8Array());
    expect(innermost?.code).toBe(5);
    expect(innermost?.message).toContain("Canister has no update method 'missing'");
  });

  rule('arguments and answers of a megabyte arrive whole', async (ic) => {
    const canister = await ic.deploy(await wat(ECHO));
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 251);
    expect(Buffer.from(await ic.call(canister, 'echo', bytes)).equals(bytes)).toBe(true);
    expect(Buffer.from(await ic.query(canister, 'echo', bytes)).equals(bytes)).toBe(true);
    const proxy = await deployProxy(ic);
    await proxy.launch(calling(canister, 'echo', { payload: bytes.slice(0, 100_000) }));
    expect(Buffer.from((await proxy.log())[0]?.data ?? []).equals(bytes.slice(0, 100_000))).toBe(true);
  });

  rule('an answer in parts is one answer', async (ic) => {
    const canister = await ic.deploy(await wat(ECHO));
    expect(await ic.query(canister, 'thrice', i32(5))).toEqual(concat(i32(5), i32(5), i32(5)));
  });
});

const WHO = `(module
  (memory 1)
  (table funcref (elem $who_after))
  (data (i32.const 0) "who")
  (func $who
    (call $ic0.msg_caller_copy (i32.const 64) (i32.const 0) (call $ic0.msg_caller_size))
    (call $lib.reply_bytes (i32.const 64) (call $ic0.msg_caller_size)))
  (func $who_after (param i32) (call $who))
  (func (export "canister_query who") (call $who))
  (func (export "canister_update who_in_callback")
    (call $lib.call_self (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0))
    (drop (call $ic0.call_perform)))
  (func (export "canister_query self")
    (call $ic0.canister_self_copy (i32.const 64) (i32.const 0) (call $ic0.canister_self_size))
    (call $lib.reply_bytes (i32.const 64) (call $ic0.canister_self_size)))
  (func (export "canister_query is_controller")
    (call $lib.reply_i32 (call $ic0.is_controller (i32.const 64) (call $lib.arg (i32.const 64))))))`;

/** Lets in: the anonymous user, the method whose name begins with o, the number 1. Counts messages, and inspections. */
const INSPECTING = `(module
  (memory 1)
  (global $messages (mut i32) (i32.const 0))
  (global $inspections (mut i32) (i32.const 0))
  (func (export "canister_inspect_message")
    (global.set $inspections (i32.add (global.get $inspections) (i32.const 1)))
    (call $ic0.msg_method_name_copy (i32.const 0) (i32.const 0) (i32.const 1))
    (call $ic0.msg_caller_copy (i32.const 8) (i32.const 0) (i32.const 1))
    (if (i32.eq (call $lib.arg_i32) (i32.const 9)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 111)) (then (return)))
    (if (i32.ne (i32.load8_u (i32.const 8)) (i32.const 4)) (then (return)))
    (if (i32.ne (call $lib.arg_i32) (i32.const 1)) (then (return)))
    (call $ic0.accept_message))
  (func $message
    (global.set $messages (i32.add (global.get $messages) (i32.const 1)))
    (call $ic0.msg_reply))
  (func (export "canister_update open") (call $message))
  (func (export "canister_update shut") (call $message))
  (func (export "canister_query read")
    (call $lib.append_i32 (global.get $messages))
    (call $lib.append_i32 (global.get $inspections))
    (call $ic0.msg_reply)))`;

/** Sends itself 1000 cycles; the argument says how many of them to accept. */
const CYCLES = `(module
  (memory 1)
  (table funcref (elem $answered $rejected))
  (data (i32.const 0) "accept")
  (data (i32.const 16) "accept_and_trap")
  (func $accept
    (call $ic0.msg_cycles_accept128 (i64.const 0) (call $lib.arg_i64) (i32.const 64)))
  (func $refund
    (call $ic0.msg_cycles_refunded128 (i32.const 64))
    (call $lib.reply_i64 (i64.load (i32.const 64))))
  (func $answered (param i32) (call $lib.append_i64 (call $lib.arg_i64)) (call $refund))
  (func $rejected (param i32) (call $lib.append_i64 (i64.const -1)) (call $refund))
  (func $send (param $name i32) (param $size i32)
    (call $lib.call_self (local.get $name) (local.get $size) (i32.const 0) (i32.const 1))
    (call $ic0.call_data_append (i32.const 128) (call $lib.arg (i32.const 128)))
    (call $ic0.call_cycles_add128 (i64.const 0) (i64.const 1000))
    (if (call $ic0.call_perform) (then (unreachable))))
  (func (export "canister_update send") (call $send (i32.const 0) (i32.const 6)))
  (func (export "canister_update send_to_trap") (call $send (i32.const 16) (i32.const 15)))
  (func (export "canister_update accept") (call $accept) (call $lib.reply_i64 (i64.load (i32.const 64))))
  (func (export "canister_update accept_and_trap") (call $accept) (unreachable)))`;

const ECHO = `(module
  (memory 32)
  (func (export "canister_query echo")
    (call $lib.reply_bytes (i32.const 65536) (call $lib.arg (i32.const 65536))))
  (func (export "canister_query thrice")
    (call $lib.append_i32 (call $lib.arg_i32))
    (call $lib.append_i32 (call $lib.arg_i32))
    (call $lib.append_i32 (call $lib.arg_i32))
    (call $ic0.msg_reply)))`;
