import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSnapshotId,
  encodeSnapshotId,
  isPrincipalText,
  principalFromText,
  principalToText,
  snapshotIdFromHex,
  snapshotIdToHex,
} from '../../src/index.ts';

const principalBytes = fc.uint8Array({ maxLength: 29 });

describe('principals', () => {
  it('agree with an SDK for any bytes', () => {
    fc.assert(
      fc.property(principalBytes, (bytes) => {
        const text = Principal.fromUint8Array(bytes).toText();
        expect(principalToText(bytes)).toBe(text);
        expect(principalFromText(text)).toEqual(bytes);
      }),
    );
  });

  it('know the management canister and the anonymous caller', () => {
    expect(principalToText(new Uint8Array())).toBe('aaaaa-aa');
    expect(principalToText(Uint8Array.of(4))).toBe('2vxsx-fae');
  });

  it('refuse a wrong checksum, case, dash or length', () => {
    for (const text of [
      '',
      'aaaaa-ab',
      'bkyz2-fmaaa-aaaaa-qaaaq-caj',
      'BKYZ2-FMAAA-AAAAA-QAAAQ-CAI',
      'bkyz2fmaaaaaaaaqaaaqcai',
      'bkyz2-fmaaa-aaaaa-qaaaq-cai-',
      'not a principal',
    ])
      expect(isPrincipalText(text), text).toBe(false);
  });

  it('refuse text with one character changed', () => {
    const text = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 1 }),
        fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567-'),
        (at, by) => {
          const changed = text.slice(0, at) + by + text.slice(at + 1);
          expect(isPrincipalText(changed)).toBe(changed === text);
        },
      ),
    );
  });
});

describe('snapshot ids', () => {
  it('read the first snapshot of the chat as canister and number 0', () => {
    const id = snapshotIdFromHex('000000000000000080000000001000010101')!;
    expect(decodeSnapshotId(id)).toEqual({ canister: 'bkyz2-fmaaa-aaaaa-qaaaq-cai', number: 0n });
  });

  it('come back from bytes and hexadecimal text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 29 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (bytes, number) => {
          const parts = { canister: principalToText(bytes), number };
          const id = encodeSnapshotId(parts)!;
          expect(decodeSnapshotId(id)).toEqual(parts);
          expect(snapshotIdFromHex(snapshotIdToHex(id))).toEqual(id);
        },
      ),
    );
  });

  it('refuse what cannot be one', () => {
    expect(decodeSnapshotId(new Uint8Array(8))).toBeUndefined();
    expect(decodeSnapshotId(new Uint8Array(38))).toBeUndefined();
    expect(snapshotIdFromHex('00zz')).toBeUndefined();
    expect(snapshotIdFromHex('000')).toBeUndefined();
    expect(encodeSnapshotId({ canister: 'nobody', number: 0n })).toBeUndefined();
    expect(encodeSnapshotId({ canister: 'bkyz2-fmaaa-aaaaa-qaaaq-cai', number: 2n ** 64n })).toBeUndefined();
  });
});
