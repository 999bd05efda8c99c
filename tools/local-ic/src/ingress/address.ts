import { managementDoor } from '../management/index.ts';
import { canisterNumber, MANAGEMENT_CANISTER, type PrincipalText, principal } from '../principal.ts';
import { subnetIdOf } from '../state/subnet-keys.ts';
import type { IcState } from '../state/types.ts';
import type { ApiAddress } from '../types.ts';
import type { CallContent } from './envelope.ts';
import { type Checked, passed, refused } from './refusal.ts';

/** Where dfx creates canisters on a network of which it knows no other id. */
const FALLBACK_ID = principal('rwlgt-iiaaa-aaaaa-aaaaa-cai');

/** Methods that need no canister yet, so that any id of the subnet leads to them. */
const CREATION: ReadonlySet<string> = new Set(['create_canister', 'provisional_create_canister_with_cycles']);
/** What aaaaa-aa answers at a subnet's address. */
const AT_SUBNET = { call: 'create_canister', query: 'list_canisters' } as const;

const OTHERS = 'is not hosted by this network';

/**
 * Whether a call or query came to the right address (interface specification, "Effective canister id"): the canister
 * itself; for aaaaa-aa the canister that its argument names, and for creation any id of the subnet.
 */
export function checkAddress(state: IcState, address: ApiAddress, content: CallContent): Checked<null> {
  if (address.kind === 'subnet') return checkSubnet(state, address.id, content);
  const { canisterId, method } = content;
  if (canisterId !== MANAGEMENT_CANISTER) {
    if (canisterId !== address.id) return mismatch(address.id, canisterId);
    return isHosted(state, address.id) ? passed(null) : unknownCanister(address.id);
  }
  const isFallback = address.id === FALLBACK_ID || address.id === MANAGEMENT_CANISTER;
  if (content.type === 'call' && CREATION.has(method)) {
    return isFallback || isHosted(state, address.id) ? passed(null) : unknownCanister(address.id);
  }
  if (content.type === 'call') {
    const door = managementDoor(state, { sender: content.sender, method, payload: content.arg });
    const named = door.ok ? door.effectiveCanisterId : null;
    if (named !== null && named !== address.id) return mismatch(address.id, named);
  }
  return isFallback || isHosted(state, address.id) ? passed(null) : unknownCanister(address.id);
}

/** An id of the subnet's ranges, whether there is such a canister or not, or an existing canister of another range. */
export function isHosted(state: IcState, id: PrincipalText): boolean {
  if (state.canisters.has(id)) return true;
  const number = canisterNumber(id);
  if (number === null) return false;
  return state.config.canisterRanges.some(([first, last]) => first <= number && number <= last);
}

/** The answer for an id that no subnet has; dfx looks for its first word. */
export function unknownCanister(id: PrincipalText): ReturnType<typeof refused> {
  return refused(`canister_not_found: canister ${id} ${OTHERS}.`);
}

export function unknownSubnet(state: IcState, id: PrincipalText): ReturnType<typeof refused> {
  return refused(`subnet_not_found: subnet ${id} ${OTHERS}; its only subnet is ${subnetIdOf(state.config)}.`);
}

function checkSubnet(state: IcState, id: PrincipalText, { canisterId, type, method }: CallContent): Checked<null> {
  if (id !== subnetIdOf(state.config)) return unknownSubnet(state, id);
  if (canisterId === MANAGEMENT_CANISTER && method === AT_SUBNET[type]) return passed(null);
  return refused(`Only ${AT_SUBNET[type]} of aaaaa-aa can be asked of a subnet, not ${method} of ${canisterId}.`);
}

function mismatch(given: PrincipalText, named: PrincipalText): ReturnType<typeof refused> {
  return refused(
    `The effective canister id in the address is ${given}, but this request is for ${named}: send it to .../${named}/...`,
  );
}
