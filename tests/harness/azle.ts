/** The canisters of this repository, which azle built, and their Candid. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';

const require = createRequire(import.meta.url);

/** The module as it was built, or compressed. */
export function azle(name: 'chat' | 'backup-manager', form: 'wasm' | 'wasm.gz' = 'wasm'): Uint8Array {
  return new Uint8Array(readFileSync(require.resolve(`@canister-backup/${name}/${form}`)));
}

export function encodeText(text: string): Uint8Array {
  return new Uint8Array(IDL.encode([IDL.Text], [text]));
}

export function decodeTexts(reply: Uint8Array): unknown {
  return IDL.decode([IDL.Vec(IDL.Text)], new Uint8Array(reply))[0];
}

/** The manager's argument of `register`: stop, snapshot and start the canister every so many seconds. */
export function encodeRegistration(canister: Principal, seconds: bigint): Uint8Array {
  const schedule = IDL.Variant({ every_seconds: IDL.Nat64 });
  const policy = IDL.Record({ schedule, keep: IDL.Nat32, mode: IDL.Variant({ stop: IDL.Null }) });
  const type = IDL.Record({ canister: IDL.Principal, policy: IDL.Opt(policy) });
  const every = { schedule: { every_seconds: seconds }, keep: 8, mode: { stop: null } };
  return new Uint8Array(IDL.encode([type], [{ canister, policy: [every] }]));
}

/** Whether a `variant { Ok; Err }` is `Ok`; nothing of what is in it. */
export function isOk(reply: Uint8Array): boolean {
  const type = IDL.Variant({ Ok: IDL.Reserved, Err: IDL.Reserved });
  return 'Ok' in Object(IDL.decode([type], new Uint8Array(reply))[0]);
}
