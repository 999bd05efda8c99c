/**
 * Who asks: an identity of dfx or icp by its name, or a PEM file. Only plain files are read; what is encrypted, in a
 * keyring or on a device stays there, and the message says how to export it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AnonymousIdentity, type Identity } from '@dfinity/agent';
import { Failure } from '../failure.ts';
import { identityFromPem } from './pem.ts';

export interface Asker {
  /** For people: the name, and whose it is. */
  readonly name: string;
  readonly identity: Identity;
}

/** Where the tools keep their identities; `env` and `platform` are those of the process. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export const HERE: Places = { env: process.env, platform: process.platform, home: homedir() };

type Tool = 'dfx' | 'icp';

const ANONYMOUS = 'anonymous';
const DFX_DEFAULT = 'default';

/** What icp deploys as where nobody has chosen an identity, and dfx where `anonymous` was chosen. */
const ANYBODY: Asker = {
  name: `${ANONYMOUS} (no identity is chosen in dfx or icp; --identity takes another)`,
  identity: new AnonymousIdentity(),
};

/**
 * @param wanted a name, `dfx:name` or `icp:name` where both have it, the path of a PEM file, or `anonymous`; without it
 *   the one that dfx or icp uses by default, which is the anonymous one if neither has chosen any
 */
export function findIdentity(wanted: string | undefined, places: Places = HERE): Asker {
  if (wanted === ANONYMOUS) return { name: ANONYMOUS, identity: new AnonymousIdentity() };
  if (wanted !== undefined && isPath(wanted)) {
    const how = `Decrypt it into a file that only you can read: openssl pkey -in ${wanted} -out key.pem`;
    return { name: wanted, identity: identityFromPem(readPem(wanted), wanted, how) };
  }
  const [, tool, name] = /^(dfx|icp):(.+)$/.exec(wanted ?? '') ?? [];
  if (tool !== undefined && name !== undefined) return load(tool as Tool, name, places);
  return oneOf(wanted === undefined ? defaults(places) : having(wanted, places), wanted, places);
}

/** Names have no slash. */
export function isPath(identity: string): boolean {
  return identity.includes('/') || identity.endsWith('.pem');
}

/** The same key under both tools is no question. */
function oneOf(found: readonly (readonly [Tool, string])[], wanted: string | undefined, places: Places): Asker {
  const [first, second] = found;
  if (first === undefined && wanted === undefined) return ANYBODY;
  if (first === undefined) {
    const message = `Neither dfx nor icp has an identity ${wanted}. Look: dfx identity list, icp identity list.`;
    throw new Failure('usage', 'identity_not_found', message);
  }
  const asker = load(...first, places);
  if (second === undefined) return asker;
  const other = load(...second, places);
  if (asker.identity.getPrincipal().toText() === other.identity.getPrincipal().toText()) return asker;
  const choices = found.map(([tool, name]) => `--identity ${tool}:${name}`).join(' or ');
  throw new Failure(
    'usage',
    'identity_ambiguous',
    `dfx and icp have different identities here. Say which: ${choices}.`,
  );
}

function having(name: string, places: Places): (readonly [Tool, string])[] {
  const found: (readonly [Tool, string])[] = [];
  if (existsSync(join(dfxFolder(places), 'identity', name))) found.push(['dfx', name]);
  if (icpIdentity(name, places) !== undefined) found.push(['icp', name]);
  return found;
}

/** Each tool's own choice, if it has made one that is not nobody. dfx makes and takes one named `default` by itself. */
function defaults(places: Places): (readonly [Tool, string])[] {
  const ofDfx = readJson<{ default?: string }>(join(dfxFolder(places), 'identity.json'))?.default;
  const made = existsSync(join(dfxFolder(places), 'identity', DFX_DEFAULT)) ? DFX_DEFAULT : undefined;
  const chosen: readonly (readonly [Tool, string | undefined])[] = [
    ['dfx', ofDfx ?? made],
    ['icp', readJson<{ default?: string }>(join(icpFolder(places), 'identity_defaults.json'))?.default],
  ];
  return chosen.flatMap(([tool, name]) => (name === undefined || name === ANONYMOUS ? [] : [[tool, name] as const]));
}

function load(tool: Tool, name: string, places: Places): Asker {
  const how = `${howToExport(tool, name)}`;
  const path = tool === 'dfx' ? dfxPem(name, places, how) : icpPem(name, places, how);
  return { name: `${name} of ${tool}`, identity: identityFromPem(readPem(path), path, how) };
}

function howToExport(tool: Tool, name: string): string {
  return (
    `Export it into a file that only you can read, and delete that when you are done: ` +
    `(umask 077; ${tool} identity export ${name} > key.pem), then --identity ./key.pem`
  );
}

function dfxFolder({ env, home }: Places): string {
  return join(env.DFX_CONFIG_ROOT ?? home, '.config', 'dfx');
}

/** dfx says in a file beside the key whether it is somewhere else. */
function dfxPem(name: string, places: Places, how: string): string {
  const folder = join(dfxFolder(places), 'identity', name);
  const config = readJson<{ hsm?: unknown; encryption?: unknown; keyring_identity_suffix?: unknown }>(
    join(folder, 'identity.json'),
  );
  if (config?.hsm) throw elsewhere(`The key of ${name} is on a hardware device and cannot be read.`);
  if (config?.keyring_identity_suffix) throw elsewhere(`The key of ${name} is in the keyring of the system. ${how}`);
  if (config?.encryption) throw elsewhere(`The key of ${name} is encrypted with a password. ${how}`);
  return join(folder, 'identity.pem');
}

function icpFolder({ env, home, platform }: Places): string {
  if (env.ICP_HOME !== undefined) return join(env.ICP_HOME, 'identity');
  const data =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support', 'org.dfinity.icp-cli')
      : join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'icp-cli');
  return join(data, 'identity');
}

function icpIdentity(name: string, places: Places): { kind?: string; format?: string } | undefined {
  const list = readJson<{ identities?: Record<string, { kind?: string; format?: string }> }>(
    join(icpFolder(places), 'identity_list.json'),
  );
  return list?.identities?.[name];
}

function icpPem(name: string, places: Places, how: string): string {
  const { kind, format } = icpIdentity(name, places) ?? {};
  if (kind === 'hsm') throw elsewhere(`The key of ${name} is on a hardware device and cannot be read.`);
  if (kind === 'internet-identity') throw elsewhere(`${name} is an Internet Identity, whose key cannot be exported.`);
  if (kind === 'keyring') throw elsewhere(`The key of ${name} is in the keyring of the system. ${how}`);
  if (format === 'pbes2') throw elsewhere(`The key of ${name} is encrypted with a password. ${how}`);
  return join(icpFolder(places), 'keys', `${name}.pem`);
}

function elsewhere(message: string): Failure {
  return new Failure('usage', 'identity_encrypted', message);
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Failure('usage', 'identity_not_found', `${path} cannot be read. --identity takes a name or a PEM file.`);
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
