/**
 * The history: what was done, by whom and why, each entry bound to all before it by a hash.
 *
 * `hash(n) = SHA-256(hash(n - 1) ‖ bytes(n))`, and the hash before the first entry is 32 zero bytes. `bytes(n)` is a JSON
 * array of the entry's fields in the order of `entryBytes`, without spaces, with `\uXXXX` for everything that is not
 * ASCII. The newest hash is in the manager's certified data, so one certificate vouches for every entry behind it.
 */
import { sha256 } from '../crypto/sha256.ts';
import { ascii } from '../ids/bytes.ts';

/** What an entry is about. Kinds are only ever added. */
export type ChainKind =
  | 'installed'
  | 'upgraded'
  | 'loaded'
  | 'registered'
  | 'unregistered'
  | 'policy_set'
  | 'named'
  | 'default_set'
  | 'granted'
  | 'revoked'
  | 'settings_set'
  | 'run_opened'
  | 'run_closed'
  | 'run_cancelled'
  | 'load_checked'
  | 'held'
  | 'paused'
  | 'resumed'
  | 'pinned'
  | 'unpinned'
  | 'stopped'
  | 'started'
  | 'changed'
  | 'imported';

/** Everything is text or a natural, so that there is one way to write it. */
export interface ChainEntry {
  /** From 1, without gaps. */
  readonly n: bigint;
  /** Nanoseconds. */
  readonly at: bigint;
  readonly kind: ChainKind;
  /** Text of the caller; `timer` if nobody asked, `manager` for what follows from something else. */
  readonly actor: string;
  /** Why, in one line. */
  readonly cause: string;
  readonly canister?: string | undefined;
  readonly run?: bigint | undefined;
  readonly details: readonly (readonly [name: string, value: string])[];
}

/** Bytes of a hash. */
export const CHAIN_HASH_BYTES = 32;

/** The hash before the first entry. */
export const CHAIN_START = new Uint8Array(CHAIN_HASH_BYTES);

/** The bytes of an entry that its hash is made of. */
export function entryBytes({ n, at, kind, actor, cause, canister, run, details }: ChainEntry): Uint8Array {
  const fields = [
    String(n),
    String(at),
    kind,
    actor,
    cause,
    canister ?? '',
    run === undefined ? '' : String(run),
    details,
  ];
  return ascii(JSON.stringify(fields).replace(/[\u007f-\uffff]/g, escapeUnit));
}

/** The hash of an entry that follows the one with the hash `previous`. */
export function chainHash(previous: Uint8Array, entry: ChainEntry): Uint8Array {
  if (previous.length !== CHAIN_HASH_BYTES) throw new Error(`a hash of ${previous.length} bytes`);
  const bytes = entryBytes(entry);
  const all = new Uint8Array(CHAIN_HASH_BYTES + bytes.length);
  all.set(previous);
  all.set(bytes, CHAIN_HASH_BYTES);
  return sha256(all);
}

/** An entry with its hash and that of the one before it, as a page of the history shows it. */
export interface ChainLink {
  readonly entry: ChainEntry;
  readonly hash: Uint8Array;
  readonly previous: Uint8Array;
}

/**
 * Checks entries that follow each other, newest first, as pages show them.
 * @param head the hash that the newest has to have: certified, or `previous` of the last entry of the page before
 * @returns why they are not what they say they are, with the number of the entry; undefined if they are
 */
export function chainProblem(links: readonly ChainLink[], head: Uint8Array): string | undefined {
  let expected = head;
  let number: bigint | undefined;
  for (const { entry, hash, previous } of links) {
    if (number !== undefined && entry.n !== number - 1n) return `entry ${entry.n} follows after entry ${number}`;
    if (!sameBytes(hash, expected)) return `entry ${entry.n} is not the one that the chain continues with`;
    if (!sameBytes(chainHash(previous, entry), hash)) return `entry ${entry.n} does not have the hash that it says`;
    if (entry.n === 1n && !sameBytes(previous, CHAIN_START)) return 'something was cut off before entry 1';
    expected = previous;
    number = entry.n;
  }
  return undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
