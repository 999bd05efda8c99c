import wabt from 'wabt';

/** The Wasm of a module in WebAssembly text. */
export async function wasm(text: string): Promise<Uint8Array> {
  const parsed = (await wabt()).parseWat('canister.wat', text, { bulk_memory: true });
  return new Uint8Array(parsed.toBinary({}).buffer);
}

/** The update `spin` never ends, `deep` calls itself without end, `ok` replies nothing. */
export const MISBEHAVING = `(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (func $deep (param $n i32) (result i32)
    (i32.add (call $deep (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
  (func (export "canister_update ok") (call $reply))
  (func (export "canister_update spin") (loop $again (br $again)))
  (func (export "canister_update deep") (drop (call $deep (i32.const 0)))))`;

/** Never decides whether it takes the update `ok`; answers the query `ask`. */
export const INSPECTS_WITHOUT_END = `(module
  (import "ic0" "msg_reply" (func $reply))
  (func (export "canister_inspect_message") (loop $again (br $again)))
  (func (export "canister_query ask") (call $reply))
  (func (export "canister_update ok") (call $reply)))`;

/** `print` prints 2,000 lines of 500 bytes. */
export const PRINTS = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (memory 1)
  (func (export "canister_update print") (local $n i32)
    (memory.fill (i32.const 0) (i32.const 120) (i32.const 500))
    (loop $again
      (call $print (i32.const 0) (i32.const 500))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 2000))))
    (call $reply)))`;
