import { ed25519 } from '@noble/curves/ed25519.js';
import { sha224 } from '../bytes.ts';
import { type PrincipalText, principalFromBytes } from '../principal.ts';
import { ed25519Der } from './public-key.ts';

/** A node of the subnet: its Ed25519 key signs query replies. */
export interface NodeKey {
  readonly id: PrincipalText;
  /** DER, 44 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** @param secret 32 random bytes */
export function nodeKey(secret: Uint8Array): NodeKey {
  const publicKey = ed25519Der(ed25519.getPublicKey(secret));
  return { id: selfAuthenticating(publicKey), publicKey, sign: (message) => ed25519.sign(message, secret) };
}

const SELF_AUTHENTICATING = 2;

/** The principal of whoever has this key (interface specification, "Principals"), from its DER. */
export function selfAuthenticating(publicKey: Uint8Array): PrincipalText {
  return principalFromBytes(new Uint8Array([...sha224(publicKey), SELF_AUTHENTICATING]));
}
