import { IDL } from '@dfinity/candid';

/** What a developer's tools send to the management canister when they deploy (interface specification, ic.did). */
const settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });

export const managementService = IDL.Service({
  provisional_create_canister_with_cycles: IDL.Func(
    [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(settings), specified_id: IDL.Opt(IDL.Principal) })],
    [IDL.Record({ canister_id: IDL.Principal })],
    [],
  ),
  install_code: IDL.Func(
    [
      IDL.Record({
        mode: IDL.Variant({ install: IDL.Null }),
        canister_id: IDL.Principal,
        wasm_module: IDL.Vec(IDL.Nat8),
        arg: IDL.Vec(IDL.Nat8),
      }),
    ],
    [],
    [],
  ),
  update_settings: IDL.Func([IDL.Record({ canister_id: IDL.Principal, settings })], [], []),
});
