/** A canister that never stops while a call of it is open, and how to keep one open. */
import type { DeliverEvent, PrincipalText } from 'local-ic';
import wabt from 'wabt';

/** `hang` calls raw_rand and answers when that is answered. */
const HANGING = `(module
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (memory (export "memory") 1)
  (data (i32.const 0) "raw_rand")
  (table funcref (elem $done))
  (func $done (param i32) (call $msg_reply))
  (func (export "canister_update hang")
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (call $call_perform))))`;

export async function hangingCanister(): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  return new Uint8Array(parseWat('hanging.wat', HANGING).toBinary({}).buffer);
}

/** Holds back what the canister waits for, as long as `held()`. */
export function holdAnswer(canister: () => PrincipalText, held: () => boolean) {
  return (event: DeliverEvent) => {
    const its = event.kind === 'response' && event.caller === canister() && event.method === 'raw_rand';
    return its && held() ? ({ delay: true } as const) : undefined;
  };
}
