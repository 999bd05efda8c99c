/** A canister that makes one call, written into it, and passes on what it is answered. */
import wabt from 'wabt';

export async function askingCanister(callee: Uint8Array, method: string, argument: Uint8Array): Promise<Uint8Array> {
  const name = new TextEncoder().encode(method);
  const at = { callee: 0, name: 64, argument: 256, reply: 4096 };
  const text = `(module
    (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "ic0" "call_data_append" (func $call_data_append (param i32 i32)))
    (import "ic0" "call_perform" (func $call_perform (result i32)))
    (import "ic0" "msg_arg_data_size" (func $msg_arg_data_size (result i32)))
    (import "ic0" "msg_arg_data_copy" (func $msg_arg_data_copy (param i32 i32 i32)))
    (import "ic0" "msg_reply_data_append" (func $msg_reply_data_append (param i32 i32)))
    (import "ic0" "msg_reply" (func $msg_reply))
    (memory (export "memory") 1)
    (data (i32.const ${at.callee}) "${escaped(callee)}")
    (data (i32.const ${at.name}) "${escaped(name)}")
    (data (i32.const ${at.argument}) "${escaped(argument)}")
    (table funcref (elem $answered))
    (func $answered (param i32)
      (call $msg_arg_data_copy (i32.const ${at.reply}) (i32.const 0) (call $msg_arg_data_size))
      (call $msg_reply_data_append (i32.const ${at.reply}) (call $msg_arg_data_size))
      (call $msg_reply))
    (func (export "canister_update ask")
      (call $call_new (i32.const ${at.callee}) (i32.const ${callee.length}) (i32.const ${at.name}) (i32.const ${name.length})
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $call_data_append (i32.const ${at.argument}) (i32.const ${argument.length}))
      (drop (call $call_perform))))`;
  const { parseWat } = await wabt();
  return new Uint8Array(parseWat('asking.wat', text).toBinary({}).buffer);
}

function escaped(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}
