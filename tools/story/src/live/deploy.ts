import type { CandidResult } from '@canister-backup/shared';
import { Actor, type ActorMethod, HttpAgent } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { canisterIdFromNumber } from 'local-ic';
import { managementService } from '../net/management.ts';
import { FIRST_CANISTER_NUMBER, MANAGER } from '../net/network.ts';

export interface Deployed {
  readonly url: string;
  readonly manager: string;
  readonly chat: string;
  /** False if a network with a state had them already. */
  readonly isNew: boolean;
}

type Service = Record<string, ActorMethod<[unknown?], unknown>>;

/** Deploys what the story deploys, with the ids that it has there, through an agent that checks every certificate. */
export async function deployLive(
  url: string,
  modules: { readonly manager: Uint8Array; readonly chat: Uint8Array },
): Promise<Deployed> {
  const agent = await HttpAgent.create({ host: url, shouldFetchRootKey: true });
  const [manager, chat] = [
    canisterIdFromNumber(FIRST_CANISTER_NUMBER),
    canisterIdFromNumber(FIRST_CANISTER_NUMBER + 1n),
  ];
  const isNew = [await deploy(agent, manager, modules.manager), await deploy(agent, chat, modules.chat)].includes(true);
  if (isNew) await protect(agent, manager, chat);
  return { url, manager, chat, isNew };
}

/** What `scripts/post-install.sh` does on other networks. */
async function protect(agent: HttpAgent, manager: string, chat: string): Promise<void> {
  const canister = Principal.fromText(chat);
  const controllers = [Principal.anonymous(), Principal.fromText(manager)];
  await management(agent, chat).update_settings?.({
    canister_id: canister,
    settings: { controllers: [controllers] },
  });
  const answer = (await actor(agent, manager, MANAGER).register?.({ canister, policy: [] })) as CandidResult<unknown>;
  if ('Err' in answer && answer.Err.code !== 'duplicate_target') throw new Error(answer.Err.message);
}

/** False if it is there already, with code. */
async function deploy(agent: HttpAgent, id: string, wasmModule: Uint8Array): Promise<boolean> {
  const canister_id = Principal.fromText(id);
  const creation = { amount: [], settings: [], specified_id: [canister_id] };
  const create = management(agent, 'aaaaa-aa').provisional_create_canister_with_cycles;
  const isNew = await unless('IC0205', create?.(creation));
  const arg = new Uint8Array(IDL.encode([], []));
  const installation = { mode: { install: null }, canister_id, wasm_module: wasmModule, arg };
  const install = management(agent, id).install_code;
  return (await unless('IC0514', install?.(installation))) || isNew;
}

/** True; false for a refusal with this code of the IC. */
async function unless(code: string, call: Promise<unknown> | undefined): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (String(error).includes(code)) return false;
    throw error;
  }
}

function management(agent: HttpAgent, about: string): Service {
  return actor(agent, 'aaaaa-aa', managementService, about);
}

function actor(agent: HttpAgent, canisterId: string, service: IDL.ServiceClass, effective = canisterId): Service {
  const effectiveCanisterId = Principal.fromText(effective);
  return Actor.createActor<Service>(() => service, { agent, canisterId, effectiveCanisterId });
}
