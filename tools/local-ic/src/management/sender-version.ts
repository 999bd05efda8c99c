import { IDL } from '@dfinity/candid';
import { type Reject, reject } from '../errors.ts';
import type { Opt } from './idl.ts';
import { decodeArgs } from './method.ts';

/** Methods whose argument may say the caller's version. */
const METHODS: ReadonlySet<string> = new Set([
  'create_canister',
  'install_chunked_code',
  'install_code',
  'load_canister_snapshot',
  'provisional_create_canister_with_cycles',
  'take_canister_snapshot',
  'uninstall_code',
  'update_settings',
]);
const Versioned = IDL.Record({ sender_canister_version: IDL.Opt(IDL.Nat64) });

/**
 * A canister that names its version in a management call must name the one it has while it sends the call; then this
 * version stands in the target's history. Checked when the call is sent, because by the time it runs the version has
 * moved on. IC0504, or null; an argument that cannot be decoded is left to the method.
 */
export function senderVersionProblem(call: {
  readonly method: string;
  readonly payload: Uint8Array;
  readonly version: bigint;
}): Reject | null {
  if (!METHODS.has(call.method)) return null;
  const args = decodeArgs<{ readonly sender_canister_version: Opt<bigint> }>(Versioned, call.payload);
  if (!args.ok) return null;
  const [named] = args.value.sender_canister_version;
  if (named === undefined || named === call.version) return null;
  return reject(
    'IC0504',
    `IC0 sender canister version ${named} does not match actual canister version ${call.version}.`,
  );
}
