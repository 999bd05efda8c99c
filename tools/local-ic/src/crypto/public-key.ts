import { type PrincipalText, principalFromBytes } from '../principal.ts';
import { type CoseKey, readCoseKey } from './cose.ts';
import { readDerKey, writeDerKey } from './der.ts';

/** Who can sign for a user (interface specification, "Signatures"). */
export type PublicKey =
  | { readonly kind: 'ed25519'; readonly key: Uint8Array }
  /** An uncompressed point: 04, x, y. */
  | { readonly kind: 'p256' | 'secp256k1'; readonly key: Uint8Array }
  | { readonly kind: 'webauthn'; readonly key: CoseKey }
  /** A canister that signs by certifying what it signed. */
  | { readonly kind: 'canister'; readonly canisterId: PrincipalText; readonly seed: Uint8Array };

/** Object identifiers with their parameters, as they stand in DER. */
const ALGORITHM = {
  ed25519: '06032b6570',
  p256: '06072a8648ce3d020106082a8648ce3d030107',
  secp256k1: '06072a8648ce3d020106052b8104000a',
  cose: '060a2b0601040183b8430101',
  canister: '060a2b0601040183b8430102',
} as const;

const ED25519_BYTES = 32;
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;

/** Null for bytes that are no key of a scheme which the Internet Computer knows. */
export function readPublicKey(der: Uint8Array): PublicKey | null {
  const read = readDerKey(der);
  if (read === null) return null;
  const { algorithm, key } = read;
  if (algorithm === ALGORITHM.ed25519) return key.length === ED25519_BYTES ? { kind: 'ed25519', key } : null;
  if (algorithm === ALGORITHM.p256) return isPoint(key) ? { kind: 'p256', key } : null;
  if (algorithm === ALGORITHM.secp256k1) return isPoint(key) ? { kind: 'secp256k1', key } : null;
  if (algorithm === ALGORITHM.canister) return readCanisterKey(key);
  if (algorithm !== ALGORITHM.cose) return null;
  const cose = readCoseKey(key);
  return cose === null ? null : { kind: 'webauthn', key: cose };
}

/** DER of an Ed25519 key, 44 bytes. */
export function ed25519Der(key: Uint8Array): Uint8Array {
  return writeDerKey({ algorithm: ALGORITHM.ed25519, key });
}

function isPoint(key: Uint8Array): boolean {
  return key.length === POINT_BYTES && key[0] === UNCOMPRESSED;
}

/** A length byte, the canister's id, then its seed for this key. */
function readCanisterKey(key: Uint8Array): PublicKey | null {
  const length = key[0] ?? 0;
  if (length === 0 || length > 29 || key.length < 1 + length) return null;
  return {
    kind: 'canister',
    canisterId: principalFromBytes(key.subarray(1, 1 + length)),
    seed: key.subarray(1 + length),
  };
}
