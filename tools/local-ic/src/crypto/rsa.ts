import { bytesToHex, concatBytes, equalBytes, hexToBytes, sha256 } from '../bytes.ts';

/** DER before a SHA-256 digest in a signature (RFC 8017, section 9.2, note 1). */
const SHA256_PREFIX = hexToBytes('3031300d060960864801650304020105000420');
/** Bits of a key's modulus; and its exponent, at most (what authenticators make lies well inside). */
const MIN_BITS = 2_048;
const MAX_BITS = 8_192;
const MAX_EXPONENT_BYTES = 4;

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2). Checking needs no secret, so that plain arithmetic will do. */
export function rsaVerify(
  key: { readonly modulus: Uint8Array; readonly exponent: Uint8Array },
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  const modulus = toNumber(key.modulus);
  const bits = modulus.toString(2).length;
  const exponent = toNumber(key.exponent);
  if (bits < MIN_BITS || bits > MAX_BITS || key.exponent.length > MAX_EXPONENT_BYTES || exponent < 3n) return false;
  const length = Math.ceil(bits / 8);
  const value = toNumber(signature);
  if (signature.length !== length || value >= modulus) return false;
  const encoded = hexToBytes(
    power(value, exponent, modulus)
      .toString(16)
      .padStart(length * 2, '0'),
  );
  return equalBytes(encoded, expected(message, length));
}

/** 00 01, bytes ff, 00, then the digest with its prefix. */
function expected(message: Uint8Array, length: number): Uint8Array {
  const digest = concatBytes(SHA256_PREFIX, sha256(message));
  const padding = new Uint8Array(length - digest.length - 3).fill(0xff);
  return concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), digest);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}
