/** Who holds which role. */
import {
  type Asker,
  type CandidGrant,
  type CandidRole,
  type ErrorValue,
  failure,
  type Grant,
  MAX_GRANTS_OF_TARGET,
  mayOn,
  ROLES,
  type Role,
  withGrant,
  withoutGrant,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRight, whoAsks } from '../access.ts';
import { now } from '../platform/ic.ts';
import { allGrants, grantsOf, putGrants } from '../store/grants.ts';
import { record } from '../store/history.ts';
import { getTarget } from '../store/targets.ts';
import { type Answer, ok, opt, refuse } from './results.ts';

interface GrantArg {
  who: Principal;
  role: CandidRole;
  canister: [] | [Principal];
}

type Grants = CandidGrant<Principal>[];

/** Gives a role; twice is as good as once. Answers with the roles of the principal that the caller may change. */
export function grant(arg: GrantArg): Answer<Grants> {
  const { principal, role, canister } = readGrant(arg);
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const before = grantsOf(principal);
  const after = withGrant(before, { role, canister, grantedBy: asking.Ok.principal, grantedAt: now() });
  const refusal = refuseGrantee(principal) ?? refuseMany(asking.Ok, { before, after, principal, canister });
  if (refusal !== undefined) return refuse(refusal);
  if (after !== before) {
    putGrants(principal, after);
    noteRole('granted', asking.Ok, { principal, role, canister });
  }
  return ok(view(principal, seenBy(asking.Ok, principal, after)));
}

/** Takes a role back; one that is not there is as good as taken back. Answers with the roles that stay. */
export function revoke(arg: GrantArg): Answer<Grants> {
  const { principal, role, canister } = readGrant(arg);
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const before = grantsOf(principal);
  const after = withoutGrant(before, { role, canister });
  if (after !== before) {
    putGrants(principal, after);
    noteRole('revoked', asking.Ok, { principal, role, canister });
  }
  return ok(view(principal, seenBy(asking.Ok, principal, after)));
}

/** Of the roles of a principal those that the asker may change; all of one's own. */
function seenBy(asker: Asker, principal: string, grants: readonly Grant[]): readonly Grant[] {
  if (principal === asker.principal) return grants;
  return grants.filter(({ canister }) => mayOn(asker, 'administer', canister));
}

/** One's own roles, and those that one may change. */
export function roles(): Answer<Grants> {
  const asker = whoAsks();
  const seen = allGrants().flatMap(([principal, grants]) => view(principal, seenBy(asker, principal, grants)));
  if (seen.length > 0) return ok(seen);
  const asking = requireRight('administer');
  return 'Err' in asking ? refuse(asking.Err) : ok(seen);
}

function readGrant(arg: GrantArg): { principal: string; role: Role; canister: string | undefined } {
  const role = ROLES.find((name) => name in arg.role);
  if (role === undefined) throw new Error('a role without a name was decoded');
  return { principal: arg.who.toText(), role, canister: arg.canister[0]?.toText() };
}

function noteRole(
  kind: 'granted' | 'revoked',
  asking: Asker,
  { principal, role, canister }: ReturnType<typeof readGrant>,
): void {
  const details: [string, string][] = [
    ['who', principal],
    ['role', role],
  ];
  record({ kind, actor: asking.principal, cause: kind === 'granted' ? 'grant' : 'revoke', canister, details });
}

const ANONYMOUS = '2vxsx-fae';

function anonymous(): ErrorValue {
  const expected = 'a principal that somebody holds the key of; everybody is the anonymous one';
  return failure('invalid_argument', { field: 'who', value: ANONYMOUS, expected });
}

/** Why a principal may have no role at all. */
export function refuseGrantee(principal: string): ErrorValue | undefined {
  return principal === ANONYMOUS ? anonymous() : undefined;
}

interface Change {
  readonly principal: string;
  readonly canister: string | undefined;
  readonly before: readonly Grant[];
  readonly after: readonly Grant[];
}

/**
 * An admin's grants are counted for each target, so that one admin leaves room to the others; what is for all targets, and
 * what is for canisters that are not registered, counts as one target each. Controllers may grant without a bound.
 */
function refuseMany({ controls }: Asker, { principal, canister, before, after }: Change): ErrorValue | undefined {
  if (controls || before === after) return undefined;
  const scope = scopeOf(canister);
  let count = 0;
  for (const [, grants] of allGrants()) for (const grant of grants) if (scopeOf(grant.canister) === scope) count += 1;
  if (count < MAX_GRANTS_OF_TARGET) return undefined;
  return failure('too_many_grants', { principal, limit: MAX_GRANTS_OF_TARGET });
}

function scopeOf(canister: string | undefined): string {
  if (canister === undefined) return 'all';
  return getTarget(canister) === undefined ? 'unregistered' : canister;
}

function view(principal: string, grants: readonly Grant[]): Grants {
  return grants.map(({ role, canister, grantedBy, grantedAt }) => ({
    who: Principal.fromText(principal),
    role,
    canister: opt(canister === undefined ? undefined : Principal.fromText(canister)),
    granted_by: Principal.fromText(grantedBy),
    granted_at: grantedAt,
  }));
}
