/** Who holds which role. */
import {
  type Asker,
  type CandidGrant,
  type CandidRole,
  type ErrorValue,
  failure,
  type Grant,
  MAX_GRANTEES,
  MAX_GRANTS_EACH,
  mayOn,
  ROLES,
  type Role,
  withGrant,
  withoutGrant,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRight, whoAsks } from '../access.ts';
import { now } from '../platform/ic.ts';
import { allGrants, granteeCount, grantsOf, putGrants } from '../store/grants.ts';
import { record } from '../store/history.ts';
import { type Answer, ok, opt, refuse } from './results.ts';

interface GrantArg {
  who: Principal;
  role: CandidRole;
  canister: [] | [Principal];
}

type Grants = CandidGrant<Principal>[];

/** Gives a role; twice is as good as once. Answers with all roles of the principal. */
export function grant(arg: GrantArg): Answer<Grants> {
  const { principal, role, canister } = readGrant(arg);
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const before = grantsOf(principal);
  const after = withGrant(before, { role, canister, grantedBy: asking.Ok.principal, grantedAt: now() });
  const refusal = refuseGrant(principal, before, after);
  if (refusal !== undefined) return refuse(refusal);
  if (after !== before) {
    putGrants(principal, after);
    noteRole('granted', asking.Ok, { principal, role, canister });
  }
  return ok(view(principal, after));
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
  return ok(view(principal, after));
}

/** One's own roles, and those that one may change. */
export function roles(): Answer<Grants> {
  const asker = whoAsks();
  const seen = allGrants().flatMap(([principal, grants]) =>
    view(
      principal,
      grants.filter(({ canister }) => principal === asker.principal || mayOn(asker, 'administer', canister)),
    ),
  );
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

/** Why a principal may not have these roles. */
export function refuseGrant(
  principal: string,
  before: readonly Grant[],
  after: readonly Grant[],
): ErrorValue | undefined {
  if (principal === ANONYMOUS) return anonymous();
  if (after.length > MAX_GRANTS_EACH) return failure('too_many_grants', { principal, limit: MAX_GRANTS_EACH });
  if (before.length > 0 || granteeCount() < MAX_GRANTEES) return undefined;
  return failure('too_many_grants', { principal, limit: MAX_GRANTEES });
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
