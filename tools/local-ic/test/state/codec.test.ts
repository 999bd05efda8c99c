import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LocalIcError } from '../../src/errors.ts';
import { PAGE_BYTES } from '../../src/limits.ts';
import { clonePlain } from '../../src/state/clone.ts';
import { decodeState, encodeState, type Saved } from '../../src/state/codec.ts';
import { createState } from '../../src/state/create.ts';
import { EMPTY_MEMORY, type PagedMemory, readMemory, withPages } from '../../src/state/pages.ts';

/** Any value that a state may hold: what matters is that each comes back as the same kind. */
const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.bigInt(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(fc.string(), { maxLength: 4 }).map((entries) => new Set(entries)),
  ),
})).value;

function saved(extra: unknown): Saved {
  const state = createState({});
  return { state: { ...state, extra } as unknown as Saved['state'], submitted: 3n };
}

function extraOf(value: Saved): unknown {
  return (value.state as unknown as { extra: unknown }).extra;
}

describe('the saved form of a state', () => {
  it('gives every value back as it was', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(extraOf(decodeState(encodeState(saved(value))))).toEqual(value);
      }),
    );
  });

  it('is the same for equal states, whatever they share', () => {
    const page = () => new Uint8Array(PAGE_BYTES).fill(3);
    const shared = page();
    const one = withPages(EMPTY_MEMORY, 65_536, [
      [0, shared],
      [1, shared],
    ]);
    const two = withPages(EMPTY_MEMORY, 65_536, [
      [0, page()],
      [1, page()],
    ]);
    expect(Buffer.compare(encodeState(saved(one)), encodeState(saved(two)))).toBe(0);
  });

  it('writes a shared page once', () => {
    const page = new Uint8Array(PAGE_BYTES).fill(3);
    const image = withPages(EMPTY_MEMORY, 65_536, [[0, page]]);
    const once = encodeState(saved([image])).length;
    const tenTimes = encodeState(saved(new Array(10).fill(image))).length;
    expect(tenTimes - once).toBeLessThan(PAGE_BYTES);
  });

  it('brings memories back', () => {
    const image = withPages(EMPTY_MEMORY, 131_072, [[17, new Uint8Array(PAGE_BYTES).fill(9)]]);
    const back = extraOf(decodeState(encodeState(saved(image)))) as PagedMemory;
    expect(back.size).toBe(131_072);
    expect(Buffer.compare(readMemory(back, 0, back.size), readMemory(image, 0, image.size))).toBe(0);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['noise', new Uint8Array([1, 2, 3, 250])],
    ['other CBOR', new Uint8Array(encode({ hello: 1 }))],
    ['torn pages', new Uint8Array(encode({ format: 'local-ic', version: 1, pages: new Uint8Array(5), root: null }))],
    ['another root', new Uint8Array(encode({ format: 'local-ic', version: 1, pages: new Uint8Array(0), root: 5 }))],
  ])('refuses %s as no state', (_name, bytes) => {
    expect(() => decodeState(bytes)).toThrow(LocalIcError);
    expect(() => decodeState(bytes)).toThrow(/not a saved local-ic state/);
  });

  it('refuses a state of a version that it does not know, by its number', () => {
    const newer = new Uint8Array(encode({ format: 'local-ic', version: 2, pages: new Uint8Array(0), root: null }));
    expect(() => decodeState(newer)).toThrow(/format version 2; this build reads version 1/);
  });

  it('refuses any prefix of a state', () => {
    const whole = encodeState(saved(withPages(EMPTY_MEMORY, 65_536, [[0, new Uint8Array(PAGE_BYTES).fill(1)]])));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(() => decodeState(whole.slice(0, length))).toThrow(LocalIcError);
      }),
    );
  });
});

describe('cloning plain data', () => {
  it('copies everything but byte arrays and memories', () => {
    const bytes = new Uint8Array([1]);
    const value = { map: new Map([['a', { list: [1, bytes] }]]), image: EMPTY_MEMORY };
    const copy = clonePlain(value);
    expect(copy).toEqual(value);
    expect(copy.map.get('a')).not.toBe(value.map.get('a'));
    expect(copy.map.get('a')?.list[1]).toBe(bytes);
    expect(copy.image).toBe(EMPTY_MEMORY);
  });
});
