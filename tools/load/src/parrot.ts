/** A canister whose pages say what they are told to, byte by byte: whatever a canister can answer, it does. */
import { IDL } from 'icp-sdk-core-6/candid';
import type { Principal } from 'icp-sdk-core-6/principal';
import wabt from 'wabt';

/** In front of the answer in the argument, with the answer's length behind it; both of four bytes. */
const MARK = 0x5aa5_ff00;

/** Replies with what follows the mark in its argument, and traps if there is none. */
const PARROT = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
  (memory 16)
  (func $repeat (local $at i32)
    (call $copy (i32.const 0) (i32.const 0) (call $size))
    (loop $next
      (if (i32.ne (i32.load (local.get $at)) (i32.const ${MARK}))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (call $append (i32.add (local.get $at) (i32.const 8)) (i32.load offset=4 (local.get $at)))
    (call $reply))
  (func (export "canister_query http_request") (call $repeat))
  (func (export "canister_update http_request_update") (call $repeat))
  (func (export "canister_query more") (call $repeat)))`;

export async function parrotWasm(): Promise<Uint8Array> {
  return new Uint8Array((await wabt()).parseWat('parrot.wat', PARROT).toBinary({}).buffer);
}

/** Has the parrot answer this, wherever it stands in what it is sent. */
export function saying(answer: Uint8Array): Uint8Array {
  const head = new Uint8Array(Uint32Array.of(MARK, answer.length).buffer);
  return Buffer.concat([head, answer]);
}

const Blob = IDL.Vec(IDL.Nat8);
const Chunk = IDL.Record({ body: Blob, token: IDL.Opt(Blob) });
const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
  body: Blob,
  upgrade: IDL.Opt(IDL.Bool),
  streaming_strategy: IDL.Opt(
    IDL.Variant({ Callback: IDL.Record({ callback: IDL.Func([Blob], [Chunk], ['query']), token: Blob }) }),
  ),
});

export interface Said {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly upgrade: boolean;
  /** Parts that follow. */
  readonly parts: readonly Uint8Array[];
  readonly canister: Principal;
}

export function responseBytes({ status, headers, body, upgrade, parts, canister }: Said): Uint8Array {
  const [first] = parts;
  const token = first === undefined ? [] : [saying(chunkBytes(parts))];
  return IDL.encode(
    [Response],
    [
      {
        status_code: status,
        headers,
        body,
        upgrade: upgrade ? [true] : [],
        streaming_strategy: token.map((next) => ({ Callback: { callback: [canister, 'more'], token: next } })),
      },
    ],
  );
}

/** Each part carries those behind it in its token. */
function chunkBytes([body = new Uint8Array(), ...others]: readonly Uint8Array[]): Uint8Array {
  return IDL.encode([Chunk], [{ body, token: others.length === 0 ? [] : [saying(chunkBytes(others))] }]);
}
