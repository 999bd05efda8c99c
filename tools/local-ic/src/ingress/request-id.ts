import { compareBytes, concatBytes, sha256, utf8 } from '../bytes.ts';
import { encodeNatural } from '../certification/index.ts';

/** What can stand in a request. A field without a value is not part of it. */
export type Hashable = Uint8Array | string | bigint | readonly Hashable[] | HashableMap;
export interface HashableMap {
  readonly [field: string]: Hashable | undefined;
}

/**
 * The representation-independent hash of a map, 32 bytes (interface specification, "Request ids"): of a request's
 * content, its id. It does not depend on how the map was encoded, so that a signature survives any transport.
 */
export function hashOfMap(map: HashableMap): Uint8Array {
  const pairs: Uint8Array[] = [];
  for (const [field, value] of Object.entries(map)) {
    if (value !== undefined) pairs.push(concatBytes(sha256(utf8(field)), hashOf(value)));
  }
  return sha256(...pairs.sort(compareBytes));
}

function hashOf(value: Hashable): Uint8Array {
  if (value instanceof Uint8Array) return sha256(value);
  if (typeof value === 'string') return sha256(utf8(value));
  if (typeof value === 'bigint') return sha256(encodeNatural(value));
  if (isList(value)) return sha256(...value.map(hashOf));
  return hashOfMap(value);
}

function isList(value: Hashable): value is readonly Hashable[] {
  return Array.isArray(value);
}
