/** The deployed pair: a manager that backs up a chat, as the story has it. */
import {
  addController,
  ask,
  deploy,
  MANAGER,
  method,
  type Network,
  openNetwork,
  watchRounds,
} from '@canister-backup/story';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { expectOk, MESSAGE, replied, requestTo } from './chat.ts';
import type { Modules } from './modules.ts';

export interface DeployedPair {
  readonly network: Network;
  readonly manager: PrincipalText;
  readonly chat: PrincipalText;
}

export function deployPair(modules: Modules): DeployedPair {
  const network = openNetwork();
  const manager = deploy(network, modules.managerGzip);
  const chat = deploy(network, modules.chatGzip);
  addController(network, chat, manager);
  const register = method(MANAGER, manager, 'register');
  expectOk('register', ask(network, { method: register, args: [{ canister: Principal.fromText(chat), policy: [] }] }));
  // The first backup follows at once: what is measured begins when it is over.
  watchRounds(network, chat);
  replied(network.ic.call(requestTo({ network, chat }, 'append', [MESSAGE])));
  watchRounds(network, chat);
  return { network, manager, chat };
}
