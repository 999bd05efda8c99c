import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { concatBytes, sha256, utf8 } from '../bytes.ts';
import { readCbor } from '../cbor.ts';
import type { CoseKey } from './cose.ts';
import { rsaVerify } from './rsa.ts';

/**
 * A signature that an authenticator made (interface specification, "Web Authentication"): CBOR of what it signed, with
 * the message as the challenge in it.
 */
interface WebAuthnSignature {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJson: string;
  readonly signature: Uint8Array;
}

/** May throw for a signature that is none. */
export function webAuthnVerify(key: CoseKey, bytes: Uint8Array, message: Uint8Array): boolean {
  const read = readSignature(bytes);
  if (read === null || challengeOf(read.clientDataJson) !== base64url(message)) return false;
  const signed = concatBytes(read.authenticatorData, sha256(utf8(read.clientDataJson)));
  if (key.kind === 'ed25519') return ed25519.verify(read.signature, signed, key.key, { zip215: false });
  if (key.kind === 'rsa') return rsaVerify(key, read.signature, signed);
  return p256.verify(read.signature, signed, key.key, { prehash: true, lowS: false, format: 'der' });
}

function readSignature(bytes: Uint8Array): WebAuthnSignature | null {
  const value: unknown = readCbor(bytes);
  if (typeof value !== 'object' || value === null) return null;
  const {
    authenticator_data: authenticatorData,
    client_data_json: clientDataJson,
    signature,
  } = value as Record<string, unknown>;
  const complete =
    authenticatorData instanceof Uint8Array && typeof clientDataJson === 'string' && signature instanceof Uint8Array;
  return complete ? { authenticatorData, clientDataJson, signature } : null;
}

function challengeOf(clientDataJson: string): unknown {
  const value: unknown = JSON.parse(clientDataJson);
  // Some authenticators pad.
  const challenge = typeof value === 'object' && value !== null && 'challenge' in value ? value.challenge : null;
  return typeof challenge === 'string' ? challenge.replace(/=+$/, '') : null;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}
