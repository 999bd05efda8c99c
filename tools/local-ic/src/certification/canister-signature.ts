import { compareBytes, equalBytes, sha256, utf8 } from '../bytes.ts';
import { readCbor } from '../cbor.ts';
import { type PrincipalText, principalToBytes } from '../principal.ts';
import { type HashTree, rootHash } from './hash-tree.ts';
import { level, lookup, lookupValue } from './lookup.ts';
import {
  isSignedBy,
  type ReadCertificate,
  readCertificate,
  readDelegation,
  readMap,
  readTree,
} from './read-certificate.ts';

/** A canister's signature, and what it is to be a signature of (interface specification, "Canister signatures"). */
export interface CanisterSignature {
  readonly canisterId: PrincipalText;
  readonly seed: Uint8Array;
  /** CBOR of the certificate, and of the tree whose root hash the canister certified. */
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly rootKey: Uint8Array;
}

/** Whether the canister certified, under its seed, that it signed this message. */
export function canisterSignatureVerify({ canisterId, seed, signature, message, rootKey }: CanisterSignature): boolean {
  const { certificate: bytes, tree: nodes } = readMap(signature);
  const certificate = bytes instanceof Uint8Array ? readCertificate(bytes) : null;
  const tree = readTree(nodes);
  if (certificate === null || tree === null) return false;
  const id = principalToBytes(canisterId);
  const certified = lookupValue(certificate.tree, [utf8('canister'), id, utf8('certified_data')]);
  if (certified === null || !equalBytes(certified, rootHash(tree))) return false;
  const signed = lookup(tree, [utf8('sig'), sha256(seed), sha256(message)]);
  if (signed?.kind !== 'leaf' || signed.value.length > 0) return false;
  const key = keyOf(certificate, id, rootKey);
  return key !== null && isSignedBy(certificate, key);
}

/** The key that must have signed the certificate: the root's, or that of a subnet which the root lets speak for this id. */
function keyOf({ delegation }: ReadCertificate, canisterId: Uint8Array, rootKey: Uint8Array): Uint8Array | null {
  if (delegation === null) return rootKey;
  const read = readDelegation(delegation, rootKey);
  if (read === null || read.type === null || read.type === 'cloud_engine') return null;
  return rangesOf(read.tree, delegation.subnetId).some((range) => contains(range, canisterId)) ? read.publicKey : null;
}

/** The flat list if it is there, else all shards that are shown. */
function rangesOf(tree: HashTree, subnetId: Uint8Array): unknown[] {
  const flat = lookupValue(tree, [utf8('subnet'), subnetId, utf8('canister_ranges')]);
  if (flat !== null) return readList(flat);
  const shards = lookup(tree, [utf8('canister_ranges'), subnetId]);
  if (shards === null) return [];
  return level(shards).flatMap((entry) =>
    entry.kind === 'labeled' && entry.tree.kind === 'leaf' ? readList(entry.tree.value) : [],
  );
}

function readList(bytes: Uint8Array): unknown[] {
  try {
    const value = readCbor(bytes);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function contains(range: unknown, id: Uint8Array): boolean {
  const [first, last] = Array.isArray(range) ? range : [];
  if (!(first instanceof Uint8Array) || !(last instanceof Uint8Array)) return false;
  return compareBytes(first, id) <= 0 && compareBytes(id, last) <= 0;
}
