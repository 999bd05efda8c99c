import { concatBytes, utf8 } from '../bytes.ts';
import { readCbor } from '../cbor.ts';
import { blsVerify } from '../crypto/index.ts';
import { domainSeparator, type HashTree, rootHash } from './hash-tree.ts';
import { lookupValue } from './lookup.ts';

/** A certificate that somebody sent: nothing about it is known to be true. */
export interface ReadCertificate {
  readonly tree: HashTree;
  readonly signature: Uint8Array;
  readonly delegation: { readonly subnetId: Uint8Array; readonly certificate: Uint8Array } | null;
}

/** Forks and labels in one another, at most; a real tree has some thirty. */
const MAX_DEPTH = 512;
const HASH_BYTES = 32;
const STATE_ROOT = domainSeparator('ic-state-root');

/** Null for anything but a certificate. */
export function readCertificate(bytes: Uint8Array): ReadCertificate | null {
  const { tree: nodes, signature, delegation } = readMap(bytes);
  const tree = readTree(nodes);
  if (tree === null || !(signature instanceof Uint8Array)) return null;
  if (delegation === undefined) return { tree, signature, delegation: null };
  const { subnet_id: subnetId, certificate } = (delegation ?? {}) as Record<string, unknown>;
  if (!(subnetId instanceof Uint8Array) || !(certificate instanceof Uint8Array)) return null;
  return { tree, signature, delegation: { subnetId, certificate } };
}

/** Text keys of a CBOR map; none for anything else. */
export function readMap(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = readCbor(bytes);
    const isMap = typeof value === 'object' && value !== null && !(value instanceof Map) && !Array.isArray(value);
    return isMap ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A hash tree from its arrays; null if they are none. */
export function readTree(value: unknown, depth = 0): HashTree | null {
  if (!Array.isArray(value) || depth > MAX_DEPTH) return null;
  const [kind, first, second] = value as readonly unknown[];
  if (kind === 0 && value.length === 1) return { kind: 'empty' };
  if (kind === 1 && value.length === 3) {
    const [left, right] = [readTree(first, depth + 1), readTree(second, depth + 1)];
    return left === null || right === null ? null : { kind: 'fork', left, right };
  }
  if (!(first instanceof Uint8Array)) return null;
  if (kind === 2 && value.length === 3) {
    const tree = readTree(second, depth + 1);
    return tree === null ? null : { kind: 'labeled', label: first, tree };
  }
  if (value.length !== 2) return null;
  if (kind === 3) return { kind: 'leaf', value: first };
  return kind === 4 && first.length === HASH_BYTES ? { kind: 'pruned', hash: first } : null;
}

/** Whether the key signed this certificate's tree; says nothing of a delegation. */
export function isSignedBy({ tree, signature }: ReadCertificate, publicKey: Uint8Array): boolean {
  return blsVerify(publicKey, signature, concatBytes(STATE_ROOT, rootHash(tree)));
}

/** What a delegation certifies of a subnet, if the root key signed it; or null. A delegation has none itself. */
export function readDelegation(
  delegation: NonNullable<ReadCertificate['delegation']>,
  rootKey: Uint8Array,
): { readonly publicKey: Uint8Array; readonly type: string | null; readonly tree: HashTree } | null {
  const read = readCertificate(delegation.certificate);
  if (read === null || read.delegation !== null || !isSignedBy(read, rootKey)) return null;
  const about = (name: string) => lookupValue(read.tree, [utf8('subnet'), delegation.subnetId, utf8(name)]);
  const publicKey = about('public_key');
  if (publicKey === null) return null;
  const type = about('type');
  return { publicKey, type: type === null ? null : Buffer.from(type).toString('utf8'), tree: read.tree };
}
