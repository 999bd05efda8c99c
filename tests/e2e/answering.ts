/** A canister that answers, or refuses, with as many bytes as it is told: a beginning, and one byte again and again. */
import wabt from 'wabt';

/**
 * `set` takes, raw: the size of the answer (4 bytes, little endian), the byte that fills it, whether it is a refusal
 * (1 byte), and the beginning. `ask`, an update and a query, then answers with that.
 */
const ANSWERING = `(module
  (import "ic0" "msg_arg_data_size" (func $msg_arg_data_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $msg_arg_data_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $msg_reply_data_append (param i32 i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (import "ic0" "msg_reject" (func $msg_reject (param i32 i32)))
  (memory (export "memory") 40)
  (func (export "canister_update set")
    (call $msg_arg_data_copy (i32.const 0) (i32.const 0) (i32.const 6))
    (memory.fill (i32.const 8) (i32.load8_u (i32.const 4)) (i32.load (i32.const 0)))
    (call $msg_arg_data_copy (i32.const 8) (i32.const 6) (i32.sub (call $msg_arg_data_size) (i32.const 6)))
    (call $msg_reply))
  (func (export "canister_update ask")
    (if (i32.load8_u (i32.const 5))
      (then (call $msg_reject (i32.const 8) (i32.load (i32.const 0))))
      (else
        (call $msg_reply_data_append (i32.const 8) (i32.load (i32.const 0)))
        (call $msg_reply)))))`;

export async function answeringCanister(): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return new Uint8Array(parseWat('answering.wat', ANSWERING).toBinary({}).buffer);
}

export interface BigAnswer {
  readonly size: number;
  /** Byte. */
  readonly fill: number;
  readonly start?: readonly number[];
  readonly refused?: boolean;
}

/** The argument of `set`. */
export function answerOf({ size, fill, start = [], refused = false }: BigAnswer) {
  const bytes = new Uint8Array(6 + start.length);
  new DataView(bytes.buffer).setUint32(0, size, true);
  bytes[4] = fill;
  bytes[5] = refused ? 1 : 0;
  bytes.set(start, 6);
  return bytes;
}
