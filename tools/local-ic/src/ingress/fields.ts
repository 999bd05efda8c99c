/**
 * Readers of the fields of decoded CBOR. What is missing or of another type throws `Malformed`, which names the field;
 * `decodeEnvelope` turns it into a refusal.
 */
export class Malformed extends Error {}

export type CborMap = Readonly<Record<string, unknown>>;

export function mapOf(value: unknown, name: string): CborMap {
  const isMap = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isMap) throw new Malformed(`${name} must be a map with text keys`);
  return value as CborMap;
}

export function bytes(map: CborMap, name: string): Uint8Array {
  const value = map[name];
  if (!(value instanceof Uint8Array)) throw new Malformed(`${name} must be a byte string`);
  return value;
}

export function text(map: CborMap, name: string): string {
  const value = map[name];
  if (typeof value !== 'string') throw new Malformed(`${name} must be a text`);
  return value;
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** A whole number of 64 bits. */
export function natural(map: CborMap, name: string): bigint {
  const value = map[name];
  const exact = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!exact || BigInt(value) < 0n || BigInt(value) > MAX_U64) {
    throw new Malformed(`${name} must be a whole number of at most 64 bits`);
  }
  return BigInt(value);
}

export function list(map: CborMap, name: string): readonly unknown[] {
  const value = map[name];
  if (!Array.isArray(value)) throw new Malformed(`${name} must be an array`);
  return value;
}

/** A list of byte strings. */
export function blobs(value: unknown, name: string): Uint8Array[] {
  if (!Array.isArray(value) || !value.every((entry) => entry instanceof Uint8Array)) {
    throw new Malformed(`${name} must be an array of byte strings`);
  }
  return value;
}

/** Undefined for a field that is missing or null. */
export function optional<T>(map: CborMap, name: string, read: (map: CborMap, name: string) => T): T | undefined {
  return map[name] === undefined || map[name] === null ? undefined : read(map, name);
}
