/** A canister that counts: the least that an update and a query can do. */
import { IDL } from 'icp-sdk-core-6/candid';
import wabt from 'wabt';

/** `add` counts one and answers nothing, `get` answers the count as nat32; both in Candid. */
const COUNTER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (memory 1)
  (global $count (mut i32) (i32.const 0))
  (data (i32.const 0) "DIDL\\00\\00")
  (data (i32.const 16) "DIDL\\00\\01\\79")
  (func (export "canister_update add")
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call $append (i32.const 0) (i32.const 6))
    (call $reply))
  (func (export "canister_query get")
    (i32.store (i32.const 23) (global.get $count))
    (call $append (i32.const 16) (i32.const 11))
    (call $reply)))`;

let assembled: Promise<Uint8Array> | null = null;

export function counterWasm(): Promise<Uint8Array> {
  assembled ??= wabt().then(({ parseWat }) => new Uint8Array(parseWat('counter.wat', COUNTER).toBinary({}).buffer));
  return assembled;
}

export const counterService = () =>
  IDL.Service({ add: IDL.Func([], [], []), get: IDL.Func([], [IDL.Nat32], ['query']) });

export const NO_ARGUMENTS: Uint8Array = IDL.encode([], []);

export function countIn(reply: Uint8Array): number {
  return Number(IDL.decode([IDL.Nat32], reply)[0]);
}
