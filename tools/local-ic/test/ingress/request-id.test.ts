import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes, utf8 } from '../../src/bytes.ts';
import { hashOfMap } from '../../src/ingress/request-id.ts';

/** The interface specification's own example ("Request ids"). */
const EXAMPLE = {
  request_type: 'call',
  sender: Uint8Array.of(4),
  ingress_expiry: 1_685_570_400_000_000_000n,
  canister_id: hexToBytes('00000000000004d2'),
  method_name: 'hello',
  arg: hexToBytes('4449444c00fd2a'),
};
const ID = '1d1091364d6bb8a6c16b203ee75467d59ead468f523eb058880ae8ec80e2b101';

describe('the representation-independent hash', () => {
  test("gives the specification's id for its example", () => {
    expect(bytesToHex(hashOfMap(EXAMPLE))).toBe(ID);
  });

  test('does not depend on the order of fields, nor on fields without a value', () => {
    const reversed = Object.fromEntries(Object.entries(EXAMPLE).reverse());
    expect(bytesToHex(hashOfMap({ ...reversed, nonce: undefined }))).toBe(ID);
  });

  test.each([
    ['a nonce', { nonce: new Uint8Array(0) }],
    ['another time', { ingress_expiry: 1_685_570_400_000_000_001n }],
    ['bytes for a text of the same bytes under another name', { method: utf8('hello') }],
  ])('depends on %s', (_name, change) => {
    expect(bytesToHex(hashOfMap({ ...EXAMPLE, ...change }))).not.toBe(ID);
  });

  test('tells lists of lists from flat ones', () => {
    const [a, b] = [utf8('a'), utf8('b')];
    const hashes = [[[a, b]], [[a], [b]], [a, b]].map((paths) => bytesToHex(hashOfMap({ paths })));
    expect(new Set(hashes).size).toBe(3);
  });
});
