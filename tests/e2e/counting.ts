/** A canister that says how much is in it: `count : () -> (nat64) query`, and what `set` was last given as eight bytes. */
import wabt from 'wabt';

const COUNTING = `(module
  (import "ic0" "msg_arg_data_copy" (func $msg_arg_data_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $msg_reply_data_append (param i32 i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (memory (export "memory") 1)
  (data (i32.const 0) "DIDL\\00\\01\\78")
  (func (export "canister_query count")
    (call $msg_reply_data_append (i32.const 0) (i32.const 15))
    (call $msg_reply))
  (func (export "canister_update set")
    (call $msg_arg_data_copy (i32.const 7) (i32.const 0) (i32.const 8))
    (call $msg_reply)))`;

export async function countingCanister(): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return new Uint8Array(parseWat('counting.wat', COUNTING).toBinary({}).buffer);
}

/** The argument of `set`. */
export function eightBytes(value: bigint) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
