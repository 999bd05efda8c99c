/** System API reference, sections 2 and 3: timers, heartbeats and time. */
import { expect } from 'vitest';
import { i32, reader, toI32, toI64 } from '../harness/bytes.ts';
import { clearTimer, deployParts, setTimer, timerRuns } from '../harness/parts.ts';
import { conformance } from '../harness/servers.ts';
import { wat, watFile } from '../harness/wat.ts';

conformance('timers and time', (rule) => {
  rule('a timer fires in the first round at or after its deadline, once', async (ic) => {
    const canister = await deployParts(ic);
    await setTimer(ic, canister, 100);
    await ic.advance(99_000);
    await ic.ticks(3);
    expect(await timerRuns(ic, canister)).toBe(0);
    await ic.advance(1_000);
    expect(await timerRuns(ic, canister)).toBe(0);
    await ic.ticks(1);
    expect(await timerRuns(ic, canister)).toBe(1);
    await ic.advance(500_000);
    await ic.ticks(5);
    expect(await timerRuns(ic, canister)).toBe(1);
  });

  rule('setting a timer gives what it was set to before, 0 for nothing; setting it to 0 deactivates it', async (ic) => {
    const canister = await deployParts(ic);
    expect(await setTimer(ic, canister, 100)).toBe(0n);
    const first = await setTimer(ic, canister, 200);
    const second = await clearTimer(ic, canister);
    expect(second - first).toBeGreaterThan(100_000_000_000n);
    expect(second - first).toBeLessThan(101_000_000_000n);
    expect(await clearTimer(ic, canister)).toBe(0n);
    await ic.advance(500_000);
    await ic.ticks(2);
    expect(await timerRuns(ic, canister)).toBe(0);
  });

  rule('the deadline is cleared before the timer runs', async (ic) => {
    const canister = await deployParts(ic);
    await setTimer(ic, canister, 1);
    await ic.advance(2_000);
    await ic.ticks(1);
    expect(await clearTimer(ic, canister)).toBe(0n);
  });

  rule('a timer that sets itself to now runs once a round, not more', async (ic) => {
    const canister = await ic.deploy(await wat(IMPATIENT));
    const before = toI32(await ic.query(canister, 'read'));
    await ic.ticks(5);
    expect(toI32(await ic.query(canister, 'read'))).toBe(before + 5);
  });

  rule('a timer that traps is rolled back, and does not run again by itself', async (ic) => {
    const canister = await ic.deploy(await wat(TRAPPING));
    await ic.ticks(4);
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
    await ic.call(canister, 'heal');
    await ic.ticks(4);
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
  });

  rule('upgrade, reinstall and uninstall clear the timer', async (ic) => {
    const module = await watFile('parts');
    const canister = await ic.deploy(module);
    await setTimer(ic, canister, 10);
    await ic.upgrade(canister, module);
    expect(await clearTimer(ic, canister)).toBe(0n);
    await setTimer(ic, canister, 10);
    await ic.reinstall(canister, module);
    expect(await clearTimer(ic, canister)).toBe(0n);
    await setTimer(ic, canister, 10);
    await ic.manage('uninstall_code', { canister_id: canister, sender_canister_version: [] });
    await ic.install(canister, module);
    expect(await clearTimer(ic, canister)).toBe(0n);
  });

  rule('heartbeat and timer both run in a round in which they are due', async (ic) => {
    const canister = await ic.deploy(await wat(BOTH));
    const before = reader(await ic.query(canister, 'read'));
    const [beats, runs] = [before.i32(), before.i32()];
    await ic.ticks(4);
    expect(await ic.query(canister, 'read')).toEqual(i32(beats + 4, runs + 4));
  });

  rule('heartbeats and timers are called by the management canister', async (ic) => {
    const canister = await ic.deploy(await wat(CALLER));
    await ic.ticks(1);
    expect(toI32(await ic.query(canister, 'read'))).toBe(0);
  });

  rule('time stands still within an execution, and passes from round to round', async (ic) => {
    const canister = await ic.deploy(await wat(CLOCK));
    const times: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      const from = reader(await ic.call(canister, 'twice'));
      const [first, second] = [from.i64(), from.i64()];
      expect(second).toBe(first);
      times.push(first);
    }
    expect(times[1]).toBeGreaterThan(times[0] ?? 0n);
    expect(times[2]).toBeGreaterThan(times[1] ?? 0n);
  });

  rule('an hour passes when the clock is moved by an hour', async (ic) => {
    const canister = await ic.deploy(await wat(CLOCK));
    const now = async () => toI64((await ic.call(canister, 'twice')).slice(0, 8));
    const before = await now();
    await ic.advance(3_600_000);
    const passed = (await now()) - before;
    expect(passed).toBeGreaterThanOrEqual(3_600_000_000_000n);
    expect(passed).toBeLessThan(3_600_100_000_000n);
  });

  rule('the version grows by one for each timer that runs', async (ic) => {
    const canister = await deployParts(ic);
    await setTimer(ic, canister, 1);
    const { version } = await ic.status(canister);
    await ic.advance(2_000);
    await ic.ticks(1);
    expect((await ic.status(canister)).version).toBe(version + 1n);
  });
});

const IMPATIENT = `(module
  (memory 1)
  (global $runs (mut i32) (i32.const 0))
  (func $again (drop (call $ic0.global_timer_set (call $ic0.time))))
  (func (export "canister_init") (call $again))
  (func (export "canister_global_timer")
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (call $again))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $runs))))`;

const TRAPPING = `(module
  (memory 1)
  (global $runs (mut i32) (i32.const 0))
  (global $healthy (mut i32) (i32.const 0))
  (func (export "canister_init") (drop (call $ic0.global_timer_set (call $ic0.time))))
  (func (export "canister_global_timer")
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (drop (call $ic0.global_timer_set (call $ic0.time)))
    (if (i32.eqz (global.get $healthy)) (then (unreachable)))
    (drop (call $ic0.global_timer_set (i64.const 0))))
  (func (export "canister_update heal")
    (global.set $healthy (i32.const 1))
    (drop (call $ic0.global_timer_set (call $ic0.time)))
    (call $ic0.msg_reply))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $runs))))`;

const BOTH = `(module
  (memory 1)
  (global $beats (mut i32) (i32.const 0))
  (global $runs (mut i32) (i32.const 0))
  (func $again (drop (call $ic0.global_timer_set (call $ic0.time))))
  (func (export "canister_init") (call $again))
  (func (export "canister_heartbeat") (global.set $beats (i32.add (global.get $beats) (i32.const 1))))
  (func (export "canister_global_timer")
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (call $again))
  (func (export "canister_query read")
    (call $lib.append_i32 (global.get $beats))
    (call $lib.append_i32 (global.get $runs))
    (call $ic0.msg_reply)))`;

/** Adds up the lengths of its callers' principals; that of the management canister has none. */
const CALLER = `(module
  (memory 1)
  (global $sum (mut i32) (i32.const 0))
  (func $add (global.set $sum (i32.add (global.get $sum) (call $ic0.msg_caller_size))))
  (func (export "canister_init") (drop (call $ic0.global_timer_set (call $ic0.time))))
  (func (export "canister_heartbeat") (call $add))
  (func (export "canister_global_timer") (call $add))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $sum))))`;

const CLOCK = `(module
  (memory 1)
  (func (export "canister_update twice")
    (call $lib.append_i64 (call $ic0.time))
    (call $lib.append_i64 (call $ic0.time))
    (call $ic0.msg_reply)))`;
