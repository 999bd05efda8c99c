/**
 * Who may what. A right is what a method asks for; a role is what somebody is granted, for one target or for all. The
 * manager's controllers have every right. Roles do not contain each other by rank: a restorer cannot take backups and
 * an operator cannot restore, so that each key opens as little as its holder needs; grant both to who needs both.
 */

/** In the order in which they are listed to people. */
export const ROLES = ['viewer', 'operator', 'restorer', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/**
 * - `view`: see targets, snapshots, runs, health and history
 * - `backup`: take a backup now, keep the manager away for a while
 * - `restore`: bring a target back, and undo that; stop and start it through `proxy`; end a hold
 * - `administer`: register, change policies, pin, accept, settle, delete, grant
 */
export type Right = 'view' | 'backup' | 'restore' | 'administer';

/** What a method asks for: a right on the target that it is about, or on all targets. */
export type Need = Right | 'administer all';

const RIGHTS: Record<Role, readonly Right[]> = {
  viewer: ['view'],
  operator: ['view', 'backup'],
  restorer: ['view', 'restore'],
  admin: ['view', 'backup', 'restore', 'administer'],
};

/** One role of one principal. */
export interface Grant {
  readonly role: Role;
  /** The target that it is for; undefined for all, also those that are registered later. */
  readonly canister?: string | undefined;
  /** Who granted it, and when in nanoseconds. */
  readonly grantedBy: string;
  readonly grantedAt: bigint;
}

/** Somebody who asks. */
export interface Asker {
  readonly principal: string;
  /** Whether it is a controller of the manager. */
  readonly controls: boolean;
  readonly grants: readonly Grant[];
}

/** The roles that have a right, least first. */
export function rolesWith(right: Right): Role[] {
  return ROLES.filter((role) => RIGHTS[role].includes(right));
}

/** Whether the asker has the right on a target or, without one, on all targets. */
export function mayOn(asker: Asker, right: Right, canister?: string): boolean {
  if (asker.controls) return true;
  return asker.grants.some(
    (grant) => RIGHTS[grant.role].includes(right) && (grant.canister === undefined || grant.canister === canister),
  );
}

/** Whether the asker has the right on any target at all. */
export function mayAnywhere(asker: Asker, right: Right): boolean {
  return asker.controls || asker.grants.some((grant) => RIGHTS[grant.role].includes(right));
}

/** The grants with one more; the same list if it is there already. */
export function withGrant(grants: readonly Grant[], grant: Grant): readonly Grant[] {
  return grants.some((other) => sameGrant(other, grant)) ? grants : [...grants, grant];
}

/** The grants without one; the same list if it is not there. */
export function withoutGrant(grants: readonly Grant[], grant: Pick<Grant, 'role' | 'canister'>): readonly Grant[] {
  return grants.some((other) => sameGrant(other, grant)) ? grants.filter((other) => !sameGrant(other, grant)) : grants;
}

function sameGrant(a: Pick<Grant, 'role' | 'canister'>, b: Pick<Grant, 'role' | 'canister'>): boolean {
  return a.role === b.role && a.canister === b.canister;
}
