/** System API reference, sections 1 and 3: what a canister can ask, and what it may not do. */
import { expect } from 'vitest';
import { i32, i64, reader, toI32, toI64 } from '../harness/bytes.ts';
import { type Ic, STRANGER } from '../harness/ic.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat } from '../harness/wat.ts';

type Id = Awaited<ReturnType<Ic['deploy']>>;
const MIB = 1_048_576;

/** The code of the trap that a method ends with, and its text. */
async function trapOf(ic: Ic, canister: Id, method: string, arg?: Uint8Array): Promise<string> {
  const { errorCode, message } = await rejectOf(ic.call(canister, method, arg));
  return `${errorCode} ${message}`;
}

conformance('the System API', (rule) => {
  rule('a running canister knows that it runs', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect(toI32(await ic.query(canister, 'status'))).toBe(1);
    expect(toI32(await ic.call(canister, 'status'))).toBe(1);
  });

  rule('it can tell execution by consensus from execution by one node', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect(toI32(await ic.query(canister, 'replicated'))).toBe(0);
    expect(toI32(await ic.call(canister, 'replicated'))).toBe(1);
  });

  rule('it reads its version and its balance; what is liquid is less by the freezing limit', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING), { cycles: 5_000_000_000_000n });
    const { version, cycles } = await ic.status(canister);
    expect(toI64(await ic.query(canister, 'version'))).toBe(version);
    const balances = reader(await ic.query(canister, 'balances'));
    const [balance, liquid] = [balances.i64(), balances.i64()];
    expect(balance).toBeGreaterThan(cycles - 10_000_000n);
    expect(balance).toBeLessThanOrEqual(cycles);
    expect(liquid).toBeLessThan(balance);
    expect(liquid).toBeGreaterThan(balance - 10_000_000_000n);
  });

  rule('the performance counter counts instructions, from zero in each execution', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    const counters = async () => {
      const from = reader(await ic.query(canister, 'counters'));
      return [from.i64(), from.i64()] as const;
    };
    const [before, after] = await counters();
    // A loop of ten thousand turns with at least five instructions each.
    expect(after - before).toBeGreaterThan(50_000n);
    expect(after - before).toBeLessThan(500_000n);
    expect(await counters()).toEqual([before, after]);
  });

  rule('stable memory grows from nothing, gives the size before, is zero, and ends where it ends', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect(toI64(await ic.call(canister, 'grow_stable', i64(2n)))).toBe(0n);
    expect(toI64(await ic.call(canister, 'grow_stable', i64(3n)))).toBe(2n);
    expect(toI64(await ic.call(canister, 'grow_stable', i64(1n << 40n)))).toBe(-1n);
    expect(toI32(await ic.query(canister, 'read_stable', i64(5n * 65_536n - 4n)))).toBe(0);
    expect(await trapOf(ic, canister, 'read_stable', i64(5n * 65_536n - 3n))).toMatch(
      /^IC0502 .*Canister trapped: stable memory out of bounds/,
    );
  });

  rule('arguments are copied only as far as they go, and only into memory', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect(toI32(await ic.call(canister, 'copy_argument', i32(7)))).toBe(7);
    expect((await rejectOf(ic.call(canister, 'copy_argument', Uint8Array.of(1, 2)))).rejectCode).toBe('CanisterError');
    expect((await rejectOf(ic.call(canister, 'copy_outside', i32(7)))).rejectCode).toBe('CanisterError');
    expect(toI32(await ic.call(canister, 'copy_argument', i32(8)))).toBe(8);
  });

  rule('an answer of more than 2 MiB is a trap by consensus; one node gives up to 3 MiB', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect((await ic.call(canister, 'answer', i32(2 * MIB))).length).toBe(2 * MIB);
    expect(await trapOf(ic, canister, 'answer', i32(2 * MIB + 1))).toMatch(/^IC0504 /);
    expect((await ic.query(canister, 'answer', i32(2 * MIB + 1))).length).toBe(2 * MIB + 1);
    expect((await rejectOf(ic.query(canister, 'answer', i32(3 * MIB + 1)))).errorCode).toBe('IC0504');
  });

  rule('certified data has at most 32 bytes', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    await ic.call(canister, 'certify', i32(32));
    expect(await trapOf(ic, canister, 'certify', i32(33))).toMatch(/^IC0504 /);
  });

  rule('there is no data certificate in an update', async (ic) => {
    const canister = await ic.deploy(await wat(ASKING));
    expect(toI32(await ic.call(canister, 'certificate_present'))).toBe(0);
  });

  rule('what belongs to another context is a contract violation that names function and mode', async (ic) => {
    const canister = await ic.deploy(await wat(FORBIDDEN));
    expect(await trapOf(ic, canister, 'accept')).toMatch(
      /^IC0504 .*"ic0_accept_message" cannot be executed in update mode/,
    );
    expect(await trapOf(ic, canister, 'reject_code')).toMatch(
      /^IC0504 .*"ic0_msg_reject_code" cannot be executed in update mode/,
    );
    const refused = await rejectOf(ic.query(canister, 'timer'));
    expect(refused.errorCode).toBe('IC0504');
    expect(refused.message).toContain('"ic0_global_timer_set" cannot be executed in non replicated query mode');
  });

  rule('a call that was not begun cannot be finished; one that was begun and left is not sent', async (ic) => {
    const canister = await ic.deploy(await wat(FORBIDDEN));
    expect(await trapOf(ic, canister, 'perform')).toMatch(/^IC0504 /);
    expect(await trapOf(ic, canister, 'append')).toMatch(/^IC0504 /);
    await ic.call(canister, 'leave');
    await ic.ticks(2);
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
  });

  rule('a callback that the table does not have is IC0513 when the answer comes', async (ic) => {
    const canister = await ic.deploy(await wat(FORBIDDEN));
    expect(await trapOf(ic, canister, 'no_callback')).toMatch(/^IC0513 .*non-existent Wasm function/);
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
  });

  rule('whoever calls, debug_print and its length hurt nobody', async (ic) => {
    const canister = await ic.deploy(await wat(FORBIDDEN));
    await ic.call(canister, 'print', undefined, STRANGER);
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
  });
});

const ASKING = `(module
  (memory 64)
  (func (export "canister_query status") (call $lib.reply_i32 (call $ic0.canister_status)))
  (func (export "canister_query replicated") (call $lib.reply_i32 (call $ic0.in_replicated_execution)))
  (func (export "canister_query version") (call $lib.reply_i64 (call $ic0.canister_version)))
  (func (export "canister_query balances")
    (call $ic0.canister_cycle_balance128 (i32.const 0))
    (call $ic0.canister_liquid_cycle_balance128 (i32.const 16))
    (call $lib.append_i64 (i64.load (i32.const 0)))
    (call $lib.reply_i64 (i64.load (i32.const 16))))
  (func (export "canister_query counters") (local $turns i32) (local $before i64)
    (local.set $before (call $ic0.performance_counter (i32.const 0)))
    (loop $again
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $turns) (i32.const 10000))))
    (call $lib.append_i64 (local.get $before))
    (call $lib.reply_i64 (call $ic0.performance_counter (i32.const 0))))
  (func (export "canister_update grow_stable") (call $lib.reply_i64 (call $ic0.stable64_grow (call $lib.arg_i64))))
  (func (export "canister_query read_stable")
    (call $ic0.stable64_read (i64.const 0) (call $lib.arg_i64) (i64.const 4))
    (call $lib.reply_i32 (i32.load (i32.const 0))))
  (func (export "canister_update copy_argument") (call $lib.reply_i32 (call $lib.arg_i32)))
  (func (export "canister_update copy_outside")
    (call $ic0.msg_arg_data_copy (i32.const 4194302) (i32.const 0) (i32.const 4))
    (call $ic0.msg_reply))
  (func (export "canister_query answer") (call $lib.reply_bytes (i32.const 0) (call $lib.arg_i32)))
  (func (export "canister_update certify")
    (call $ic0.certified_data_set (i32.const 0) (call $lib.arg_i32))
    (call $ic0.msg_reply))
  (func (export "canister_update certificate_present") (call $lib.reply_i32 (call $ic0.data_certificate_present))))`;

/** \`read\` gives how often \`notice\` was called. */
const FORBIDDEN = `(module
  (memory 1)
  (table funcref (elem $ignore))
  (global $noticed (mut i32) (i32.const 0))
  (data (i32.const 0) "notice")
  (func $ignore (param i32))
  (func (export "canister_update notice")
    (global.set $noticed (i32.add (global.get $noticed) (i32.const 1)))
    (call $ic0.msg_reply))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $noticed)))
  (func (export "canister_update accept") (call $ic0.accept_message) (call $ic0.msg_reply))
  (func (export "canister_update reject_code") (call $lib.reply_i32 (call $ic0.msg_reject_code)))
  (func (export "canister_query timer") (call $lib.reply_i64 (call $ic0.global_timer_set (i64.const 0))))
  (func (export "canister_update perform") (drop (call $ic0.call_perform)) (call $ic0.msg_reply))
  (func (export "canister_update append")
    (call $ic0.call_data_append (i32.const 0) (i32.const 1))
    (call $ic0.msg_reply))
  (func (export "canister_update leave")
    (call $lib.call_self (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 0))
    (call $ic0.msg_reply))
  (func (export "canister_update no_callback")
    (call $lib.call_self (i32.const 0) (i32.const 6) (i32.const 77) (i32.const 77))
    (drop (call $ic0.call_perform)))
  (func (export "canister_update print")
    (call $ic0.debug_print (i32.const 0) (i32.const 6))
    (call $ic0.debug_print (i32.const 0) (i32.const -1))
    (call $ic0.msg_reply)))`;
