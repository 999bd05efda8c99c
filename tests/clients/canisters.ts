/** Small canisters in WebAssembly text, with Candid around what they answer. */
import type { ActorMethod } from 'icp-sdk-core-6/agent';
import type { IDL } from 'icp-sdk-core-6/candid';
import type { Principal } from 'icp-sdk-core-6/principal';
import { wat } from '../harness/wat.ts';
import type { Sdk } from './sdks.ts';

type Library = Pick<Sdk, 'IDL'>;

/** Says who asks, by a query and by an update. */
export interface Who {
  readonly whoAsks: ActorMethod<[], Principal>;
  readonly whoCalls: ActorMethod<[], Principal>;
}

export const whoFactory = ({ IDL }: Library): IDL.ServiceClass =>
  IDL.Service({
    whoAsks: IDL.Func([], [IDL.Principal], ['query']),
    whoCalls: IDL.Func([], [IDL.Principal], []),
  });

/** A principal in Candid: type 68, then 01 for one that is shown, its length, its bytes. */
export const whoWasm = () =>
  wat(`(module
    (memory 1)
    (data (i32.const 0) "DIDL\\00\\01\\68\\01")
    (func $answer
      (i32.store8 (i32.const 8) (call $ic0.msg_caller_size))
      (call $ic0.msg_caller_copy (i32.const 9) (i32.const 0) (call $ic0.msg_caller_size))
      (call $lib.reply_bytes (i32.const 0) (i32.add (i32.const 9) (call $ic0.msg_caller_size))))
    (func (export "canister_query whoAsks") (call $answer))
    (func (export "canister_update whoCalls") (call $answer)))`);

/** Certifies the text "certified", and answers with the certificate that a query has. */
export interface Certifier {
  readonly read: ActorMethod<[], Uint8Array>;
}

export const certifierFactory = ({ IDL }: Library): IDL.ServiceClass =>
  IDL.Service({ read: IDL.Func([], [IDL.Vec(IDL.Nat8)], ['query']) });

/** A blob in Candid: a vector of bytes (6d 7b), then its length in LEB128, of two bytes here. */
export const certifierWasm = () =>
  wat(`(module
    (memory 1)
    (data (i32.const 0) "certified")
    (data (i32.const 16) "DIDL\\01\\6d\\7b\\01\\00")
    (func (export "canister_init") (call $ic0.certified_data_set (i32.const 0) (i32.const 9)))
    (func (export "canister_query read")
      (i32.store8 (i32.const 25) (i32.or (i32.and (call $ic0.data_certificate_size) (i32.const 0x7f)) (i32.const 0x80)))
      (i32.store8 (i32.const 26) (i32.shr_u (call $ic0.data_certificate_size) (i32.const 7)))
      (call $ic0.data_certificate_copy (i32.const 27) (i32.const 0) (call $ic0.data_certificate_size))
      (call $lib.reply_bytes (i32.const 16) (i32.add (i32.const 11) (call $ic0.data_certificate_size)))))`);
