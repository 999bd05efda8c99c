/** The backup manager, asked by updates alone, also for what is a query: one replica's word is not enough to act on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackupManagerService,
  backupManagerIdlFactory,
  type CandidPage,
  type CandidPolicy,
  type CandidResult,
  type CandidTarget,
  isPrincipalText,
  ROLES,
  readPolicy,
} from '@canister-backup/shared';
import { Actor, type HttpAgent } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import type { Actual, ActualTarget, RoleOf } from '../core/types.ts';
import { Failure } from '../failure.ts';
import type { Door } from './door.ts';

export type Manager = BackupManagerService<Principal>;

/** What dfx.json and icp.yaml call it. */
const NAME = 'backup-manager';

/** Targets of one page. */
const PAGE = 100;

/**
 * Which canister it is: the one that was named, on the command line or in the file; otherwise where dfx and icp write
 * down what they deployed.
 */
export function findManager(
  named: readonly (string | undefined)[],
  { network, folder }: { readonly network: string; readonly folder: string },
): string {
  const [wanted] = named.filter((text) => text !== undefined);
  if (wanted !== undefined) {
    if (isPrincipalText(wanted)) return wanted;
    throw new Failure('usage', 'invalid_manager', `--manager takes the id of a canister, and ${wanted} is none.`);
  }
  const written = [
    readJson<Record<string, Record<string, string>>>(join(folder, 'canister_ids.json'))?.[NAME]?.[network],
    readJson<Record<string, Record<string, string>>>(join(folder, '.dfx', network, 'canister_ids.json'))?.[NAME]?.[
      network
    ],
    ...['data', 'cache'].map(
      (kind) => readJson<Record<string, string>>(join(folder, '.icp', kind, 'mappings', `${network}.ids.json`))?.[NAME],
    ),
  ];
  const found = [...new Set(written.filter((id) => id !== undefined))];
  const [id, other] = found;
  if (other !== undefined) {
    const message = `dfx and icp have deployed different managers to ${network}: ${found.join(', ')}. Say which with --manager.`;
    throw new Failure('usage', 'manager_ambiguous', message);
  }
  if (id !== undefined) return id;
  const message = `Which manager? Neither dfx nor icp has deployed one to ${network} from here. Name it with --manager, or in the file.`;
  throw new Failure('usage', 'manager_not_found', message);
}

function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

export function openManager(agent: HttpAgent, canisterId: string): Manager {
  const Func: typeof IDL.Func = (args, results) => IDL.Func(args, results, []);
  const library = { ...IDL, Func } as unknown as Parameters<typeof backupManagerIdlFactory<IDL.ServiceClass>>[0]['IDL'];
  const factory = () => backupManagerIdlFactory<IDL.ServiceClass>({ IDL: library });
  return Actor.createActor<Manager>(factory as never, { agent, canisterId });
}

/** The value of an `Ok`. */
export function granted<T>(result: CandidResult<T>): T {
  if ('Ok' in result) return result.Ok;
  throw new Failure('refused', result.Err.code, result.Err.message);
}

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
  { canister, policy, is_default, paused, held }: CandidTarget<Principal>,
  now: bigint,
): ActualTarget {
  const read = readPolicy(policy as CandidPolicy);
  const heldUntil = held[0]?.until ?? 0n;
  return {
    canister: canister.toText(),
    policy: 'Ok' in read ? read.Ok : unknownTo(`a policy that says: ${read.Err.message}`),
    isDefault: is_default,
    paused: paused[0] ?? false,
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
