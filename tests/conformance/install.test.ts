/** Installing code: System API reference, sections 2 and 3; what survives which mode. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { i32, text, toI32, utf8 } from '../harness/bytes.ts';
import { STRANGER, statusOf } from '../harness/ic.ts';
import { clearTimer, deployParts, everywhere, readParts, setParts, setTimer } from '../harness/parts.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat, watFile, withCustomSection } from '../harness/wat.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
/** The mark of modules whose memory outlives an upgrade. */
const PERSISTENT = 'icp:private enhanced-orthogonal-persistence';

conformance('install, reinstall, upgrade', (rule) => {
  rule('upgrade keeps stable memory and drops memory, globals and the timer', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    await ic.call(canister, 'grow', i32(2));
    await setTimer(ic, canister, 1_000);
    await ic.upgrade(canister, await watFile('parts'));
    expect(await readParts(ic, canister)).toEqual({ ...everywhere(0), stable: 4 });
    expect(await clearTimer(ic, canister)).toBe(0n);
  });

  rule('reinstall drops stable memory too', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    await ic.reinstall(canister, await watFile('parts'));
    expect(await readParts(ic, canister)).toEqual({ ...everywhere(0), stablePages: 0 });
  });

  rule('the hooks run with their arguments: init at install and reinstall, pre and post at upgrade', async (ic) => {
    const module = await wat(HOOKS);
    const canister = await ic.deploy(module, { arg: utf8('one') });
    expect(text(await ic.query(canister, 'read'))).toBe('init one;');
    await ic.upgrade(canister, module, { arg: utf8('two') });
    expect(text(await ic.query(canister, 'read'))).toBe('init one;pre;post two;');
    await ic.upgrade(canister, module, {
      arg: utf8('three'),
      mode: { skip_pre_upgrade: [true], wasm_memory_persistence: [] },
    });
    expect(text(await ic.query(canister, 'read'))).toBe('init one;pre;post two;post three;');
    await ic.reinstall(canister, module, utf8('four'));
    expect(text(await ic.query(canister, 'read'))).toBe('init four;');
  });

  rule('the start function runs once for a module, not for each message', async (ic) => {
    const canister = await ic.deploy(await wat(STARTS));
    expect(toI32(await ic.call(canister, 'read'))).toBe(1);
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
    await ic.upgrade(canister, await wat(STARTS));
    expect(toI32(await ic.query(canister, 'read'))).toBe(1);
  });

  rule('install on a canister that is not empty is IC0514', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    const refused = await rejectOf(ic.install(canister, await watFile('parts')));
    expect(refused.errorCode).toBe('IC0514');
    expect(refused.message).toContain(`Canister ${canister} cannot be installed because the canister is not empty`);
    expect(await readParts(ic, canister)).toEqual(everywhere(4));
  });

  rule('upgrade of an empty canister is IC0537', async (ic) => {
    const canister = await ic.pic.createCanister();
    expect((await rejectOf(ic.upgrade(canister, await watFile('parts')))).errorCode).toBe('IC0537');
  });

  rule('what is no module is IC0505, at install and at upgrade, and leaves what was there', async (ic) => {
    const empty = await ic.pic.createCanister();
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    const broken = [
      utf8('not a module'),
      new Uint8Array(),
      (await watFile('parts')).slice(0, 100),
      await wat('(module (import "env" "missing" (func)))'),
      await wat('(module (func (export "canister_nonsense")))'),
      await wat('(module (memory 1) (func (export "canister_update x") (param i32)))'),
    ];
    for (const module of broken) {
      expect((await rejectOf(ic.install(empty, module))).errorCode).toBe('IC0505');
      expect((await rejectOf(ic.upgrade(canister, module))).errorCode).toBe('IC0505');
    }
    expect((await ic.status(empty)).module_hash).toEqual([]);
    expect(await readParts(ic, canister)).toEqual(everywhere(4));
  });

  rule('a trapping init leaves the canister empty', async (ic) => {
    const canister = await ic.pic.createCanister();
    const refused = await rejectOf(ic.install(canister, await wat(TRAPPING)));
    expect(refused.errorCode).toBe('IC0503');
    expect(refused.message).toContain('not today');
    expect((await ic.status(canister)).module_hash).toEqual([]);
    expect((await rejectOf(ic.query(canister, 'read'))).errorCode).toBe('IC0537');
    await ic.install(canister, await watFile('parts'));
  });

  rule('a trapping reinstall, post_upgrade or pre_upgrade leaves the old code and its state', async (ic) => {
    const [good, bad] = [await watFile('parts'), await wat(TRAPPING)];
    const canister = await ic.deploy(good);
    await setParts(ic, canister, 4);
    const { module_hash } = await ic.status(canister);
    expect((await rejectOf(ic.upgrade(canister, bad))).errorCode).toBe('IC0503');
    expect((await rejectOf(ic.reinstall(canister, bad))).errorCode).toBe('IC0503');
    expect((await ic.status(canister)).module_hash).toEqual(module_hash);
    expect(await readParts(ic, canister)).toEqual(everywhere(4));

    const stuck = await ic.deploy(await wat(TRAPPING_PRE_UPGRADE));
    expect((await rejectOf(ic.upgrade(stuck, good))).errorCode).toBe('IC0502');
    await ic.upgrade(stuck, good, { mode: { skip_pre_upgrade: [true], wasm_memory_persistence: [] } });
    expect(await readParts(ic, stuck)).toEqual({ ...everywhere(0), stablePages: 0 });
  });

  rule('the module hash is that of the bytes which were sent, compressed or not', async (ic) => {
    const module = await watFile('parts');
    const compressed = new Uint8Array(gzipSync(module));
    const [plain, zipped] = [await ic.deploy(module), await ic.deploy(compressed)];
    expect((await ic.status(plain)).module_hash).toEqual([sha256(module)]);
    expect((await ic.status(zipped)).module_hash).toEqual([sha256(compressed)]);
    await setParts(ic, zipped, 4);
    expect(await readParts(ic, zipped)).toEqual(everywhere(4));
  });

  rule('a module too large for one message is installed from chunks', async (ic) => {
    const large = padded(await watFile('parts'), 3_000_000);
    const canister = await ic.deploy(large);
    expect((await ic.status(canister)).module_hash).toEqual([sha256(large)]);
    await setParts(ic, canister, 4);
    expect(await readParts(ic, canister)).toEqual(everywhere(4));
  });

  rule('memory is kept by an upgrade with wasm_memory_persistence = keep, if the module bears the mark', async (ic) => {
    const plain = await watFile('parts');
    const marked = withCustomSection(plain, PERSISTENT);
    const keep = { skip_pre_upgrade: [] as [], wasm_memory_persistence: [{ keep: null }] as [{ keep: null }] };
    const replace = { skip_pre_upgrade: [] as [], wasm_memory_persistence: [{ replace: null }] as [{ replace: null }] };
    const canister = await ic.deploy(marked);
    await setParts(ic, canister, 4);
    await ic.call(canister, 'grow', i32(2));
    await ic.upgrade(canister, marked, { mode: keep });
    // The globals are those of the new module; only the memory is the old one.
    expect(await readParts(ic, canister)).toMatchObject({ memory: 4, memoryPages: 3, privateGlobal: 0, stable: 4 });

    const unmarked = await rejectOf(ic.upgrade(canister, plain, { mode: keep }));
    expect(unmarked.message).toContain(
      'The `wasm_memory_persistence: opt Keep` upgrade option requires that the new canister module supports enhanced orthogonal persistence.',
    );
    const silent = await rejectOf(ic.upgrade(canister, marked));
    expect(silent.message).toContain(
      'Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option.',
    );
    await ic.upgrade(canister, marked, { mode: replace });
    expect(await readParts(ic, canister)).toMatchObject({ memory: 0, memoryPages: 1, stable: 4 });
  });

  rule('uninstall removes code and memories, adds one to the version, and leaves the canister running', async (ic) => {
    const canister = await deployParts(ic);
    await setParts(ic, canister, 4);
    const { version } = await ic.status(canister);
    await ic.manage('uninstall_code', { canister_id: canister, sender_canister_version: [] });
    const after = await ic.status(canister);
    expect(after).toMatchObject({ version: version + 1n, module_hash: [] });
    expect(statusOf(after)).toBe('running');
    await ic.install(canister, await watFile('parts'));
    expect(await readParts(ic, canister)).toEqual({ ...everywhere(0), stablePages: 0 });
  });

  rule('only a controller installs: IC0512 at the door', async (ic) => {
    const canister = await ic.pic.createCanister();
    const wasm = await watFile('parts');
    const refused = await rejectOf(ic.pic.installCode({ canisterId: canister, wasm, sender: STRANGER }));
    expect(refused).toMatchObject({ errorCode: 'IC0512', certified: false });
  });
});

/** A module with a custom section of so many bytes that do not compress. */
function padded(module: Uint8Array, size: number): Uint8Array {
  const name = utf8('padding');
  const body = new Uint8Array(1 + name.length + size);
  body[0] = name.length;
  body.set(name, 1);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 7) length.push((rest & 127) | (rest > 127 ? 128 : 0));
  const whole = new Uint8Array(module.length + 1 + length.length + body.length);
  whole.set(module);
  whole.set([0, ...length], module.length);
  whole.set(body, module.length + 1 + length.length);
  return whole;
}

/** Writes into stable memory, after a length, which hook ran with which argument. */
const HOOKS = `(module
  (memory 1)
  (data (i32.const 0) "init ")
  (data (i32.const 8) "post ")
  (data (i32.const 16) "pre")
  (data (i32.const 24) ";")
  (func $length (result i64)
    (call $ic0.stable64_read (i64.const 32) (i64.const 0) (i64.const 8))
    (i64.load (i32.const 32)))
  (func $write (param $from i32) (param $size i32)
    (local $length i64)
    (local.set $length (call $length))
    (call $ic0.stable64_write (i64.add (i64.const 8) (local.get $length))
      (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $size)))
    (i64.store (i32.const 32) (i64.add (local.get $length) (i64.extend_i32_u (local.get $size))))
    (call $ic0.stable64_write (i64.const 0) (i64.const 32) (i64.const 8)))
  (func (export "canister_init")
    (drop (call $ic0.stable64_grow (i64.const 1)))
    (call $write (i32.const 0) (i32.const 5))
    (call $write (i32.const 1024) (call $lib.arg (i32.const 1024)))
    (call $write (i32.const 24) (i32.const 1)))
  (func (export "canister_pre_upgrade")
    (call $write (i32.const 16) (i32.const 3))
    (call $write (i32.const 24) (i32.const 1)))
  (func (export "canister_post_upgrade")
    (call $write (i32.const 8) (i32.const 5))
    (call $write (i32.const 1024) (call $lib.arg (i32.const 1024)))
    (call $write (i32.const 24) (i32.const 1)))
  (func (export "canister_query read")
    (call $ic0.stable64_read (i64.const 1024) (i64.const 8) (call $length))
    (call $lib.reply_bytes (i32.const 1024) (i32.wrap_i64 (call $length)))))`;

const STARTS = `(module
  (memory 1)
  (start $start)
  (func $start (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
  (func (export "canister_query read") (call $lib.reply_i32 (i32.load (i32.const 0)))))`;

const TRAPPING = `(module
  (memory 1)
  (data (i32.const 0) "not today")
  (func $trap (call $ic0.trap (i32.const 0) (i32.const 9)))
  (func (export "canister_init") (call $trap))
  (func (export "canister_post_upgrade") (call $trap)))`;

const TRAPPING_PRE_UPGRADE = `(module
  (func (export "canister_pre_upgrade") (unreachable)))`;
