import { answer, method, type Network, request } from '@canister-backup/story';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';

const ID = IDL.Vec(IDL.Nat8);
const SERVICE = IDL.Service({
  take_canister_snapshot: IDL.Func([IDL.Record({ canister_id: IDL.Principal })], [IDL.Record({ id: ID })], []),
  load_canister_snapshot: IDL.Func([IDL.Record({ canister_id: IDL.Principal, snapshot_id: ID })], [], []),
  delete_canister_snapshot: IDL.Func([IDL.Record({ canister_id: IDL.Principal, snapshot_id: ID })], [], []),
});

export function takeSnapshot(network: Network, canister: PrincipalText): Uint8Array {
  return (
    manage(network, 'take_canister_snapshot', { canister_id: Principal.fromText(canister) }) as { id: Uint8Array }
  ).id;
}

export function loadSnapshot(network: Network, canister: PrincipalText, snapshot_id: Uint8Array): void {
  manage(network, 'load_canister_snapshot', { canister_id: Principal.fromText(canister), snapshot_id });
}

export function deleteSnapshot(network: Network, canister: PrincipalText, snapshot_id: Uint8Array): void {
  manage(network, 'delete_canister_snapshot', { canister_id: Principal.fromText(canister), snapshot_id });
}

function manage(network: Network, name: string, argument: unknown): unknown {
  const called = method(SERVICE, 'aaaaa-aa' as PrincipalText, name);
  const result = network.ic.call(request({ method: called, args: [argument], sender: network.developer }));
  const given = answer(called, result);
  if (given.kind === 'reject') throw new Error(`${name}: ${given.text}`);
  return given.values[0];
}
