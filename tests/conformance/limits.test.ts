/** System API reference, sections 3 and 4: what runs too long or too deep ends, is rolled back, and hurts nobody. */

import { expect } from 'vitest';
import { azle, decodeTexts, encodeText } from '../harness/azle.ts';
import { concat, i32, toI32 } from '../harness/bytes.ts';
import { answerOf, control } from '../harness/lifecycle.ts';
import { NO_ARGUMENT } from '../harness/management.ts';
import { deployProxy, managing } from '../harness/plan.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat } from '../harness/wat.ts';

conformance('limits', (rule) => {
  rule('an update without end is IC0522, is rolled back, and the canister is usable afterwards', async (ic) => {
    const canister = await ic.deploy(await wat(ENDLESS));
    const other = await ic.deploy(await wat(ENDLESS));
    const refused = await rejectOf(ic.call(canister, 'loop'));
    expect(refused).toMatchObject({ errorCode: 'IC0522', rejectCode: 'CanisterError', certified: true });
    expect(refused.message).toContain(
      'Canister exceeded the limit of 40000000000 instructions for single message execution.',
    );
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
    expect(toI32(await ic.call(canister, 'count'))).toBe(1);
    expect(toI32(await ic.call(other, 'count'))).toBe(1);
  });

  rule('a query without end is IC0522 at its own limit', async (ic) => {
    const canister = await ic.deploy(await wat(ENDLESS));
    const refused = await rejectOf(ic.query(canister, 'loop_query'));
    expect(refused).toMatchObject({ errorCode: 'IC0522', certified: false });
    expect(refused.message).toContain('Canister exceeded the limit of 5000000000 instructions');
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
  });

  rule(
    'recursion without end is a stack overflow, by update and by query, and the canister is usable afterwards',
    async (ic) => {
      const canister = await ic.deploy(await wat(ENDLESS));
      for (const attempt of [() => ic.call(canister, 'recurse'), () => ic.query(canister, 'recurse_query')]) {
        const refused = await rejectOf(attempt());
        expect(refused.errorCode).toBe('IC0502');
        expect(refused.message).toContain('Canister trapped: stack overflow');
      }
      expect(toI32(await ic.query(canister, 'read'))).toBe(0);
      expect(toI32(await ic.call(canister, 'count'))).toBe(1);
    },
  );

  rule('recursion a thousand deep is fine', async (ic) => {
    const canister = await ic.deploy(await wat(ENDLESS));
    expect(toI32(await ic.call(canister, 'depth', i32(1_000)))).toBe(1_000);
  });

  rule(
    'an init without end leaves the canister empty, and further installs wait until its debit has fallen',
    async (ic) => {
      const canister = await ic.pic.createCanister();
      const manager = await deployProxy(ic);
      await control(ic, manager, canister);
      const arg = new Uint8Array();
      const request = { canister_id: canister, mode: { install: null }, wasm_module: await wat(ENDLESS_INIT), arg };
      // By a canister, since a user gives up after 100 rounds, and an IC that slices long executions needs 150 for 300 G.
      await manager.launch(managing('install_code', request));
      await ic.ticks(160);
      const answer = await answerOf(manager, 0);
      expect(answer.code).toBe(5);
      expect(answer.message).toMatch(/^IC0522: /);
      expect((await ic.status(canister)).module_hash).toEqual([]);
      await ic.ticks(160);
      await ic.install(canister, await wat(ENDLESS));
      expect(toI32(await ic.call(canister, 'count'))).toBe(1);
    },
  );

  rule('growing memory beyond its maximum gives -1 and traps nothing', async (ic) => {
    const canister = await ic.deploy(await wat(ENDLESS));
    expect(toI32(await ic.call(canister, 'grow', i32(65_536)))).toBe(-1);
    expect(toI32(await ic.call(canister, 'grow', i32(1)))).toBe(1);
  });

  rule('a Candid bomb is refused by the guard of an azle canister, which is usable afterwards', async (ic) => {
    const chat = await ic.deploy(azle('chat', 'wasm.gz'));
    // `vec null` with 2^32 - 1 elements, none of which takes a byte.
    const bomb = concat(
      Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 1, 0x6d, 0x7f, 1, 0),
      Uint8Array.of(255, 255, 255, 255, 15),
    );
    const refused = await rejectOf(ic.query(chat, 'dump', bomb));
    expect(refused).toMatchObject({ errorCode: 'IC0503', certified: false });
    await ic.call(chat, 'append', encodeText('still here'));
    expect(decodeTexts(await ic.query(chat, 'dump', NO_ARGUMENT))).toEqual(['still here']);
  });
});

/** A loop of two thousand instructions a turn, which cost nothing but their count, so that the limit is reached soon. */
const SPIN = `(loop $again ${'(drop (i32.const 0))'.repeat(1_000)} (br $again))`;

const ENDLESS = `(module
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (func $change (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func $recurse (param $depth i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $depth) (i32.const 1))) (i32.const 1)))
  (func $down (param $depth i32) (result i32)
    (if (result i32) (local.get $depth)
      (then (i32.add (call $down (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))
      (else (i32.const 0))))
  (func (export "canister_update loop") (call $change) ${SPIN})
  (func (export "canister_query loop_query") (call $change) ${SPIN})
  (func (export "canister_update recurse") (call $change) (drop (call $recurse (i32.const 0))))
  (func (export "canister_query recurse_query") (call $change) (drop (call $recurse (i32.const 0))))
  (func (export "canister_update depth") (call $lib.reply_i32 (call $down (call $lib.arg_i32))))
  (func (export "canister_update grow") (call $lib.reply_i32 (memory.grow (call $lib.arg_i32))))
  (func (export "canister_update count") (call $change) (call $lib.reply_i32 (global.get $count)))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $count))))`;

const ENDLESS_INIT = `(module
  (func (export "canister_init") ${SPIN}))`;
