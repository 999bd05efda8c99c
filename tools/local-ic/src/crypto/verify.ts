import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { PublicKey } from './public-key.ts';
import { webAuthnVerify } from './web-authn.ts';

/** A key that signs by itself; a canister's signature is a certificate, and checked as one. */
export type SigningKey = Exclude<PublicKey, { kind: 'canister' }>;

/** Whether this key signed this message. False also for a key or a signature that is none. */
export function verifySignature(key: SigningKey, signature: Uint8Array, message: Uint8Array): boolean {
  try {
    switch (key.kind) {
      case 'ed25519':
        return ed25519Verify(key.key, signature, message);
      case 'p256':
        return p256.verify(signature, message, key.key, ECDSA);
      case 'secp256k1':
        return secp256k1.verify(signature, message, key.key, ECDSA);
      case 'webauthn':
        return webAuthnVerify(key.key, signature, message);
    }
  } catch {
    // Bytes that are no point, no number of the field, or of another length.
    return false;
  }
}

/** SHA-256 first; r and s as 32 bytes each; either of the two values that s may have. */
const ECDSA = { prehash: true, lowS: false, format: 'compact' } as const;

/** As RFC 8032 checks it, without the laxer rules of ZIP 215. */
export function ed25519Verify(key: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  return ed25519.verify(signature, message, key, { zip215: false });
}
