import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexToBytes, utf8 } from '../../src/bytes.ts';
import { readDerKey, writeDerKey } from '../../src/crypto/der.ts';
import { type PublicKey, readPublicKey, type SigningKey, verifySignature } from '../../src/crypto/index.ts';
import { authenticator, ecdsaSigner, ed25519Signer, type Signer, webAuthnSignature, webAuthnSigner } from './keys.ts';

const message = utf8('\x0Aic-request, and thirty-two bytes.');

function keyOf({ publicKey }: Pick<Signer, 'publicKey'>): SigningKey {
  const key = readPublicKey(publicKey) as PublicKey;
  if (key === null || key.kind === 'canister') throw new Error('This is no key that signs by itself.');
  return key;
}

const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

describe.each<[string, () => Signer]>([
  ['Ed25519', ed25519Signer],
  ['ECDSA on P-256', () => ecdsaSigner('P-256')],
  ['ECDSA on secp256k1', () => ecdsaSigner('secp256k1')],
  ['WebAuthn with ECDSA', () => webAuthnSigner('P-256')],
  ['WebAuthn with Ed25519', () => webAuthnSigner('Ed25519')],
  ['WebAuthn with RSA', () => webAuthnSigner('RSA')],
])('%s', (_name, makeSigner) => {
  const signer = makeSigner();
  const key = keyOf(signer);

  test('what it signed is its own, time after time', () => {
    for (let time = 0; time < 4; time += 1) expect(verifySignature(key, signer.sign(message), message)).toBe(true);
  });

  test('another message, another key and any change of the signature are not', () => {
    const signature = signer.sign(message);
    expect(verifySignature(key, signature, utf8('another'))).toBe(false);
    expect(verifySignature(keyOf(makeSigner()), signature, message)).toBe(false);
    for (let at = 0; at < signature.length; at += 7) {
      // Of CBOR's own tag, nothing depends on the number.
      if (_name.startsWith('WebAuthn') && at < 3) continue;
      expect(verifySignature(key, flip(signature, at), message), String(at)).toBe(false);
    }
  });

  test('bytes that are no signature are refused, not thrown at the caller', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => !verifySignature(key, bytes, message)),
      { numRuns: 50 },
    );
  });
});

test('RFC 8032, section 7.1, test 2', () => {
  const key = hexToBytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
  const signature = hexToBytes(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
  expect(verifySignature({ kind: 'ed25519', key }, signature, Uint8Array.of(0x72))).toBe(true);
  expect(verifySignature({ kind: 'ed25519', key }, signature, Uint8Array.of(0x73))).toBe(false);
});

describe('an authenticator', () => {
  const { cose, signBytes } = authenticator('P-256');
  const key = keyOf({ publicKey: writeDerKey({ algorithm: '060a2b0601040183b8430101', key: cborMap(cose) }) });

  test('may pad its challenge', () => {
    const challenge = Buffer.from(message).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    expect(verifySignature(key, webAuthnSignature(message, signBytes, challenge), message)).toBe(true);
  });

  test('that signed another challenge is refused', () => {
    const challenge = Buffer.from(utf8('another')).toString('base64url');
    expect(verifySignature(key, webAuthnSignature(message, signBytes, challenge), message)).toBe(false);
  });
});

describe('keys in DER', () => {
  test.each<[string, () => Signer, string]>([
    ['Ed25519', ed25519Signer, 'ed25519'],
    ['P-256', () => ecdsaSigner('P-256'), 'p256'],
    ['secp256k1', () => ecdsaSigner('secp256k1'), 'secp256k1'],
    ['COSE', () => webAuthnSigner('RSA'), 'webauthn'],
  ])('%s as OpenSSL writes it', (_name, makeSigner, kind) => {
    const { publicKey } = makeSigner();
    expect(readPublicKey(publicKey)?.kind).toBe(kind);
    expect(writeDerKey(readDerKey(publicKey) as NonNullable<ReturnType<typeof readDerKey>>)).toEqual(publicKey);
    expect(readPublicKey(Uint8Array.of(...publicKey, 0))).toBeNull();
    expect(readPublicKey(publicKey.subarray(1))).toBeNull();
    expect(readPublicKey(publicKey.subarray(0, -1))).toBeNull();
  });

  test("a canister's", () => {
    const key = hexToBytes('0a000000000000000001017365656400');
    expect(readPublicKey(writeDerKey({ algorithm: '060a2b0601040183b8430102', key }))).toEqual({
      kind: 'canister',
      canisterId: 'rwlgt-iiaaa-aaaaa-aaaaa-cai',
      seed: key.subarray(11),
    });
  });

  test('any other bytes are none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => readPublicKey(bytes) === null));
  });
});

function cborMap(entries: readonly [number, number | Uint8Array][]): Uint8Array {
  return encode(new Map(entries));
}
