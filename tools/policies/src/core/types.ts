/** What is wanted, what there is, and what leads from the one to the other. Times are nanoseconds, principals text. */
import type { Policy, Role } from '@canister-backup/shared';

export interface WantedTarget {
  readonly canister: string;
  /** What people call it; undefined: as it is. */
  readonly name?: string | undefined;
  /** Undefined: as it is. */
  readonly paused?: boolean | undefined;
  readonly policy: Policy;
}

/** A role of somebody, on one target or on all. */
export interface RoleOf {
  readonly who: string;
  readonly role: Role;
  readonly canister?: string | undefined;
}

export interface Wanted {
  readonly targets: readonly WantedTarget[];
  /** Null: none. Undefined: as it is. */
  readonly defaultTarget?: string | null | undefined;
  /** Undefined: as they are. */
  readonly roles?: readonly RoleOf[] | undefined;
}

export interface ActualTarget {
  readonly canister: string;
  readonly policy: Policy;
  readonly name?: string | undefined;
  readonly isDefault: boolean;
  readonly paused: boolean;
  /** Until when nothing is done with it, if that is not over. */
  readonly heldUntil?: bigint | undefined;
}

export interface Actual {
  readonly targets: readonly ActualTarget[];
  /** Undefined if whoever asks may not see them all. */
  readonly roles?: readonly RoleOf[] | undefined;
}

/** One field of a policy, in words. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** One call of the manager. None of them deletes a snapshot. */
export type Step =
  | { readonly call: 'register'; readonly canister: string; readonly policy: Policy }
  | {
      readonly call: 'set_policy';
      readonly canister: string;
      readonly policy: Policy;
      readonly changes: readonly Change[];
    }
  | { readonly call: 'pause' | 'resume' | 'unregister'; readonly canister: string }
  | { readonly call: 'set_name'; readonly canister: string; readonly name: string | null; readonly from: string | null }
  | { readonly call: 'set_default'; readonly canister: string | null; readonly from: string | null }
  | ({ readonly call: 'grant' | 'revoke' } & RoleOf);

/**
 * What is not as the file says or does not say, and stays:
 * - `not_in_file`: a target that the file does not name
 * - `role_not_in_file`: a role that the file does not name
 * - `roles_unseen`: the file has roles, and whoever asks may not see what there is
 * - `paused`: the timer leaves it alone, and the file does not say whether it should
 * - `held`: nothing is done with it until a time
 */
export type Note =
  | { readonly kind: 'not_in_file' | 'paused'; readonly canister: string }
  | { readonly kind: 'held'; readonly canister: string; readonly until: bigint }
  | ({ readonly kind: 'role_not_in_file' } & RoleOf)
  | { readonly kind: 'roles_unseen' };

export interface Plan {
  /** In the order in which they have to be made. */
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
}
