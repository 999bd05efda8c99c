/** System API reference, section 3: what a trap undoes, what a query leaves, who answers when. */
import { expect } from 'vitest';
import { i32, text, toI32, utf8 } from '../harness/bytes.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat } from '../harness/wat.ts';

const CHANGED_BY = ['trap', 'unreachable', 'out_of_bounds', 'divide', 'double_reply', 'no_reply'] as const;

conformance('traps and answers', (rule) => {
  rule('a trap rolls back memory, globals, stable memory, the timer and the calls it made', async (ic) => {
    const canister = await ic.deploy(await wat(CHANGES));
    for (const method of ['trap', 'unreachable', 'out_of_bounds', 'divide', 'double_reply']) {
      await rejectOf(ic.call(canister, method));
      expect({ method, state: await ic.query(canister, 'read') }).toEqual({ method, state: i32(0, 0, 0, 1) });
    }
    // The timer that each of them set to now has not fired, and nobody was called.
    await ic.ticks(2);
    expect(await ic.query(canister, 'read')).toEqual(i32(0, 0, 0, 1));
    // The same changes, without the trap, last.
    await ic.call(canister, 'succeed');
    await ic.ticks(2);
    expect(await ic.query(canister, 'read')).toEqual(i32(1, 1, 1, 3));
  });

  rule('each trap has its code and its words', async (ic) => {
    const canister = await ic.deploy(await wat(CHANGES));
    const seen: Record<string, string> = {};
    for (const method of CHANGED_BY) {
      const { errorCode, message, rejectCode, certified } = await rejectOf(ic.call(canister, method));
      expect({ rejectCode, certified }).toEqual({ rejectCode: 'CanisterError', certified: true });
      expect(message).toContain(`${canister}`);
      seen[method] = errorCode;
    }
    expect(seen).toEqual({
      trap: 'IC0503',
      unreachable: 'IC0502',
      out_of_bounds: 'IC0502',
      divide: 'IC0502',
      double_reply: 'IC0504',
      no_reply: 'IC0506',
    });
    expect((await rejectOf(ic.call(canister, 'trap'))).message).toContain(
      `Error from Canister ${canister}: Canister called \`ic0.trap\` with message: 'no more'`,
    );
    expect((await rejectOf(ic.call(canister, 'unreachable'))).message).toContain('Canister trapped: unreachable');
    expect((await rejectOf(ic.call(canister, 'out_of_bounds'))).message).toContain(
      'Canister trapped: heap out of bounds',
    );
    expect((await rejectOf(ic.call(canister, 'divide'))).message).toContain('Canister trapped: integer division by 0');
    expect((await rejectOf(ic.call(canister, 'no_reply'))).message).toContain('did not reply to the call');
  });

  rule('a reject is not a trap: its text arrives as it is, and the changes last', async (ic) => {
    const canister = await ic.deploy(await wat(CHANGES));
    const refused = await rejectOf(ic.call(canister, 'reject'));
    expect(refused).toMatchObject({
      errorCode: 'IC0406',
      rejectCode: 'CanisterReject',
      message: 'no more',
      certified: true,
    });
    await ic.ticks(2);
    expect(await ic.query(canister, 'read')).toEqual(i32(1, 1, 1, 3));
  });

  rule('a method that does not answer keeps its changes', async (ic) => {
    const canister = await ic.deploy(await wat(CHANGES));
    await rejectOf(ic.call(canister, 'no_reply'));
    expect((await ic.query(canister, 'read')).slice(0, 12)).toEqual(i32(1, 1, 1));
  });

  rule('a query sees its own changes, and leaves none behind', async (ic) => {
    const canister = await ic.deploy(await wat(QUERY));
    expect(await ic.query(canister, 'change')).toEqual(i32(1, 1, 2, 2));
    expect(await ic.query(canister, 'change')).toEqual(i32(1, 1, 2, 2));
    // The same by consensus.
    expect(await ic.call(canister, 'change')).toEqual(i32(1, 1, 2, 2));
    expect(await ic.query(canister, 'read')).toEqual(i32(0, 0, 1, 0));
  });

  rule('a trap in a query says so, and the canister is well', async (ic) => {
    const canister = await ic.deploy(await wat(QUERY));
    expect(await rejectOf(ic.query(canister, 'trap'))).toMatchObject({ errorCode: 'IC0502', certified: false });
    expect(await ic.query(canister, 'read')).toEqual(i32(0, 0, 1, 0));
  });

  rule('a trap in a callback undoes the callback only; then the cleanup runs, on the state before it', async (ic) => {
    const canister = await ic.deploy(await wat(CALLBACKS));
    const refused = await rejectOf(ic.call(canister, 'trap_in_callback'));
    expect(refused.errorCode).toBe('IC0503');
    expect(refused.message).toContain('in the callback');
    // Before the call: 1. In the callback, undone: 10. In the cleanup: 100.
    expect(toI32(await ic.query(canister, 'read'))).toBe(101);
  });

  rule('a trap in the cleanup undoes the cleanup too', async (ic) => {
    const canister = await ic.deploy(await wat(CALLBACKS));
    const refused = await rejectOf(ic.call(canister, 'trap_in_cleanup'));
    expect(refused.message).toContain('in the callback');
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
  });

  rule('a callback that does not trap runs without the cleanup', async (ic) => {
    const canister = await ic.deploy(await wat(CALLBACKS));
    await ic.call(canister, 'reply_in_callback');
    expect(toI32(await ic.query(canister, 'read'))).toBe(11);
  });

  rule('a callee that traps is rejected with code 5 and its error code before the text', async (ic) => {
    const canister = await ic.deploy(await wat(CALLBACKS));
    const seen = await ic.call(canister, 'call_trap');
    expect(seen.slice(0, 4)).toEqual(i32(5));
    expect(text(seen.slice(4))).toMatch(new RegExp(`^IC0503: Error from Canister ${canister}: .*'in the callee'`));
  });

  rule('a callee that rejects is code 4, with the bare text', async (ic) => {
    const canister = await ic.deploy(await wat(CALLBACKS));
    expect(await ic.call(canister, 'call_reject')).toEqual(Uint8Array.of(...i32(4), ...utf8('in the callee')));
  });

  rule('a method that does not exist is IC0536, by update and by query', async (ic) => {
    const canister = await ic.deploy(await wat(QUERY));
    const update = await rejectOf(ic.call(canister, 'nothing'));
    expect(update.errorCode).toBe('IC0536');
    expect(update.message).toContain("Canister has no update method 'nothing'");
    const query = await rejectOf(ic.query(canister, 'nothing'));
    expect(query.errorCode).toBe('IC0536');
    expect(query.message).toContain("Canister has no query method 'nothing'");
  });

  rule('a query call of an update method is IC0536; an update call of a query method is fine', async (ic) => {
    const canister = await ic.deploy(await wat(CHANGES));
    expect((await rejectOf(ic.query(canister, 'succeed'))).errorCode).toBe('IC0536');
    expect(await ic.call(canister, 'read')).toEqual(i32(0, 0, 0, 1));
  });

  rule('what a System API function does not allow in a context is IC0504', async (ic) => {
    const canister = await ic.deploy(await wat(QUERY));
    const refused = await rejectOf(ic.query(canister, 'call'));
    expect(refused.errorCode).toBe('IC0504');
    expect(refused.message).toContain('cannot be executed in');
  });
});

/** Each method changes everything first. `read`: memory, global, stable memory, and 1 + timers run + calls received. */
const CHANGES = `(module
  (memory 1)
  (table funcref (elem $ignore))
  (global $global (mut i32) (i32.const 0))
  (global $noticed (mut i32) (i32.const 1))
  (data (i32.const 64) "no more")
  (data (i32.const 80) "notice")

  (func $ignore (param i32))
  (func (export "canister_init") (drop (call $ic0.stable64_grow (i64.const 1))))

  (func $change
    (i32.store (i32.const 0) (i32.const 1))
    (global.set $global (i32.const 1))
    (call $ic0.stable64_write (i64.const 0) (i64.const 0) (i64.const 4))
    (drop (call $ic0.global_timer_set (i64.const 1)))
    (call $lib.call_self (i32.const 80) (i32.const 6) (i32.const 0) (i32.const 0))
    (drop (call $ic0.call_perform)))

  (func (export "canister_update notice")
    (global.set $noticed (i32.add (global.get $noticed) (i32.const 1)))
    (call $ic0.msg_reply))
  (func (export "canister_global_timer")
    (global.set $noticed (i32.add (global.get $noticed) (i32.const 1))))

  (func (export "canister_query read")
    (call $lib.append_i32 (i32.load (i32.const 0)))
    (call $lib.append_i32 (global.get $global))
    (call $ic0.stable64_read (i64.const 128) (i64.const 0) (i64.const 4))
    (call $lib.append_i32 (i32.load (i32.const 128)))
    (call $lib.append_i32 (global.get $noticed))
    (call $ic0.msg_reply))

  (func (export "canister_update succeed") (call $change) (call $ic0.msg_reply))
  (func (export "canister_update reject") (call $change) (call $ic0.msg_reject (i32.const 64) (i32.const 7)))
  (func (export "canister_update trap") (call $change) (call $ic0.trap (i32.const 64) (i32.const 7)))
  (func (export "canister_update unreachable") (call $change) (unreachable))
  (func (export "canister_update out_of_bounds") (call $change) (i32.store (i32.const 65536) (i32.const 1)))
  (func (export "canister_update divide") (call $change) (drop (i32.div_u (i32.const 1) (i32.const 0))))
  (func (export "canister_update double_reply") (call $change) (call $ic0.msg_reply) (call $ic0.msg_reply))
  ;; Without a call of its own: an open call could still answer.
  (func (export "canister_update no_reply")
    (i32.store (i32.const 0) (i32.const 1))
    (global.set $global (i32.const 1))
    (call $ic0.stable64_write (i64.const 0) (i64.const 0) (i64.const 4))))`;

/** `read` and `change`: memory, global, memory pages, stable pages. */
const QUERY = `(module
  (memory 1)
  (global $global (mut i32) (i32.const 0))
  (func $read (export "canister_query read")
    (call $lib.append_i32 (i32.load (i32.const 0)))
    (call $lib.append_i32 (global.get $global))
    (call $lib.append_i32 (memory.size))
    (call $lib.append_i32 (i32.wrap_i64 (call $ic0.stable64_size)))
    (call $ic0.msg_reply))
  (func $change (export "canister_query change")
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (global.set $global (i32.add (global.get $global) (i32.const 1)))
    (drop (memory.grow (i32.const 1)))
    (drop (call $ic0.stable64_grow (i64.const 2)))
    (call $read))
  (func (export "canister_query trap") (unreachable))
  (func (export "canister_query call") (call $ic0.call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))`;

/** Calls its own methods. The number counts what happened: 1 before the call, 10 in the callback, 100 in the cleanup. */
const CALLBACKS = `(module
  (memory 1)
  (table funcref (elem $reply $trap $clean_up $clean_up_and_trap $tell))
  (global $number (mut i32) (i32.const 0))
  (data (i32.const 64) "in the callback")
  (data (i32.const 96) "in the callee")
  (data (i32.const 128) "answer")
  (data (i32.const 144) "rejecting")
  (data (i32.const 160) "trapping")

  (func $add (param $amount i32) (global.set $number (i32.add (global.get $number) (local.get $amount))))
  (func $reply (param i32) (call $add (i32.const 10)) (call $ic0.msg_reply))
  (func $trap (param i32) (call $add (i32.const 10)) (call $ic0.trap (i32.const 64) (i32.const 15)))
  (func $clean_up (param i32) (call $add (i32.const 100)))
  (func $clean_up_and_trap (param i32) (call $add (i32.const 100)) (unreachable))
  (func $tell (param i32)
    (call $lib.append_i32 (call $ic0.msg_reject_code))
    (call $ic0.msg_reject_msg_copy (i32.const 1024) (i32.const 0) (call $ic0.msg_reject_msg_size))
    (call $lib.reply_bytes (i32.const 1024) (call $ic0.msg_reject_msg_size)))

  (func $call (param $name i32) (param $size i32) (param $callback i32) (param $clean_up i32)
    (call $add (i32.const 1))
    (call $lib.call_self (local.get $name) (local.get $size) (local.get $callback) (local.get $callback))
    (call $ic0.call_on_cleanup (local.get $clean_up) (i32.const 0))
    (drop (call $ic0.call_perform)))

  (func (export "canister_update answer") (call $ic0.msg_reply))
  (func (export "canister_update rejecting") (call $ic0.msg_reject (i32.const 96) (i32.const 13)))
  (func (export "canister_update trapping") (call $ic0.trap (i32.const 96) (i32.const 13)))

  (func (export "canister_update reply_in_callback")
    (call $call (i32.const 128) (i32.const 6) (i32.const 0) (i32.const 2)))
  (func (export "canister_update trap_in_callback")
    (call $call (i32.const 128) (i32.const 6) (i32.const 1) (i32.const 2)))
  (func (export "canister_update trap_in_cleanup")
    (call $call (i32.const 128) (i32.const 6) (i32.const 1) (i32.const 3)))
  (func (export "canister_update call_reject")
    (call $call (i32.const 144) (i32.const 9) (i32.const 4) (i32.const 2)))
  (func (export "canister_update call_trap")
    (call $call (i32.const 160) (i32.const 8) (i32.const 4) (i32.const 2)))

  (func (export "canister_query read") (call $lib.reply_i32 (global.get $number))))`;
