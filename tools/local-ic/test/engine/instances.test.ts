import { describe, expect, it } from 'vitest';
import { createLocalIc } from '../../src/index.ts';
import { data, deploy, load, take, u32, update } from './harness.ts';

/** Writes at one address, reads at one, and grows its memory by pages; each argument is four bytes little-endian. */
const MEMORY = (pages: number) => `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_arg_data_copy" (func $arg (param i32 i32 i32)))
  (memory ${pages})
  (func $address (result i32) (call $arg (i32.const 0) (i32.const 0) (i32.const 4)) (i32.load (i32.const 0)))
  (func (export "canister_update bump") (local $at i32)
    (local.set $at (call $address))
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1)))
    (call $append (local.get $at) (i32.const 4)) (call $reply))
  (func (export "canister_update grow")
    (drop (memory.grow (call $address)))
    (i32.store (i32.const 4) (memory.size)) (call $append (i32.const 4) (i32.const 4)) (call $reply)))`;

const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

/** One of each way to find what changed: 20 MiB has a mirror, 80 MiB does not. */
describe.each([
  ['20 MiB', 320],
  ['80 MiB', 1280],
])('an instance of %s', (_name, pages) => {
  const last = pages * 65_536 - 4;

  it('finds changes at both ends, across growing, a rollback to a snapshot and a fork', () => {
    const ic = createLocalIc({ rateLimits: false });
    const id = deploy(ic, MEMORY(pages));
    for (const at of [8, 8, last]) update(ic, id, 'bump', word(at));
    const snapshot = take(ic, id);
    expect(u32(update(ic, id, 'grow', word(1)))).toBe(pages + 1);
    expect(u32(update(ic, id, 'bump', word(last + 4)))).toBe(1);
    expect(u32(update(ic, id, 'bump', word(last)))).toBe(2);
    const fork = ic.fork();
    data(load(ic, id, snapshot));
    expect(u32(update(ic, id, 'bump', word(8)))).toBe(3);
    expect(u32(update(ic, id, 'bump', word(last)))).toBe(2);
    expect(ic.canister(id)?.wasmMemorySize).toBe(pages * 65_536);
    expect(u32(update(fork, id, 'bump', word(last)))).toBe(3);
    expect(u32(update(fork, id, 'bump', word(last + 4)))).toBe(2);
  });
});
