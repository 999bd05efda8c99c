/**
 * Who may. Every refusal of a caller is here, in the order in which it is checked:
 * 1. `caller_not_allowed`: the caller has no role that has the right, on that target or on all; `controllers_only`, where
 *    no role gives it;
 * 2. `unknown_target`: only who may ask about it is told that it is not registered;
 * 3. `caller_is_target`: a canister cannot wait for its own run;
 * 4. `caller_in_run`: nor for anything while a run of its own waits for it to have no open call.
 * What comes after that is about the target, not about who asks.
 */
import {
  type Asker,
  type ErrorValue,
  failure,
  mayAnywhere,
  mayOn,
  type Need,
  type Right,
  type RunKind,
  rolesWith,
} from '@canister-backup/shared';
import { type Caller, caller, self } from './platform/ic.ts';
import { grantsOf } from './store/grants.ts';
import { openRunOf } from './store/journal.ts';
import { getTarget } from './store/targets.ts';

/** The right that asking for a run takes. */
export const RIGHT_TO: Readonly<Record<RunKind, Right>> = {
  backup: 'backup',
  restore: 'restore',
  adopt: 'administer',
  delete: 'administer',
};

type Admitted = { readonly Ok: Asker } | { readonly Err: ErrorValue };

/** Who calls, with the roles of that principal. */
export function whoAsks(): Asker {
  const asking = caller();
  return { ...asking, grants: asking.controls ? [] : grantsOf(asking.principal) };
}

/** The caller if it has the right on a canister, registered or not, or without one on all targets. */
export function requireRight(right: Right, canister?: string): Admitted {
  const asker = whoAsks();
  if (mayOn(asker, right, canister)) return { Ok: asker };
  return { Err: notAllowed(asker, canister === undefined ? 'administer all' : right, canister) };
}

/** The caller if it has the right on any target at all: the answer is then cut down to those. */
export function requireRightAnywhere(right: Right): Admitted {
  const asker = whoAsks();
  return mayAnywhere(asker, right) ? { Ok: asker } : { Err: notAllowed(asker, right) };
}

/** The caller if it has the right on a target and the target is registered. */
export function requireRightOn(right: Right, canister: string): Admitted {
  const asking = requireRight(right, canister);
  if ('Err' in asking || getTarget(canister) !== undefined) return asking;
  return { Err: failure('unknown_target', { canister }) };
}

/** A target cannot wait for its own run: the run waits for the target to have no open call. */
export function refuseTarget({ principal }: Pick<Caller, 'principal'>, canister: string): ErrorValue | undefined {
  if (principal === canister) return failure('caller_is_target', { canister });
  const open = openRunOf(principal);
  return open === undefined ? undefined : failure('caller_in_run', { caller: principal, run: open.id });
}

/** What no role gives: who has one is told so, and everybody else what a stranger is told everywhere. */
export function requireController(method: string): Admitted {
  const asking = requireRightAnywhere('view');
  if ('Err' in asking || asking.Ok.controls) return asking;
  const asker = asking.Ok;
  return { Err: failure('controllers_only', { caller: asker.principal, manager: self(), method }) };
}

/** What a target is called, for a caller that may view it. */
export function nameForCaller(canister: string): string | undefined {
  const name = getTarget(canister)?.name;
  return name !== undefined && mayOn(whoAsks(), 'view', canister) ? name : undefined;
}

/** A caller as the guard knows it: a controller, a principal with any role, or nobody. */
export type Known = Asker;

/** Whose bounds hold for the caller; undefined if it may call nothing. */
export function callerKind({ controls, grants }: Asker): 'controller' | 'role' | undefined {
  return controls ? 'controller' : grants.length > 0 ? 'role' : undefined;
}

/** The refusal of a caller. Without a canister, a right to administer is one on all targets, and every other on any. */
export function notAllowed({ principal }: Asker, need: Need, canister?: string): ErrorValue {
  const right = need === 'administer all' ? 'administer' : need;
  const scope = need === 'administer all' ? ALL : (canister ?? (need === 'administer' ? ALL : ANY));
  return failure('caller_not_allowed', { caller: principal, manager: self(), right, scope, roles: rolesWith(right) });
}

const ALL = 'all targets';
const ANY = 'any target';
