import { ascii } from '@canister-backup/shared';
import { describe, expect, it } from 'vitest';
import {
  decodeAscii,
  decodeJson,
  decodeNat64,
  encodeJson,
  encodeNat64,
  packBigints,
  unpackBigints,
} from '../src/store/codec.ts';

describe('JSON in ASCII', () => {
  it.each([
    null,
    0,
    'plain',
    'zażółć 🙂 \u2028 " \\ \n \u0000 \u007f \u0080 \uffff',
    { a: [1, { b: 'ü' }], c: true },
    'x'.repeat(5000),
    [],
  ])('brings back %j', (value) => {
    const bytes = encodeJson(value);
    expect(Math.max(...bytes)).toBeLessThan(128);
    expect(decodeJson(bytes)).toEqual(value);
  });

  it('does not take other bytes for its own', () => {
    expect(() => decodeJson(Uint8Array.of(0xff, 0x00))).toThrow();
  });
});

describe('keys', () => {
  it('come back, and sort as numbers', () => {
    const numbers = [0n, 1n, 2n, 9n, 10n, 255n, 256n, 2n ** 40n, 2n ** 64n - 1n];
    const keys = numbers.map((n) => Buffer.from(encodeNat64(n)));
    expect([...keys].sort(Buffer.compare)).toEqual(keys);
    expect(keys.map((key) => decodeNat64(key))).toEqual(numbers);
  });

  it('of text come back', () => {
    expect(decodeAscii(ascii('bkyz2-fmaaa-aaaaa-qaaaq-cai'))).toBe('bkyz2-fmaaa-aaaaa-qaaaq-cai');
  });
});

describe('bigints', () => {
  it('are text while they are stored, and absent ones stay absent', () => {
    const record = { a: 5n, b: 'text', c: undefined };
    expect(packBigints(record, ['a', 'c'])).toEqual({ a: '5', b: 'text', c: undefined });
    expect(unpackBigints(packBigints(record, ['a', 'c']), ['a', 'c'])).toEqual(record);
  });
});
