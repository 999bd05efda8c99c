/** The backup manager, asked by updates alone, also for what is a query: one replica's word is not enough to act on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackupManagerService,
  backupManagerIdlFactory,
  type CandidResult,
  isPrincipalText,
} from '@canister-backup/shared';
import { Actor, type HttpAgent } from '@dfinity/agent';
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { Failure } from '../failure.ts';

export type Manager = BackupManagerService<Principal>;

/** What dfx.json and icp.yaml call it. */
const NAME = 'backup-manager';

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
