import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { describe, expect, test } from 'vitest';
import { candidText, typedText } from '../src/candid/text.ts';

const text = (type: IDL.Type, value: unknown): string => candidText([type], [value]);

describe('values on one line', () => {
  test.each<[string, IDL.Type, unknown]>([
    ['(vec { "Hi there!" })', IDL.Vec(IDL.Text), ['Hi there!']],
    ['(vec {})', IDL.Vec(IDL.Text), []],
    ['(0 : nat64)', IDL.Nat64, 0n],
    ['(1_234_567 : nat)', IDL.Nat, 1_234_567n],
    ['(-1_000 : int32)', IDL.Int32, -1000],
    ['(123 : nat8)', IDL.Nat8, 123],
    ['(1.0 : float64)', IDL.Float64, 1],
    ['(opt (5 : nat64))', IDL.Opt(IDL.Nat64), [5n]],
    ['(opt "a")', IDL.Opt(IDL.Text), ['a']],
    ['(null)', IDL.Opt(IDL.Nat64), []],
    ['(variant { Ok })', IDL.Variant({ Ok: IDL.Null, Err: IDL.Text }), { Ok: null }],
    ['(variant { Err = "no" })', IDL.Variant({ Ok: IDL.Null, Err: IDL.Text }), { Err: 'no' }],
    ['(record { "a"; 1 : nat })', IDL.Tuple(IDL.Text, IDL.Nat), ['a', 1n]],
    ['(principal "aaaaa-aa")', IDL.Principal, Principal.managementCanister()],
    ['(blob "\\00\\ff")', IDL.Vec(IDL.Nat8), Uint8Array.of(0, 255)],
    ['(blob "abc")', IDL.Vec(IDL.Nat8), Uint8Array.of(97, 98, 99)],
    ['("it\\\'s \\"quoted\\"\\n")', IDL.Text, 'it\'s "quoted"\n'],
    ['(record { "text" = true })', IDL.Record({ text: IDL.Bool }), { text: true }],
  ])('%s', (expected, type, value) => {
    expect(text(type, value)).toBe(expected);
  });

  test('no value at all', () => {
    expect(candidText([], [])).toBe('()');
  });

  test('two values', () => {
    expect(candidText([IDL.Text, IDL.Bool], ['a', true])).toBe('("a", true)');
  });
});

describe('values as a person types them', () => {
  const type = IDL.Record({ a: IDL.Opt(IDL.Nat), b: IDL.Opt(IDL.Record({ c: IDL.Opt(IDL.Text), d: IDL.Nat })) });

  test.each<[string, unknown]>([
    ['(record {})', { a: [], b: [] }],
    ['(record { b = opt record { d = 1 : nat } })', { a: [], b: [{ c: [], d: 1n }] }],
    ['(record { a = opt (0 : nat) })', { a: [0n], b: [] }],
  ])('%s', (expected, value) => {
    expect(typedText([type], [value])).toBe(expected);
  });

  test('a null that is an argument itself stays', () => {
    expect(typedText([IDL.Opt(IDL.Nat)], [[]])).toBe('(null)');
  });
});

describe('values that are too long for a line', () => {
  const type = IDL.Record({
    canister: IDL.Principal,
    snapshot_id: IDL.Vec(IDL.Nat8),
    outcome: IDL.Variant({ Ok: IDL.Null }),
    age: IDL.Opt(IDL.Nat64),
  });

  test('are broken after each field, with a separator after the last, fields in the order of their hashes', () => {
    const canister = Principal.fromText('bkyz2-fmaaa-aaaaa-qaaaq-cai');
    const value = { canister, snapshot_id: new Uint8Array(18), outcome: { Ok: null }, age: [21_600n] };
    expect(text(IDL.Variant({ Ok: type }), { Ok: value })).toBe(`(
  variant {
    Ok = record {
      age = opt (21_600 : nat64);
      canister = principal "bkyz2-fmaaa-aaaaa-qaaaq-cai";
      outcome = variant { Ok };
      snapshot_id = blob "${'\\00'.repeat(18)}";
    }
  },
)`);
  });

  test('a vector of more than ten items stays on one line', () => {
    const eleven = Array.from({ length: 11 }, () => 1n);
    expect(text(IDL.Vec(IDL.Nat64), eleven)).toBe(`(\n  vec {${' 1 : nat64;'.repeat(11)}},\n)`);
  });
});
