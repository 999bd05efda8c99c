import { bls12_381 } from '@noble/curves/bls12-381.js';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, utf8 } from '../../src/bytes.ts';
import { blsPublicKey, blsSecretKey, blsSign, blsVerify } from '../../src/crypto/index.ts';
import { randomBytes } from '../../src/random.ts';
import { createState } from '../../src/state/create.ts';
import { nodeOf, rootKeyOf, signAsSubnet, subnetIdOf } from '../../src/state/subnet-keys.ts';

const secret = blsSecretKey(new Uint8Array(48).fill(3));
const publicKey = blsPublicKey(secret);
const message = utf8('\x0Dic-state-root');

describe('BLS12-381', () => {
  test('signatures and keys are those of the audited, slower arithmetic', () => {
    const bytes = Buffer.from(secret.toString(16).padStart(64, '0'), 'hex');
    const { shortSignatures: scheme } = bls12_381;
    const hashed = scheme.hash(message, 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
    expect(blsSign(secret, message)).toEqual(scheme.Signature.toBytes(scheme.sign(hashed, bytes)));
    expect(publicKey.slice(37)).toEqual(scheme.getPublicKey(bytes).toBytes());
  });

  test('a signature is of one key and one message', () => {
    const signature = blsSign(secret, message);
    expect([publicKey.length, signature.length]).toEqual([133, 48]);
    expect(blsVerify(publicKey, signature, message)).toBe(true);
    expect(blsVerify(publicKey, signature, utf8('another'))).toBe(false);
    expect(blsVerify(blsPublicKey(secret + 1n), signature, message)).toBe(false);
  });

  test('what is no key or no signature is refused', () => {
    const signature = blsSign(secret, message);
    expect(blsVerify(publicKey.subarray(1), signature, message)).toBe(false);
    expect(
      blsVerify(
        publicKey.map((byte, at) => (at === 3 ? byte ^ 1 : byte)),
        signature,
        message,
      ),
    ).toBe(false);
    expect(blsVerify(publicKey, signature.subarray(1), message)).toBe(false);
    expect(blsVerify(publicKey, new Uint8Array(48), message)).toBe(false);
  });

  test('no secret key is zero', () => {
    expect(blsSecretKey(new Uint8Array(48))).toBe(1n);
    expect(blsSecretKey(new Uint8Array(48).fill(0xff))).toBeLessThan(bls12_381.fields.Fr.ORDER);
  });
});

describe("a subnet's keys", () => {
  const { config } = createState({});

  test('the known key of the default seed is the one that follows from it', () => {
    const random = concatBytes(...['0', '1'].map((part) => randomBytes(config.seed, 'subnet_key', part)));
    expect(bytesToHex(rootKeyOf(config))).toBe(bytesToHex(blsPublicKey(blsSecretKey(random))));
  });

  test('sign what they are to verify, and differ by seed', () => {
    const other = createState({ seed: new Uint8Array(32).fill(1) }).config;
    expect(blsVerify(rootKeyOf(config), signAsSubnet(config, message), message)).toBe(true);
    expect(blsVerify(rootKeyOf(other), signAsSubnet(other, message), message)).toBe(true);
    expect(blsVerify(rootKeyOf(other), signAsSubnet(config, message), message)).toBe(false);
    expect(subnetIdOf(other)).not.toBe(subnetIdOf(config));
    expect(nodeOf(other).id).not.toBe(nodeOf(config).id);
    expect(nodeOf(config).publicKey).toHaveLength(44);
  });
});
