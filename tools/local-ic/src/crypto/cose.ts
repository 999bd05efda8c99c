import { concatBytes } from '../bytes.ts';
import { readCbor } from '../cbor.ts';

/** Keys of authenticators (RFC 9052, section 7; RFC 9053), as far as the Internet Computer takes them. */
export type CoseKey =
  | { readonly kind: 'ed25519'; readonly key: Uint8Array }
  /** An uncompressed point: 04, x, y. */
  | { readonly kind: 'p256'; readonly key: Uint8Array }
  | { readonly kind: 'rsa'; readonly modulus: Uint8Array; readonly exponent: Uint8Array };

/** Labels of the map, and their values. */
const LABEL = { keyType: 1, algorithm: 3, curve: -1, x: -2, y: -3, modulus: -1, exponent: -2 } as const;
const KEY_TYPE = { okp: 1, ec2: 2, rsa: 3 } as const;
const ALGORITHM = { es256: -7, edDsa: -8, rs256: -257 } as const;
const CURVE = { p256: 1, ed25519: 6 } as const;
const COORDINATE_BYTES = 32;

/** Null for anything else. */
export function readCoseKey(bytes: Uint8Array): CoseKey | null {
  const map = readMap(bytes);
  if (map === null) return null;
  const type = map.get(LABEL.keyType);
  const algorithm = map.get(LABEL.algorithm);
  const curve = map.get(LABEL.curve);
  if (type === KEY_TYPE.ec2 && algorithm === ALGORITHM.es256 && curve === CURVE.p256) {
    const [x, y] = [coordinate(map.get(LABEL.x)), coordinate(map.get(LABEL.y))];
    return x === null || y === null ? null : { kind: 'p256', key: concatBytes(Uint8Array.of(4), x, y) };
  }
  if (type === KEY_TYPE.okp && algorithm === ALGORITHM.edDsa && curve === CURVE.ed25519) {
    const key = coordinate(map.get(LABEL.x));
    return key === null ? null : { kind: 'ed25519', key };
  }
  if (type !== KEY_TYPE.rsa || algorithm !== ALGORITHM.rs256) return null;
  const [modulus, exponent] = [map.get(LABEL.modulus), map.get(LABEL.exponent)];
  const isKey = modulus instanceof Uint8Array && exponent instanceof Uint8Array;
  return isKey ? { kind: 'rsa', modulus, exponent } : null;
}

function readMap(bytes: Uint8Array): ReadonlyMap<unknown, unknown> | null {
  try {
    const value: unknown = readCbor(bytes, { preferMap: true });
    return value instanceof Map ? value : null;
  } catch {
    return null;
  }
}

function coordinate(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array && value.length === COORDINATE_BYTES ? value : null;
}
