/** A manager that can be asked, and as whom. */

import { controllersOf } from './certified.ts';
import { findIdentity } from './identity.ts';
import { findManager, type Manager, openManager } from './manager.ts';
import { connect, findNetwork } from './network.ts';

export interface Door {
  readonly manager: Manager;
  readonly id: string;
  readonly network: string;
  /** For people: whose key it is, and its principal. */
  readonly asker: { readonly name: string; readonly principal: string };
  /** Undefined if there is no such canister, or the network does not say. */
  readonly controllersOf: (canister: string) => Promise<readonly string[] | undefined>;
}

/** What of the command line and the file says where the door is. */
export interface Address {
  readonly network: string;
  readonly identity?: string | undefined;
  /** The first that is there counts; without any, what dfx or icp deployed from `folder`. */
  readonly managers: readonly (string | undefined)[];
  readonly folder: string;
}

/** Throws a `Failure` if it is nowhere; asks nobody but, on a network of this machine, for the root key. */
export async function openDoor({ network: wanted, identity: who, managers, folder }: Address): Promise<Door> {
  const network = findNetwork(wanted);
  const id = findManager(managers, { network: network.name, folder });
  const { name, identity } = findIdentity(who);
  const agent = await connect(network, identity);
  return {
    manager: openManager(agent, id),
    id,
    network: network.name,
    asker: { name, principal: identity.getPrincipal().toText() },
    controllersOf: (canister) => controllersOf(agent, canister),
  };
}
