/** Held to the Candid library that everybody else uses. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type About, encodeAbout, labelsOf, readAnswer } from '../../src/index.ts';

const encode = (type: IDL.Type, value: unknown) => new Uint8Array(IDL.encode([type], [value]));
const canister_id = IDL.Principal;

describe('an argument about a canister', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 29 });

  it.each<[string, IDL.Type, fc.Arbitrary<About | undefined>, (about: About) => object]>([
    ['alone', IDL.Record({ canister_id }), fc.constant(undefined), () => ({})],
    [
      'with a snapshot',
      IDL.Record({ canister_id, snapshot_id: IDL.Vec(IDL.Nat8) }),
      fc.record({ snapshot_id: fc.uint8Array({ maxLength: 40 }) }),
      (about) => about,
    ],
    [
      'with uninstall_code',
      IDL.Record({ canister_id, uninstall_code: IDL.Opt(IDL.Bool) }),
      fc.record({ uninstall_code: fc.boolean() }),
      (about) => ({ uninstall_code: 'uninstall_code' in about ? [about.uninstall_code] : [] }),
    ],
    [
      'with a number of changes',
      IDL.Record({ canister_id, num_requested_changes: IDL.Opt(IDL.Nat64) }),
      fc.record({ num_requested_changes: fc.nat({ max: 255 }) }),
      (about) => ({ num_requested_changes: 'num_requested_changes' in about ? [about.num_requested_changes] : [] }),
    ],
  ])('%s', (_, type, about, more) => {
    fc.assert(
      fc.property(bytes, about, (canister, given) => {
        const value = { canister_id: Principal.fromUint8Array(canister), ...(given && more(given)) };
        expect(Buffer.from(encodeAbout(canister, given))).toEqual(Buffer.from(encode(type, value)));
      }),
    );
  });
});

describe('an answer', () => {
  const Answer = IDL.Record({
    status: IDL.Variant({ running: IDL.Null, stopped: IDL.Null, other: IDL.Text }),
    module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    cycles: IDL.Nat,
    version: IDL.Nat64,
    small: IDL.Nat32,
    list: IDL.Vec(IDL.Record({ id: IDL.Vec(IDL.Nat8), at: IDL.Nat64, by: IDL.Principal })),
    // What nobody wants stands in between, of every kind.
    a_text: IDL.Text,
    a_number: IDL.Int,
    a_float: IDL.Float64,
    b_func: IDL.Func([IDL.Nat], [], ['query']),
    z_opt: IDL.Opt(IDL.Record({ cycles_too: IDL.Nat, texts: IDL.Vec(IDL.Text), bools: IDL.Vec(IDL.Bool) })),
    z_variant: IDL.Variant({ one: IDL.Int8, two: IDL.Vec(IDL.Nat) }),
  });
  const labels = labelsOf(
    ...['status', 'running', 'stopped', 'module_hash', 'cycles', 'version', 'small', 'list', 'id', 'at', 'by'],
  );
  const blob = fc.uint8Array({ maxLength: 20 });
  const principal = fc.uint8Array({ maxLength: 29 }).map((bytes) => Principal.fromUint8Array(bytes));
  const nat = fc.bigInt({ min: 0n, max: 2n ** 140n });
  const nat64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const none: [] = [];
  const given = fc.record(
    {
      status: fc.constantFrom({ running: null }, { stopped: null }, { other: 'x' }),
      module_hash: fc.oneof(fc.constant(none), fc.tuple(blob)),
      cycles: nat,
      version: nat64,
      small: fc.nat({ max: 2 ** 32 - 1 }),
      list: fc.array(fc.record({ id: blob, at: nat64, by: principal }, { noNullPrototype: true }), { maxLength: 4 }),
      a_text: fc.string(),
      a_number: fc.bigInt(-(2n ** 70n), 2n ** 70n),
      a_float: fc.double({ noNaN: true }),
      b_func: fc.tuple(principal, fc.string({ maxLength: 9 })),
      z_opt: fc.oneof(
        fc.constant(none),
        fc.tuple(
          fc.record(
            { cycles_too: nat, texts: fc.array(fc.string(), { maxLength: 3 }), bools: fc.array(fc.boolean()) },
            { noNullPrototype: true },
          ),
        ),
      ),
      z_variant: fc.oneof(
        fc.record({ one: fc.integer({ min: -128, max: 127 }) }, { noNullPrototype: true }),
        fc.record({ two: fc.array(nat, { maxLength: 3 }) }, { noNullPrototype: true }),
      ),
    },
    { noNullPrototype: true },
  );

  it('has the fields that are wanted, whatever else is in it', () => {
    fc.assert(
      fc.property(given, (value) => {
        const { status, module_hash, cycles, version, small, list } = value;
        expect(readAnswer(encode(Answer, value), labels)).toEqual({
          status: 'other' in status ? {} : { [Object.keys(status)[0]!]: undefined },
          module_hash: module_hash[0],
          cycles,
          version,
          small,
          list: list.map(({ id, at, by }) => ({ id, at, by: by.toUint8Array() })),
        });
      }),
    );
  });

  it('that is cut off is refused', () => {
    fc.assert(
      fc.property(given, fc.nat(), (value, at) => {
        const bytes = encode(Answer, value);
        expect(() => readAnswer(bytes.subarray(0, at % bytes.length), labels)).toThrow();
      }),
    );
  });
});
