/** Keys and signatures as other software makes them: Node's OpenSSL, and CBOR and JSON around it as authenticators do. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encode, Tag } from 'cbor2';
import { writeDerKey } from '../../src/crypto/der.ts';

export interface Signer {
  /** DER. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

const bytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

export function ed25519Signer(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: spki(publicKey), sign: (message) => bytes(sign(null, message, privateKey)) };
}

export function ecdsaSigner(namedCurve: 'P-256' | 'secp256k1'): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return { publicKey: spki(publicKey), sign: (message) => bytes(sign('sha256', message, key)) };
}

/** How an authenticator's key stands in COSE, and how it signs. */
const COSE = '060a2b0601040183b8430101';
type Kind = 'P-256' | 'Ed25519' | 'RSA';

export function webAuthnSigner(kind: Kind): Signer {
  const { cose, signBytes } = authenticator(kind);
  return {
    publicKey: writeDerKey({ algorithm: COSE, key: encode(new Map(cose)) }),
    sign: (message) => webAuthnSignature(message, signBytes),
  };
}

/** The CBOR of a signature; `changes` replace parts of it. */
export function webAuthnSignature(
  message: Uint8Array,
  signBytes: (signed: Uint8Array) => Uint8Array,
  challenge = Buffer.from(message).toString('base64url'),
): Uint8Array {
  const clientData = JSON.stringify({ type: 'webauthn.get', challenge, origin: 'https://example.org' });
  const authenticatorData = new Uint8Array(37).fill(5);
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()]);
  const value = { authenticator_data: authenticatorData, client_data_json: clientData, signature: signBytes(signed) };
  return encode(new Tag(55_799, value));
}

interface Authenticator {
  readonly cose: [number, number | Uint8Array][];
  readonly signBytes: (signed: Uint8Array) => Uint8Array;
}

export function authenticator(kind: Kind): Authenticator {
  if (kind === 'RSA') {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const cose: Authenticator['cose'] = [
      [1, 3],
      [3, -257],
      [-1, base64(n)],
      [-2, base64(e)],
    ];
    return { cose, signBytes: (signed) => bytes(sign('sha256', signed, privateKey)) };
  }
  if (kind === 'Ed25519') {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const cose: Authenticator['cose'] = [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, base64(x)],
    ];
    return { cose, signBytes: (signed) => bytes(sign(null, signed, privateKey)) };
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const cose: Authenticator['cose'] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, base64(x)],
    [-3, base64(y)],
  ];
  return { cose, signBytes: (signed) => bytes(sign('sha256', signed, privateKey)) };
}

function spki(key: KeyObject): Uint8Array {
  return bytes(key.export({ format: 'der', type: 'spki' }) as Buffer);
}

function base64(text: string): Uint8Array {
  return bytes(Buffer.from(text, 'base64url'));
}
