import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../src/crypto/sha256.ts';

const reference = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('SHA-256', () => {
  it.each([
    // FIPS 180-4, examples of NIST.
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j is that of the standard', (text, hash) => {
    expect(hex(sha256(Buffer.from(text)))).toBe(hash);
  });

  it.each([55, 56, 63, 64, 65, 119, 120, 128, 1_000_003])('of %d bytes is that of Node', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) & 255);
    expect(hex(sha256(bytes))).toBe(reference(bytes));
  });

  it('of any bytes is that of Node, also of a part of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 40 }), (bytes, from) => {
        const part = bytes.subarray(from);
        expect(hex(sha256(part))).toBe(reference(part));
      }),
    );
  });
});
