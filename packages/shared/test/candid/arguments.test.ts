/** Arguments are read as the Candid library reads them, and no bytes make that take long. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backupManagerTypes,
  encodeRefusal,
  failure,
  hexToBytes,
  readArguments,
  SHAPES,
  type Shape,
} from '../../src/index.ts';

const TYPES = backupManagerTypes<IDL.Type>(IDL);
const EXPECTED = backupManagerTypes<Shape>(SHAPES);
const NAMES = (Object.keys(TYPES) as (keyof typeof TYPES)[]).filter(
  (name) => !name.endsWith('Result') && name !== 'HttpResponse',
);
const reading = { steps: 2_000, principal: (bytes: Uint8Array) => Principal.fromUint8Array(bytes) };

const read = (bytes: Uint8Array, shapes: readonly Shape[], steps = 2_000) =>
  readArguments(bytes, shapes, { ...reading, steps });
const hex = (text: string) => hexToBytes(text.replaceAll(' ', ''))!;

/** Any value of a type. */
function anyOf(type: IDL.Type): fc.Arbitrary<unknown> {
  const inner = type as unknown as { _type: IDL.Type; _fields: [string, IDL.Type][] };
  if (type instanceof IDL.TupleClass) return fc.tuple(...inner._fields.map(([, of]) => anyOf(of)));
  if (type instanceof IDL.RecordClass) {
    const fields = inner._fields.map(([label, of]) => [label, anyOf(of)]);
    return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true });
  }
  if (type instanceof IDL.VariantClass)
    return fc.oneof(...inner._fields.map(([tag, of]) => anyOf(of).map((value) => ({ [tag]: value }))));
  if (type instanceof IDL.OptClass)
    return fc.oneof(
      fc.constant([]),
      anyOf(inner._type).map((value) => [value]),
    );
  if (type instanceof IDL.VecClass && inner._type.name === 'nat8') return fc.uint8Array({ maxLength: 40 });
  if (type instanceof IDL.VecClass) return fc.array(anyOf(inner._type), { maxLength: 4 });
  return primitive(type.name);
}

function primitive(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'principal':
      return fc.uint8Array({ maxLength: 29 }).map((bytes) => Principal.fromUint8Array(bytes));
    case 'text':
      return fc.string({ unit: 'binary' });
    case 'bool':
      return fc.boolean();
    case 'null':
    case 'reserved':
      return fc.constant(null);
    case 'int':
      return fc.bigInt({ min: -1000n, max: 1000n });
    case 'nat':
    case 'nat64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    default:
      return fc.nat(255);
  }
}

/** Types that a sender may think of: those of another build, with fields that came or went, or were of another type. */
const PRIMITIVES = [IDL.Text, IDL.Nat, IDL.Nat64, IDL.Nat8, IDL.Bool, IDL.Null, IDL.Principal, IDL.Reserved, IDL.Int];
function related(type: IDL.Type): fc.Arbitrary<IDL.Type> {
  const inner = type as unknown as { _type: IDL.Type; _fields: [string, IDL.Type][] };
  const other = fc.constantFrom<IDL.Type>(...PRIMITIVES, IDL.Opt(IDL.Nat8), IDL.Vec(IDL.Nat8), IDL.Record({}));
  const same = (): fc.Arbitrary<IDL.Type> => {
    if (type instanceof IDL.OptClass) return related(inner._type).map((of) => IDL.Opt(of));
    // The library takes any vector for bytes; that is no behavior to hold ourselves to.
    if (type.name === 'vec nat8') return fc.constant(type);
    if (type instanceof IDL.VecClass) return related(inner._type).map((of) => IDL.Vec(of));
    if (!(type instanceof IDL.RecordClass) || type instanceof IDL.TupleClass) return fc.constant(type);
    const fields = inner._fields.map(([label, of]) =>
      fc.tuple(fc.constant(label), related(of), fc.integer({ min: 0, max: 30 })),
    );
    const more = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), other, fc.constant(1)), { maxLength: 2 });
    return fc
      .tuple(more, ...fields)
      .map(([unknown, ...known]) =>
        IDL.Record(Object.fromEntries([...unknown, ...known].flatMap(([l, t, kept]) => (kept === 0 ? [] : [[l, t]])))),
      );
  };
  return fc.oneof({ weight: 1, arbitrary: other }, { weight: 40, arbitrary: same() });
}

function library(type: IDL.Type, bytes: Uint8Array): unknown {
  try {
    return { Ok: IDL.decode([type], bytes) };
  } catch {
    return 'refused';
  }
}

/** Principals by their text, because each library has its own class. */
function plain(value: unknown): unknown {
  if (value instanceof Principal) return value.toText();
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([label, inner]) => [label, plain(inner)]),
  );
}

describe('arguments', () => {
  it.each(NAMES)('%s: read as the library reads them, from senders of this build and of others', (name) => {
    const sent = related(TYPES[name]).chain((type) =>
      anyOf(type).map((value) => new Uint8Array(IDL.encode([type], [value]))),
    );
    let taken = 0;
    fc.assert(
      fc.property(sent, (bytes) => {
        const [theirs, ours] = [library(TYPES[name], bytes), read(bytes, [EXPECTED[name]])];
        if (theirs === 'refused') {
          expect(ours).toHaveProperty('Err');
        } else {
          taken += 1;
          expect(plain(ours)).toEqual(plain(theirs));
        }
      }),
      { numRuns: 40, seed: 10 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it('that are surplus are ignored, those that are missing are nothing if they may be', () => {
    const none = hex('4449444c 00 00');
    expect(read(none, [])).toEqual({ Ok: [] });
    expect(read(none, [EXPECTED.TargetsArg])).toEqual({ Ok: [[]] });
    expect(read(none, [EXPECTED.SnapshotArg])).toHaveProperty('Err');
    expect(read(new Uint8Array(IDL.encode([IDL.Text, IDL.Nat], ['more', 7n])), [])).toEqual({ Ok: [] });
  });

  it.each([
    ['no bytes', ''],
    ['a surplus vector of 100 million nulls', '4449444c 016d7f 0100 80c2d72f'],
    ['a vector of as many reserved', '4449444c 016d70 0100 80c2d72f'],
    ['a vector of as many empty records', '4449444c 026d016c00 0100 80c2d72f'],
    ['a type table that says it is long', '4449444c ffffffff0f'],
    ['a type that is its own option, nested 50 times', `4449444c 016e00 0100 ${'01'.repeat(50)}00`],
    ['a record that holds itself', '4449444c 016c010000 0100'],
    ['a natural of 10,000 bytes for a policy', `4449444c 00 017d ${'80'.repeat(10_000)}01`],
    ['a text longer than the message', '4449444c 00 0171 ffffffff0f'],
    ['text that is no UTF-8', '4449444c 00 0171 02c328'],
    ['a principal of 30 bytes', `4449444c 00 0168 01 1e ${'00'.repeat(30)}`],
    ['bytes behind the last value', '4449444c 00 00 00'],
    ['15,000 empty ids', `4449444c 016d68 0100 9875 ${'0100'.repeat(15_000)}`],
  ])('%s: refused', (_, message) => {
    for (const shapes of [[], [EXPECTED.Principal], [SHAPES.Text], [SHAPES.Nat], [SHAPES.Vec(SHAPES.Null)]]) {
      if (shapes.length === 0 && /natural|text|principal of/.test(_) && !_.includes('longer')) continue;
      expect(read(hex(message), shapes)).toHaveProperty('Err');
    }
  });

  it('that no honest sender needs run out of steps, those that one does have plenty', () => {
    const policy = {
      schedule: { calendar: { cron: '* * * * *' } },
      keep: 8,
      mode: { stop: null },
      retention: [{ last: 1, hourly: 1, daily: 1, weekly: 1, monthly: 1 }],
      quiet_hours: [{ from: 1, to: 2 }],
      jitter_seconds: [1],
      immediate: [true],
      skip_unchanged: [true],
      max_downtime_seconds: [30],
      margin: [{ days: 1, cycles: 1n }],
      after_restore: [{ method: 'a', arg: new Uint8Array(10_000) }],
      probe: [
        {
          method: 'a',
          arg: new Uint8Array(1_000),
          tripwires: Array.from({ length: 8 }, () => ({
            measure: { natural: 1 },
            at_least: [2n ** 128n - 1n],
            shrinks_at_most_percent: [1],
          })),
        },
      ],
    };
    const canister = Principal.fromText('aaaaa-aa');
    const bytes = new Uint8Array(IDL.encode([TYPES.SetPolicyArg], [{ canister, policy }]));
    expect(plain(read(bytes, [EXPECTED.SetPolicyArg], 500))).toEqual(
      plain({ Ok: IDL.decode([TYPES.SetPolicyArg], bytes) }),
    );
  });
});

describe('a refusal', () => {
  it.each(Object.keys(TYPES).filter((name) => name.endsWith('Result') && name !== 'ProxyResult'))(
    'is an %s to every library',
    (name) => {
      const { code, message } = failure('target_not_found', { canister: 'kanister – ä' });
      const Err = { code, message, context: [['canister', 'kanister – ä']] as [string, string][] };
      expect(IDL.decode([TYPES[name as keyof typeof TYPES]], encodeRefusal(Err))).toEqual([{ Err }]);
    },
  );
});
