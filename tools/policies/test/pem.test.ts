import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { identityFromPem } from '../src/shell/pem.ts';

const message = new TextEncoder().encode('a request id');
const ed25519 = () => generateKeyPairSync('ed25519').privateKey;
const ecdsa = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const pkcs8 = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));
const sec1 = (key: KeyObject) => String(key.export({ type: 'sec1', format: 'pem' }));

const label = 'PRIVATE' + ' KEY';
const inPem = (der: Buffer) => `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;

/** As `ring` writes it, and so the first versions of dfx; and as RFC 5958 has it. */
function withPublicKey(key: KeyObject, [head, between]: readonly [string, string]): string {
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
  return inPem(Buffer.concat([Buffer.from(head, 'hex'), seed, Buffer.from(between, 'hex'), publicKey]));
}

const FORMS: readonly (readonly [string, () => KeyObject, (key: KeyObject) => string])[] = [
  ['Ed25519', ed25519, pkcs8],
  ['Ed25519 of old', ed25519, (key) => withPublicKey(key, ['3053020101300506032b657004220420', 'a123032100'])],
  ['Ed25519 of RFC 5958', ed25519, (key) => withPublicKey(key, ['3051020101300506032b657004220420', '812100'])],
  ['secp256k1 of icp', () => ecdsa('secp256k1'), pkcs8],
  ['secp256k1 of dfx', () => ecdsa('secp256k1'), sec1],
  [
    'secp256k1 of OpenSSL, its parameters before it',
    () => ecdsa('secp256k1'),
    (key) => `-----BEGIN EC PARAMETERS-----\nBgUrgQQACg==\n-----END EC PARAMETERS-----\n${sec1(key)}`,
  ],
  ['P-256', () => ecdsa('prime256v1'), pkcs8],
];

describe('a key in PEM', () => {
  test.each(FORMS)('%s: has the public key, and signs with the key', async (_, generate, write) => {
    const key = generate();
    const identity = identityFromPem(write(key), 'key.pem', '');
    const publicKey = createPublicKey(key);
    expect(Buffer.from(identity.getPublicKey().toDer())).toEqual(publicKey.export({ type: 'spki', format: 'der' }));
    const signature = await identity.sign(message);
    expect(signature).toHaveLength(64);
    const hash = key.asymmetricKeyType === 'ec' ? 'sha256' : null;
    expect(verify(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  test('that is encrypted is refused, with what to do', () => {
    const options = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem' } as const;
    const encrypted = [
      String(ed25519().export({ ...options, type: 'pkcs8' })),
      String(ecdsa('secp256k1').export({ ...options, type: 'sec1' })),
    ];
    for (const pem of encrypted) {
      expect(() => identityFromPem(pem, 'key.pem', 'Export it.')).toThrow(
        'The key in key.pem is encrypted. Export it.',
      );
    }
  });

  test('that the IC does not know is refused, and so is what is no key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    for (const pem of [pkcs8(rsa), pkcs8(ecdsa('secp384r1')), inPem(Buffer.from('00', 'hex')), 'no key', '']) {
      expect(() => identityFromPem(pem, 'key.pem', '')).toThrow(/key\.pem holds no private key that the IC knows/);
    }
  });
});
