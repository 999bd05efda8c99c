import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_NATURAL, MAX_NATURALS, naturalsOf } from '../../src/index.ts';

const encode = (types: IDL.Type[], values: unknown[]) => new Uint8Array(IDL.encode(types, values));

describe('the naturals of a Candid message', () => {
  it.each<[string, IDL.Type[], unknown[], bigint[]]>([
    ['of nothing', [], [], []],
    ['of every size', [IDL.Nat8, IDL.Nat16, IDL.Nat32, IDL.Nat64, IDL.Nat], [1, 2, 3, 4n, 5n], [1n, 2n, 3n, 4n, 5n]],
    ['at the largest', [IDL.Nat64, IDL.Nat], [2n ** 64n - 1n, 2n ** 100n], [2n ** 64n - 1n, 2n ** 100n]],
    ['cut to 128 bits', [IDL.Nat, IDL.Nat], [2n ** 128n, 2n ** 9000n], [LARGEST_NATURAL, LARGEST_NATURAL]],
    ['not the integers', [IDL.Int, IDL.Int64, IDL.Nat], [7n, -8n, 9n], [9n]],
    ['not text, lengths or blobs', [IDL.Vec(IDL.Text), IDL.Vec(IDL.Nat8)], [['a', 'b'], new Uint8Array(300)], []],
    ['of vectors', [IDL.Vec(IDL.Nat32)], [[4, 5, 6]], [4n, 5n, 6n]],
    ['of what is there', [IDL.Opt(IDL.Nat), IDL.Opt(IDL.Nat)], [[], [3n]], [3n]],
    [
      'of the tag that is meant',
      [IDL.Variant({ a: IDL.Nat, b: IDL.Record({ n: IDL.Nat8, t: IDL.Text }) })],
      [{ b: { n: 8, t: 'x' } }],
      [8n],
    ],
    [
      'behind everything else',
      [IDL.Bool, IDL.Float32, IDL.Float64, IDL.Null, IDL.Reserved, IDL.Principal, IDL.Vec(IDL.Bool), IDL.Nat],
      [true, 1, 2, null, null, Principal.fromText('aaaaa-aa'), [true, false], 6n],
      [6n],
    ],
    [
      'behind references',
      [IDL.Func([IDL.Nat], [IDL.Text], ['query']), IDL.Service({ f: IDL.Func([], []) }), IDL.Nat],
      [[Principal.fromText('2vxsx-fae'), 'method'], Principal.fromText('2vxsx-fae'), 6n],
      [6n],
    ],
  ])('%s', (_, types, values, expected) => {
    expect(naturalsOf(encode(types, values))).toEqual(expected);
  });

  it('come in the order of the fields’ hashes, as they are in the message', () => {
    const Stats = IDL.Record({ messages: IDL.Nat64, users: IDL.Nat64 });
    const inOrder = Stats._fields.map(([name]) => (name === 'messages' ? 1n : 2n));
    expect(naturalsOf(encode([Stats], [{ messages: 1n, users: 2n }]))).toEqual(inOrder);
  });

  it('of a list that contains itself', () => {
    const List = IDL.Rec();
    List.fill(IDL.Opt(IDL.Record({ head: IDL.Nat, tail: List })));
    expect(naturalsOf(encode([List], [[{ head: 1n, tail: [{ head: 2n, tail: [] }] }]]))).toEqual([1n, 2n]);
  });

  it(`are at most ${MAX_NATURALS}`, () => {
    const many = Array.from({ length: 100 }, (_, i) => BigInt(i));
    expect(naturalsOf(encode([IDL.Vec(IDL.Nat)], [many]))).toEqual(many.slice(0, MAX_NATURALS));
  });

  it('of a message that claims more than it holds are found without walking all of it', () => {
    const billionNulls = Uint8Array.of(
      0x44,
      0x49,
      0x44,
      0x4c,
      1,
      0x6d,
      0x7f,
      2,
      0,
      0x7b,
      0x80,
      0x94,
      0xeb,
      0xdc,
      0x03,
      1,
    );
    expect(naturalsOf(billionNulls)).toEqual([]);
    // type 0 = record { 0 : type 0 }, which has no value of finite size
    const endless = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 1, 0x6c, 1, 0, 0, 1, 0);
    expect(naturalsOf(endless)).toEqual([]);
  });

  it('skip values of types that are not invented yet', () => {
    // type 0 = opcode -25 (0x67), described by two bytes; its value has three bytes and no references
    const future = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 1, 0x67, 2, 9, 9, 2, 0, 0x7b, 3, 0, 1, 2, 3, 42);
    expect(naturalsOf(future)).toEqual([42n]);
  });

  it('of what is not Candid are undefined', () => {
    expect(naturalsOf(new Uint8Array())).toBeUndefined();
    expect(naturalsOf(new TextEncoder().encode('{"count": 1}'))).toBeUndefined();
    const whole = encode([IDL.Record({ a: IDL.Nat64, b: IDL.Text })], [{ a: 300n, b: 'text' }]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(naturalsOf(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it('of a message that claims four billion arguments are undefined', () => {
    expect(naturalsOf(Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 128, 128, 128, 128, 16))).toBeUndefined();
  });

  it('never fail with anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const found = naturalsOf(Uint8Array.of(0x44, 0x49, 0x44, 0x4c, ...bytes));
        expect(found === undefined || found.length <= MAX_NATURALS).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('are those that were encoded', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), count: fc.bigInt({ min: 0n, max: 2n ** 70n }) })), (rows) => {
        const Row = IDL.Record({ name: IDL.Text, count: IDL.Nat });
        const counts = rows.map(({ count }) => count).slice(0, MAX_NATURALS);
        expect(naturalsOf(encode([IDL.Vec(Row)], [rows.map((row) => ({ ...row }))]))).toEqual(counts);
      }),
    );
  });
});
