/**
 * A key in a PEM file as dfx and icp keep it, as an identity of the agent: Ed25519 (PKCS #8, also in the older form of
 * dfx with its public key behind it), or ECDSA on secp256k1 or P-256 (SEC 1 or PKCS #8). The key stays in `node:crypto`.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type DerEncodedPublicKey, type Signature, SignIdentity } from '@dfinity/agent';
import { Failure } from '../failure.ts';

/** RFC 8410: a PKCS #8 structure of version 0 around the 32 bytes of an Ed25519 key. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same in version 1, which has the public key behind it and which OpenSSL does not read; byte 1 is the length. */
const ED25519_WITH_PUBLIC = /^30[0-9a-f]{2}020101300506032b657004220420/;

const CURVES = ['secp256k1', 'prime256v1'];

class KeyIdentity extends SignIdentity {
  readonly #key: KeyObject;
  readonly #publicKey: Uint8Array;

  constructor(key: KeyObject) {
    super();
    this.#key = key;
    this.#publicKey = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  }

  getPublicKey() {
    return { toDer: () => this.#publicKey as DerEncodedPublicKey };
  }

  /** Ed25519 hashes by itself; ECDSA signs the SHA-256, as two numbers of 32 bytes (interface, "Signatures"). */
  async sign(blob: Uint8Array): Promise<Signature> {
    const hash = this.#key.asymmetricKeyType === 'ec' ? 'sha256' : null;
    return new Uint8Array(sign(hash, blob, { key: this.#key, dsaEncoding: 'ieee-p1363' })) as Signature;
  }
}

/**
 * @param from the file, for messages
 * @param howToExport what to do about a file that cannot be read without a password
 */
export function identityFromPem(pem: string, from: string, howToExport: string): SignIdentity {
  if (/\bENCRYPTED\b/.test(pem)) {
    throw new Failure('usage', 'identity_encrypted', `The key in ${from} is encrypted. ${howToExport}`);
  }
  const key = readKey(pem);
  const curve = key?.asymmetricKeyDetails?.namedCurve;
  const known = key?.asymmetricKeyType === 'ed25519' || (curve !== undefined && CURVES.includes(curve));
  if (key === undefined || !known) {
    const message = `${from} holds no private key that the IC knows: Ed25519, or ECDSA on secp256k1 or P-256, in PEM.`;
    throw new Failure('usage', 'identity_unreadable', message);
  }
  return new KeyIdentity(key);
}

function readKey(pem: string): KeyObject | undefined {
  try {
    const der = derOf(pem, 'PRIVATE KEY');
    if (der === undefined || !ED25519_WITH_PUBLIC.test(der.toString('hex'))) return createPrivateKey(pem);
    const start = ED25519_PREFIX.length;
    const key = Buffer.concat([ED25519_PREFIX, der.subarray(start, start + 32)]);
    return createPrivateKey({ key, type: 'pkcs8', format: 'der' });
  } catch {
    return undefined;
  }
}

function derOf(pem: string, label: string): Buffer | undefined {
  const [, body] = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem) ?? [];
  return body === undefined ? undefined : Buffer.from(body, 'base64');
}
