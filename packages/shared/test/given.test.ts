/** What people type: names, times in another unit, ids pasted as text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes, MAX_NAME, readName, readSnapshotId, readTime } from '../src/index.ts';

const ID = '000000000000000080000000001000010101';
const message = (result: ReturnType<typeof readTime | typeof readName | typeof readSnapshotId>) =>
  'Err' in result ? result.Err.message : undefined;

describe('a time', () => {
  it('in another unit is refused with the right number', () => {
    for (const [given, unit] of [
      [1_767_279_600n, 'seconds'],
      [1_767_279_600_000n, 'milliseconds'],
      [1_767_279_600_000_000n, 'microseconds'],
    ] as const) {
      const said = message(readTime('time', given));
      expect(said).toContain(`look like ${unit}`);
      expect(said).toContain('1767279600000000000 (2026-01-01 15:00:00 UTC)');
    }
  });

  it('in nanoseconds is taken, also the first one and one of the year 2200', () => {
    for (const given of [0n, 1n, 1_767_279_600_000_000_000n, 7_258_118_400_000_000_000n]) {
      expect(readTime('time', given)).toEqual({ Ok: given });
    }
  });

  it('that a refusal proposes is taken', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (given) => {
        const proposed = /then it is (\d+)/.exec(message(readTime('time', given)) ?? '')?.[1];
        if (proposed !== undefined) expect(readTime('time', BigInt(proposed))).toEqual({ Ok: BigInt(proposed) });
      }),
    );
  });
});

describe('the id of a snapshot', () => {
  it('that was pasted as text is refused with the blob to paste', () => {
    for (const text of [ID, ID.toUpperCase()]) {
      expect(message(readSnapshotId(new TextEncoder().encode(text)))).toContain(
        `blob "${'\\00'.repeat(8)}\\80\\00\\00\\00\\00\\10\\00\\01\\01\\01"`,
      );
    }
  });

  it('is taken as bytes', () => {
    const bytes = hexToBytes(ID)!;
    expect(readSnapshotId(bytes)).toEqual({ Ok: bytes });
    expect(bytesToHex(bytes)).toBe(ID);
  });
});

describe('a name', () => {
  it.each(['chat', 'Zahlungen Süd 2', '支払い', '🐈'.repeat(MAX_NAME)])('may be %s', (name) => {
    expect(readName(name)).toEqual({ Ok: name });
  });

  it.each([
    '',
    ' chat',
    'a\nb',
    '\u001b[31mred',
    'a\u202eb',
    'a\u200bb',
    'x'.repeat(MAX_NAME + 1),
    'bkyz2-fmaaa-aaaaa-qaaaq-cai',
  ])('may not be %j', (name) => {
    expect(message(readName(name))).toContain('1 to 100 printable characters');
  });

  it('that is printable has no control character in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if ('Ok' in readName(text)) expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
