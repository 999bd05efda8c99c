/** Roles that were granted. */
import type { Grant } from '@canister-backup/shared';
import { grants } from './maps.ts';

export function grantsOf(principal: string): readonly Grant[] {
  return grants.get(principal) ?? [];
}

/** Replaces all roles of a principal. */
export function putGrants(principal: string, list: readonly Grant[]): void {
  if (list.length === 0) grants.remove(principal);
  else grants.insert(principal, list);
}

/** All that hold a role, in order, with their roles. */
export function allGrants(): (readonly [principal: string, grants: readonly Grant[]])[] {
  return grants.items();
}
