import { encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, equalBytes } from '../src/bytes.ts';
import { readCbor } from '../src/cbor.ts';
import { MAX_API_BODY_BYTES, MAX_CBOR_ITEMS } from '../src/limits.ts';

/** As large as a body may be: a head, then one byte again and again. */
function filled(head: readonly number[], byte: number): Uint8Array {
  const bytes = new Uint8Array(MAX_API_BODY_BYTES).fill(byte);
  bytes.set(head);
  return bytes;
}

const MANY = [0x9a, 0, 0x4f, 0xff, 0xfb];

describe('CBOR of a stranger', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['millions of empty arrays', filled(MANY, 0x80), /more than 200000 values/],
    ['millions of empty maps', filled(MANY, 0xa0), /more than 200000 values/],
    ['millions of numbers', filled(MANY, 0), /more than 200000 values/],
    ['millions of pieces of one text', filled([0x7f], 0x60), /more than 200000 values/],
    [
      'a number of millions of digits',
      filled([0xc2, 0x5a, 0, 0x4f, 0xff, 0xfa], 0xff),
      /integer of more than 16 bytes/,
    ],
    ['a number in pieces', Uint8Array.of(0xc3, 0x5f, 0x41, 1, 0xff), /integer of more than 16 bytes/],
    ['a number that is a text', Uint8Array.of(0xc2, 0x61, 0x31), /integer of more than 16 bytes/],
    ['a regular expression', encode(new Tag(35, '(a+)+b')), /the tag 35/],
    ['a date', encode(new Tag(0, '2020-01-01T00:00:00Z')), /the tag 0/],
  ])('%s is not even read', (_name, bytes, reason) => {
    expect(() => readCbor(bytes)).toThrow(reason);
  });

  test('the most values that there may be are read', () => {
    const most = Array.from({ length: MAX_CBOR_ITEMS - 1 }, () => 0);
    expect(readCbor(encode(most))).toHaveLength(most.length);
    expect(() => readCbor(encode([...most, 0]))).toThrow(/more than/);
  });

  test('what content says does not count', () => {
    const arg = new Uint8Array(MAX_API_BODY_BYTES).fill(0x80);
    const read = readCbor(encode(new Tag(55_799, { arg, large: 2n ** 64n }))) as Record<string, unknown>;
    expect([read.large, equalBytes(read.arg as Uint8Array, arg)]).toEqual([2n ** 64n, true]);
  });

  test('any values are read as they were written, and no prefix of them is', () => {
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ maxLength: 30 }),
        fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }),
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noInteger: true }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 8 }), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    const normal = (read: unknown): unknown => {
      if (typeof read === 'number' && Number.isInteger(read)) return BigInt(read);
      if (Array.isArray(read)) return read.map(normal);
      const isMap = typeof read === 'object' && read !== null && Object.getPrototypeOf(read) === Object.prototype;
      return isMap ? Object.fromEntries(Object.entries(read).map(([key, one]) => [key, normal(one)])) : read;
    };
    const property = fc.property(value, fc.nat(), (written, cut) => {
      const bytes = encode(written);
      expect(normal(readCbor(bytes))).toEqual(normal(written));
      const short = bytes.subarray(0, cut % bytes.length);
      expect(() => readCbor(short)).toThrow();
      expect(() => readCbor(concatBytes(bytes, bytes))).toThrow();
    });
    fc.assert(property, { numRuns: 200 });
  });
});
