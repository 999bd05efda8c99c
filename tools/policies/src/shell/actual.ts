/** What the manager has now. */
import { type CandidPage, type CandidPolicy, type CandidTarget, ROLES, readPolicy } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { Actual, ActualTarget, RoleOf } from '../core/types.ts';
import { Failure } from '../failure.ts';
import type { Door } from './door.ts';
import { granted, type Manager } from './manager.ts';

/** Targets of one page. */
const PAGE = 100;

/** All of it, or a refusal: who sees only some targets would take the others for missing. */
export async function readActual({ manager, id, asker, controllersOf }: Door): Promise<Actual> {
  const caller = asker.principal;
  const [controllers, roles] = await Promise.all([controllersOf(id), readRoles(manager)]);
  if (controllers === undefined) throw new Failure('network', 'manager_missing', `There is no canister ${id} there.`);
  const own = roles.filter(({ who, canister }) => who === caller && canister === undefined);
  const mayChangeAll = controllers.includes(caller) || own.some(({ role }) => role === 'admin');
  if (!mayChangeAll && own.length === 0) {
    const message =
      `${caller} may not see all targets of ${id}: it is no controller and has no role on all targets. ` +
      'Use another identity, or have a controller grant it viewer to plan and check, or admin to apply.';
    throw new Failure('refused', 'caller_not_allowed', message);
  }
  const targets = await readTargets(manager);
  return mayChangeAll ? { targets, roles } : { targets };
}

async function readRoles(manager: Manager): Promise<RoleOf[]> {
  const result = await manager.roles();
  if ('Err' in result) return [];
  return result.Ok.map(({ who, role, canister: [canister] }) => ({
    who: who.toText(),
    role: ROLES.find((known) => known === role) ?? unknownTo(`a role ${role}`),
    ...(canister && { canister: canister.toText() }),
  }));
}

async function readTargets(manager: Manager): Promise<ActualTarget[]> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const targets: ActualTarget[] = [];
  let after: [] | [Principal] = [];
  do {
    const page: CandidPage<CandidTarget<Principal>, Principal> = granted(
      await manager.targets([{ after, limit: [PAGE] }]),
    );
    targets.push(...page.items.map((target) => readTarget(target, now)));
    after = page.next;
  } while (after.length > 0);
  return targets;
}

function readTarget(
  { canister, policy, is_default, paused, paused_alone, held, name }: CandidTarget<Principal>,
  now: bigint,
): ActualTarget {
  const read = readPolicy(policy as CandidPolicy);
  const heldUntil = held[0]?.until ?? 0n;
  return {
    canister: canister.toText(),
    policy: 'Ok' in read ? read.Ok : unknownTo(`a policy that says: ${read.Err.message}`),
    ...(name[0] !== undefined && { name: name[0] }),
    isDefault: is_default,
    // An older manager knows of no other pause than that of each target.
    paused: paused_alone[0] ?? paused[0] ?? false,
    ...(heldUntil > now && { heldUntil }),
  };
}

function unknownTo(what: string): never {
  throw new Failure(
    'refused',
    'manager_newer',
    `The manager has ${what}: it is newer than this tool. Use the tool of its version.`,
  );
}
