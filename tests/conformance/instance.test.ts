/** System API reference, section 3: every execution gets a fresh instance. */
import { expect } from 'vitest';
import { i32, toI32 } from '../harness/bytes.ts';
import { codes } from '../harness/lifecycle.ts';
import { calling, deployProxy } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat } from '../harness/wat.ts';

conformance('fresh instances', (rule) => {
  rule('what an execution writes into the table is gone in the next one', async (ic) => {
    const canister = await ic.deploy(await wat(TABLE));
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
    expect(toI32(await ic.call(canister, 'replace'))).toBe(2);
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
    expect(toI32(await ic.call(canister, 'replace'))).toBe(2);
  });

  rule('a table that grew is small again in the next execution', async (ic) => {
    const canister = await ic.deploy(await wat(TABLE));
    expect(toI32(await ic.call(canister, 'grow'))).toBe(5);
    expect(toI32(await ic.call(canister, 'grow'))).toBe(5);
    expect(toI32(await ic.query(canister, 'size'))).toBe(2);
  });

  rule('a data segment that was dropped is there again in the next execution', async (ic) => {
    const canister = await ic.deploy(await wat(SEGMENTS));
    expect(toI32(await ic.call(canister, 'copy_and_drop'))).toBe(7);
    expect(toI32(await ic.call(canister, 'copy_and_drop'))).toBe(7);
    const refused = await rejectOf(ic.call(canister, 'drop_and_copy'));
    expect(refused.errorCode).toBe('IC0502');
    expect(toI32(await ic.call(canister, 'copy_and_drop'))).toBe(7);
  });

  rule('an element segment that was dropped is there again in the next execution', async (ic) => {
    const canister = await ic.deploy(await wat(SEGMENTS));
    expect(toI32(await ic.call(canister, 'init_table_and_drop'))).toBe(9);
    expect(toI32(await ic.call(canister, 'init_table_and_drop'))).toBe(9);
  });

  rule('mutable globals and memory persist, exported or not', async (ic) => {
    const canister = await ic.deploy(await wat(PERSISTENT));
    for (const count of [1, 2, 3]) {
      expect(await ic.call(canister, 'count')).toEqual(i32(count, count, count));
    }
    expect(await ic.query(canister, 'read')).toEqual(i32(3, 3, 3));
  });

  rule('active data segments are written once, not in every execution', async (ic) => {
    const canister = await ic.deploy(await wat(PERSISTENT));
    expect(toI32(await ic.query(canister, 'initialised'))).toBe(42);
    await ic.call(canister, 'overwrite');
    expect(toI32(await ic.query(canister, 'initialised'))).toBe(43);
  });

  rule('the callback of a call runs in a fresh instance with the globals and the memory of the caller', async (ic) => {
    const proxy = await deployProxy(ic);
    const other = await deployProxy(ic);
    await proxy.launch(calling(other.id, 'launch'));
    await proxy.launch(calling(other.id, 'launch'), calling(other.id, 'launch', { after: 0 }));
    expect(codes(await proxy.log())).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  rule('a canister without a memory works', async (ic) => {
    const canister = await ic.deploy(await wat('(module (func (export "canister_query read") (call $ic0.msg_reply)))'));
    expect(await ic.query(canister, 'read')).toEqual(new Uint8Array());
  });
});

const TABLE = `(module
  (memory 1)
  (type $number (func (result i32)))
  (table $table 2 8 funcref)
  (elem (i32.const 0) $one $two)
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func (export "canister_query read") (call $lib.reply_i32 (call_indirect (type $number) (i32.const 0))))
  (func (export "canister_query size") (call $lib.reply_i32 (table.size $table)))
  (func (export "canister_update replace")
    (table.set $table (i32.const 0) (table.get $table (i32.const 1)))
    (call $lib.reply_i32 (call_indirect (type $number) (i32.const 0))))
  (func (export "canister_update grow")
    (drop (table.grow $table (ref.null func) (i32.const 3)))
    (call $lib.reply_i32 (table.size $table))))`;

const SEGMENTS = `(module
  (memory 1)
  (type $number (func (result i32)))
  (table $table 1 funcref)
  (elem $elements func $nine)
  (data $bytes "\\07\\00\\00\\00")
  (func $nine (result i32) (i32.const 9))
  (func (export "canister_update copy_and_drop")
    (i32.store (i32.const 0) (i32.const 0))
    (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 4))
    (data.drop $bytes)
    (call $lib.reply_i32 (i32.load (i32.const 0))))
  (func (export "canister_update drop_and_copy")
    (data.drop $bytes)
    (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 4))
    (call $ic0.msg_reply))
  (func (export "canister_update init_table_and_drop")
    (table.init $table $elements (i32.const 0) (i32.const 0) (i32.const 1))
    (elem.drop $elements)
    (call $lib.reply_i32 (call_indirect (type $number) (i32.const 0)))))`;

/** Three counters: in memory, in a private global, in an exported one. */
const PERSISTENT = `(module
  (memory 1)
  (data (i32.const 8) "\\2a\\00\\00\\00")
  (global $private (mut i32) (i32.const 0))
  (global $exported (export "counter") (mut i32) (i32.const 0))
  (func $read (export "canister_query read")
    (call $lib.append_i32 (i32.load (i32.const 0)))
    (call $lib.append_i32 (global.get $private))
    (call $lib.append_i32 (global.get $exported))
    (call $ic0.msg_reply))
  (func (export "canister_update count")
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (global.set $private (i32.add (global.get $private) (i32.const 1)))
    (global.set $exported (i32.add (global.get $exported) (i32.const 1)))
    (call $read))
  (func (export "canister_query initialised") (call $lib.reply_i32 (i32.load (i32.const 8))))
  (func (export "canister_update overwrite")
    (i32.store (i32.const 8) (i32.const 43))
    (call $ic0.msg_reply)))`;
