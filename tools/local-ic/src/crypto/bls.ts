import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts';
import { assert } from '../errors.ts';

/**
 * BLS12-381 as the Internet Computer signs its state with (interface specification, "Certification"): signatures in G1,
 * keys in G2.
 *
 * Secret keys here are keys of a test network that anybody can derive from its seed, so that the faster arithmetic, whose
 * time depends on the secret, is used.
 */
const CIPHERSUITE = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
const DER_PREFIX = hexToBytes('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100');
/** Bytes of a compressed point of G2, and of G1. */
const KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;

const { Fr } = bls12_381.fields;

/** A secret key, from 48 random bytes: enough for every key to be equally likely. */
export function blsSecretKey(random: Uint8Array): bigint {
  assert(random.length >= 48, 'a BLS key is made of 48 random bytes');
  return (BigInt(`0x${bytesToHex(random)}`) % (Fr.ORDER - 1n)) + 1n;
}

/** DER, 133 bytes. */
export function blsPublicKey(secret: bigint): Uint8Array {
  return concatBytes(DER_PREFIX, bls12_381.G2.Point.BASE.multiplyUnsafe(secret).toBytes());
}

/** 48 bytes. */
export function blsSign(secret: bigint, message: Uint8Array): Uint8Array {
  return hashToCurve(message).multiplyUnsafe(secret).toBytes();
}

/** False also for a key or a signature that is none. */
export function blsVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  const point = publicKey.subarray(DER_PREFIX.length);
  const isKey = point.length === KEY_BYTES && DER_PREFIX.every((byte, at) => publicKey[at] === byte);
  if (!isKey || signature.length !== SIGNATURE_BYTES) return false;
  try {
    return bls12_381.shortSignatures.verify(signature, hashToCurve(message), point);
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

function hashToCurve(message: Uint8Array) {
  return bls12_381.shortSignatures.hash(message, CIPHERSUITE);
}
