import wabt from 'wabt';

/** The Wasm of a module in WebAssembly text. */
export async function wasm(text: string): Promise<Uint8Array> {
  const parsed = (await wabt()).parseWat('canister.wat', text);
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
