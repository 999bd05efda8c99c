/** From what there is to what is wanted. A function of both: the same twice, and nothing once it was done. */

import type { Actual, ActualTarget, Change, Note, Plan, RoleOf, Step, Wanted, WantedTarget } from './types.ts';
import { policyInWords } from './words.ts';

/**
 * New targets first, and what takes away last, so that whatever stops half-way leaves more protected than before.
 * @param options.prune whether targets and roles that the file does not name go; no snapshot goes with them
 * @param options.caller who makes the calls: nobody takes his own roles away and is locked out half-way
 */
export function plan(
  wanted: Wanted,
  actual: Actual,
  { prune, caller }: { readonly prune: boolean; readonly caller: string },
): Plan {
  const there = new Map(actual.targets.map((target) => [target.canister, target]));
  const named = new Set(wanted.targets.map(({ canister }) => canister));
  const extra = actual.targets.filter(({ canister }) => !named.has(canister));
  const roles = planRoles(wanted, actual);
  const going = prune ? extra : [];
  const revoked = prune ? roles.extra.filter(({ who }) => who !== caller) : [];
  const steps = [
    ...wanted.targets.flatMap((target) => planPolicy(target, there.get(target.canister))),
    ...wanted.targets.flatMap((target) => planPause(target, there.get(target.canister))),
    ...planNames(wanted, there),
    ...planDefault(wanted, actual),
    ...roles.missing.map((role): Step => ({ call: 'grant', ...role })),
    ...going.map(({ canister }): Step => ({ call: 'unregister', canister })),
    ...revoked.map((role): Step => ({ call: 'revoke', ...role })),
  ];
  const notes: Note[] = [
    ...wanted.targets.flatMap((target) => notesOn(target, there.get(target.canister))),
    ...extra.filter((one) => !going.includes(one)).map(({ canister }): Note => ({ kind: 'not_in_file', canister })),
    ...roles.extra.filter((one) => !revoked.includes(one)).map((one): Note => ({ kind: 'role_not_in_file', ...one })),
    ...(wanted.roles !== undefined && actual.roles === undefined ? [{ kind: 'roles_unseen' } as const] : []),
  ];
  return { steps, notes };
}

function planPolicy({ canister, policy }: WantedTarget, target: ActualTarget | undefined): Step[] {
  if (target === undefined) return [{ call: 'register', canister, policy }];
  const before = policyInWords(target.policy);
  const changes: Change[] = [...policyInWords(policy)]
    .map(([field, to]) => ({ field, from: before.get(field) ?? '', to }))
    .filter(({ from, to }) => from !== to);
  return changes.length === 0 ? [] : [{ call: 'set_policy', canister, policy, changes }];
}

function planPause({ canister, paused }: WantedTarget, target: ActualTarget | undefined): Step[] {
  if (paused === undefined || paused === (target?.paused ?? false)) return [];
  return [{ call: paused ? 'pause' : 'resume', canister }];
}

/** A name that goes from one target to another is taken away first: no two may be called the same. */
function planNames({ targets }: Wanted, there: ReadonlyMap<string, ActualTarget>): Step[] {
  const renamed = targets.filter(({ canister, name }) => name !== undefined && name !== there.get(canister)?.name);
  const wanted = new Set(renamed.map(({ name }) => name));
  const freed = [...there.values()].filter(({ name }) => name !== undefined && wanted.has(name));
  return [
    ...freed.map(({ canister, name = '' }): Step => ({ call: 'set_name', canister, name: null, from: name })),
    ...renamed.map(({ canister, name = '' }): Step => {
      const from = freed.some((other) => other.canister === canister) ? null : (there.get(canister)?.name ?? null);
      return { call: 'set_name', canister, name, from };
    }),
  ];
}

function planDefault({ defaultTarget }: Wanted, { targets }: Actual): Step[] {
  const from = targets.find(({ isDefault }) => isDefault)?.canister ?? null;
  if (defaultTarget === undefined || defaultTarget === from) return [];
  return [{ call: 'set_default', canister: defaultTarget, from }];
}

function planRoles(wanted: Wanted, actual: Actual): { missing: readonly RoleOf[]; extra: readonly RoleOf[] } {
  if (wanted.roles === undefined || actual.roles === undefined) return { missing: [], extra: [] };
  const without = (some: readonly RoleOf[], others: readonly RoleOf[]) => {
    const known = new Set(others.map(keyOf));
    return some.filter((role) => !known.has(keyOf(role)));
  };
  return { missing: without(wanted.roles, actual.roles), extra: without(actual.roles, wanted.roles) };
}

function keyOf({ who, role, canister }: RoleOf): string {
  return `${who} ${role} ${canister ?? ''}`;
}

function notesOn({ canister, paused }: WantedTarget, target: ActualTarget | undefined): Note[] {
  const notes: Note[] = [];
  if (target?.paused && paused === undefined) notes.push({ kind: 'paused', canister });
  if (target?.heldUntil !== undefined) notes.push({ kind: 'held', canister, until: target.heldUntil });
  return notes;
}
