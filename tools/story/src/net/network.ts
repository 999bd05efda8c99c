import { backupManagerIdlFactory, chatIdlFactory } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { createLocalIc, type Interceptor, type LocalIc, type ManagementEvent, type PrincipalText } from 'local-ic';
import { type Answer, answer, isQuery, type MethodCall, method, request } from './call.ts';
import { managementService } from './management.ts';

/**
 * DFINITY's walkthrough of canister snapshots was written on a dfx network whose ids begin here, so that the chat gets
 * the id that its readers know.
 */
export const FIRST_CANISTER_NUMBER = 0x8000_0000_0010_0000n;

/** 2026-01-01 09:00:00 UTC. A fixed start, so that the story is the same each time it is told. */
const START_NANOS = 1_767_258_000_000_000_000n;

/** The form of a principal that stands for a key pair. Calls inside one process are not signed, so nobody needs the key. */
const DEVELOPER = Principal.fromUint8Array(Uint8Array.of(...new Array<number>(28).fill(0x2a), 2));

export const MANAGER = backupManagerIdlFactory<IDL.ServiceClass>({ IDL });
export const CHAT = chatIdlFactory<IDL.ServiceClass>({ IDL });

export interface Network {
  readonly ic: LocalIc;
  readonly developer: PrincipalText;
  /** Calls to the management canister since the last look, oldest first. */
  readonly managementCalls: ManagementEvent[];
}

/** @param meddle what a test lets go wrong; see local-ic's `Interceptor` */
export function openNetwork(meddle: Pick<Interceptor, 'management'> = {}): Network {
  const managementCalls: ManagementEvent[] = [];
  const ic = createLocalIc({
    time: START_NANOS,
    firstCanisterNumber: FIRST_CANISTER_NUMBER,
    interceptor: {
      management: (event) => {
        managementCalls.push(event);
        return meddle.management?.(event);
      },
    },
  });
  return { ic, developer: DEVELOPER.toText() as PrincipalText, managementCalls };
}

/** In process, without a signature: calls a method and runs rounds until it is answered; a query runs none. */
export function ask(network: Network, target: MethodCall): Answer {
  const call = { ...target, sender: network.developer };
  const result = isQuery(call.method) ? network.ic.query(request(call)) : network.ic.call(request(call));
  return answer(call.method, result);
}

/** Creates a canister and installs a module, as `dfx deploy` does. */
export function deploy(network: Network, wasmModule: Uint8Array): PrincipalText {
  const created = manage(network, 'provisional_create_canister_with_cycles', {
    amount: [],
    settings: [],
    specified_id: [],
  }) as {
    canister_id: Principal;
  };
  const canister = created.canister_id;
  const arg = new Uint8Array(IDL.encode([], []));
  manage(network, 'install_code', { mode: { install: null }, canister_id: canister, wasm_module: wasmModule, arg });
  return canister.toText() as PrincipalText;
}

/** Adds a controller and keeps those that are there. */
export function addController(network: Network, canisterId: PrincipalText, controller: PrincipalText): void {
  const present = network.ic.canister(canisterId)?.controllers ?? [];
  const controllers = [...present, controller].map((id) => Principal.fromText(id));
  const argument = { canister_id: Principal.fromText(canisterId), settings: { controllers: [controllers] } };
  manage(network, 'update_settings', argument);
}

function manage(network: Network, name: string, argument: unknown): unknown {
  const call = method(managementService, 'aaaaa-aa' as PrincipalText, name);
  const named = (argument as { canister_id?: Principal }).canister_id?.toText() as PrincipalText | undefined;
  const effectiveCanisterId = named ?? network.ic.defaultEffectiveCanisterId();
  const message = request({ method: call, args: [argument], sender: network.developer });
  const result = answer(call, network.ic.call({ ...message, effectiveCanisterId }));
  if (result.kind === 'reject') throw new Error(`${name} was refused: ${result.text}`);
  return result.values[0];
}
