import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from '../principal.ts';
import type { InitialCanister } from '../types.ts';
import { InstallCodeArgs } from './idl.ts';

interface ManagementCall {
  readonly method: string;
  readonly payload: Uint8Array;
}

const Creation = IDL.Record({ amount: IDL.Opt(IDL.Nat), specified_id: IDL.Opt(IDL.Principal) });
const Handover = IDL.Record({
  canister_id: IDL.Principal,
  settings: IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) }),
});

/** The calls by which anybody brings a canister into being on a local network and then hands it over. */
export function installationOf(canister: InitialCanister, subnetId: PrincipalText): ManagementCall[] {
  const canister_id = Principal.fromText(canister.id);
  const controllers = canister.controllers.map((id) => Principal.fromText(id));
  const argument = canister.argument === 'none' ? [] : [Principal.fromText(subnetId)];
  const installation: InstallCodeArgs = {
    mode: { install: null },
    canister_id,
    wasm_module: canister.wasm,
    arg: encode(
      argument.map(() => IDL.Principal),
      argument,
    ),
    sender_canister_version: [],
  };
  return [
    {
      method: 'provisional_create_canister_with_cycles',
      payload: encode([Creation], [{ amount: [canister.cycles], specified_id: [canister_id] }]),
    },
    { method: 'install_code', payload: encode([InstallCodeArgs], [installation]) },
    {
      method: 'update_settings',
      payload: encode([Handover], [{ canister_id, settings: { controllers: [controllers] } }]),
    },
  ];
}

function encode(types: IDL.Type[], values: unknown[]): Uint8Array {
  return new Uint8Array(IDL.encode(types, values));
}
