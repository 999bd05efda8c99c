/** A counter in WebAssembly text, and its interface as a user of `@dfinity/pic` would write it. */
import type { ActorMethod } from '@dfinity/pic';
import type { IDL } from '@icp-sdk/core/candid';
import { wat } from '../harness/wat.ts';

export interface Counter {
  [method: string]: ActorMethod;
  /** Adds to the counter, answers nothing. */
  add: ActorMethod<[number], undefined>;
  /** What it stands at. */
  get: ActorMethod<[], number>;
  /** Its time, nanoseconds since 1970. */
  time: ActorMethod<[], bigint>;
  /** Prints, then traps. */
  fail: ActorMethod<[], undefined>;
}

export const counterFactory: IDL.InterfaceFactory = ({ IDL: types }) =>
  types.Service({
    add: types.Func([types.Nat32], [], []),
    get: types.Func([], [types.Nat32], ['query']),
    time: types.Func([], [types.Nat64], ['query']),
    fail: types.Func([], [], []),
  });

/** A Candid message with one nat32 or nat64 has 7 bytes of head, one without values 6. */
const HEAD = 7;

/**
 * The counter starts at the number in its argument, or at 0, and keeps it in stable memory over an upgrade. `step` is
 * multiplied into what is added, so that two versions can be told apart. `padding` bytes of data make the module large.
 */
export function counter({ step = 1, padding = 0 } = {}): Promise<Uint8Array> {
  return wat(`(module
    (memory 64)
    (global $count (mut i32) (i32.const 0))
    (data (i32.const 16) "DIDL\\00\\01\\79")
    (data (i32.const 32) "DIDL\\00\\01\\78")
    (data (i32.const 48) "DIDL\\00\\00")
    (data (i32.const 64) "the counter fails")
    ${padding === 0 ? '' : `(data (i32.const 65536) "${paddingText(padding)}")`}
    (func $argument (result i32)
      (if (result i32) (i32.lt_u (call $ic0.msg_arg_data_size) (i32.const ${HEAD + 4}))
        (then (i32.const 0))
        (else
          (call $ic0.msg_arg_data_copy (i32.const 128) (i32.const ${HEAD}) (i32.const 4))
          (i32.load (i32.const 128)))))
    (func (export "canister_init") (global.set $count (call $argument)))
    (func (export "canister_pre_upgrade")
      (drop (call $ic0.stable64_grow (i64.const 1)))
      (i32.store (i32.const 128) (global.get $count))
      (call $ic0.stable64_write (i64.const 0) (i64.const 128) (i64.const 4)))
    (func (export "canister_post_upgrade")
      (if (i64.gt_u (call $ic0.stable64_size) (i64.const 0))
        (then
          (call $ic0.stable64_read (i64.const 128) (i64.const 0) (i64.const 4))
          (global.set $count (i32.load (i32.const 128))))))
    (func (export "canister_update add")
      (global.set $count (i32.add (global.get $count) (i32.mul (call $argument) (i32.const ${step}))))
      (call $lib.reply_bytes (i32.const 48) (i32.const 6)))
    (func (export "canister_query get")
      (call $ic0.msg_reply_data_append (i32.const 16) (i32.const ${HEAD}))
      (call $lib.reply_i32 (global.get $count)))
    (func (export "canister_query time")
      (call $ic0.msg_reply_data_append (i32.const 32) (i32.const ${HEAD}))
      (call $lib.reply_i64 (call $ic0.time)))
    (func (export "canister_update fail")
      (call $ic0.debug_print (i32.const 64) (i32.const 17))
      (call $ic0.trap (i32.const 64) (i32.const 17))))`);
}

/** Text that does not compress to nothing, in printable characters. */
function paddingText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-'[state % 64];
  }).join('');
}
