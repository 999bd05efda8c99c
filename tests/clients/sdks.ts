/**
 * The two agents that applications use, with one face. Their modules have the same names and the same meaning, and types
 * that differ only in whose classes they name; the tests see those of the newer one.
 */
import * as dfinityAgent from '@dfinity/agent';
import { IDL as dfinityIdl } from '@dfinity/candid';
import { Principal as DfinityPrincipal } from '@dfinity/principal';
import type { ActorSubclass, HttpAgent, HttpAgentOptions } from 'icp-sdk-core-6/agent';
import * as icpAgent from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { Principal } from 'icp-sdk-core-6/principal';

type Modules = Pick<
  typeof icpAgent,
  'Actor' | 'HttpAgent' | 'CanisterStatus' | 'Certificate' | 'Cbor' | 'polling' | 'requestIdOf'
> & { readonly IDL: typeof IDL; readonly Principal: typeof Principal };

export interface Sdk extends Modules {
  readonly name: string;
}

export const SDKS: readonly Sdk[] = [
  {
    ...(dfinityAgent as unknown as Modules),
    name: '@dfinity/agent',
    IDL: dfinityIdl as unknown as typeof IDL,
    Principal: DfinityPrincipal as unknown as typeof Principal,
  },
  { ...icpAgent, name: '@icp-sdk/core', IDL, Principal },
];

/** An agent with all its checks on, and without a second try: what fails here fails in front of a user. */
export function connect(sdk: Sdk, url: string, options: HttpAgentOptions = {}): Promise<HttpAgent> {
  return sdk.HttpAgent.create({
    host: url,
    shouldFetchRootKey: true,
    verifyQuerySignatures: true,
    retryTimes: 0,
    ...options,
  });
}

interface Management {
  provisional_create_canister_with_cycles(args: {
    amount: [] | [bigint];
    specified_id: [] | [Principal];
  }): Promise<{ canister_id: Principal }>;
  install_code(args: {
    mode: { install: null } | { reinstall: null };
    canister_id: Principal;
    wasm_module: Uint8Array;
    arg: Uint8Array;
  }): Promise<void>;
  stop_canister(args: { canister_id: Principal }): Promise<void>;
}

/** The management canister, its calls addressed to one canister; to create one, to aaaaa-aa, as agents do. */
export function management(sdk: Sdk, agent: HttpAgent, effective = 'aaaaa-aa'): ActorSubclass<Management> {
  const { IDL: types } = sdk;
  const target = types.Record({ canister_id: types.Principal });
  const factory = () =>
    types.Service({
      provisional_create_canister_with_cycles: types.Func(
        [types.Record({ amount: types.Opt(types.Nat), specified_id: types.Opt(types.Principal) })],
        [target],
        [],
      ),
      install_code: types.Func(
        [
          types.Record({
            mode: types.Variant({ install: types.Null, reinstall: types.Null }),
            canister_id: types.Principal,
            wasm_module: types.Vec(types.Nat8),
            arg: types.Vec(types.Nat8),
          }),
        ],
        [],
        [],
      ),
      stop_canister: types.Func([target], [], []),
    });
  return sdk.Actor.createActor(factory, {
    agent,
    canisterId: 'aaaaa-aa',
    effectiveCanisterId: sdk.Principal.fromText(effective),
  });
}

/** A new canister with this code, its argument empty; with the id that is wanted, or the next of the network's. */
export async function deploy(sdk: Sdk, agent: HttpAgent, module: Uint8Array, wanted?: Principal): Promise<Principal> {
  const created = await management(sdk, agent).provisional_create_canister_with_cycles({
    amount: [10n ** 15n],
    specified_id: wanted === undefined ? [] : [wanted],
  });
  const id = created.canister_id;
  await management(sdk, agent, id.toText()).install_code({
    mode: { install: null },
    canister_id: id,
    wasm_module: module,
    arg: new Uint8Array(sdk.IDL.encode([], [])),
  });
  return id;
}

/** The certificate, after the agent has verified it under the network's root key. */
export function verifyCertificate(
  sdk: Sdk,
  of: { readonly certificate: Uint8Array; readonly agent: HttpAgent; readonly canisterId: Principal },
): Promise<icpAgent.Certificate> {
  if (of.agent.rootKey === null) throw new Error('The agent has fetched no root key.');
  // The two want the canister's id in different places.
  const subject = { canisterId: of.canisterId, principal: { canisterId: of.canisterId } };
  return sdk.Certificate.create({
    certificate: Uint8Array.from(of.certificate),
    rootKey: of.agent.rootKey,
    ...subject,
  });
}
