/** A canister of a network, created and installed by an agent with all its checks on. */
import { Actor, HttpAgent } from 'icp-sdk-core-6/agent';
import { IDL } from 'icp-sdk-core-6/candid';
import { Principal } from 'icp-sdk-core-6/principal';

/** Without a second try: what fails here fails in front of a user. */
export function connect(host: string, options: Parameters<typeof HttpAgent.create>[0] = {}): Promise<HttpAgent> {
  return HttpAgent.create({ host, shouldFetchRootKey: true, verifyQuerySignatures: true, retryTimes: 0, ...options });
}

const Target = IDL.Record({ canister_id: IDL.Principal });
const MANAGEMENT = () =>
  IDL.Service({
    provisional_create_canister_with_cycles: IDL.Func([IDL.Record({ amount: IDL.Opt(IDL.Nat) })], [Target], []),
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
  });

interface Management {
  provisional_create_canister_with_cycles(args: { amount: [bigint] }): Promise<{ canister_id: Principal }>;
  install_code(args: object): Promise<void>;
}

const CYCLES = 10n ** 18n;

export async function deploy(agent: HttpAgent, module: Uint8Array): Promise<Principal> {
  const management = (effective: Principal) =>
    Actor.createActor(MANAGEMENT, {
      agent,
      canisterId: 'aaaaa-aa',
      effectiveCanisterId: effective,
    }) as unknown as Management;
  const { canister_id } = await management(Principal.managementCanister()).provisional_create_canister_with_cycles({
    amount: [CYCLES],
  });
  await management(canister_id).install_code({
    mode: { install: null },
    canister_id,
    wasm_module: module,
    arg: new Uint8Array(),
  });
  return canister_id;
}
