import { beforeAll, describe, expect, test } from 'vitest';
import { type AzleSteps, loadAzle } from '../src/azle.ts';
import { compareInterfaces } from '../src/candid/compare.ts';
import { readCandid } from '../src/candid/read.ts';
import { AZLE } from './package-copy.ts';

let azle: AzleSteps;
beforeAll(async () => {
  azle = await loadAzle(AZLE);
});

async function differences(left: string, right: string): Promise<string[]> {
  const read = (did: string) => readCandid(did, azle.describeCandid);
  return compareInterfaces(await read(left), await read(right), { left: 'a.did', right: 'the code' });
}

/** Both as the only argument of a method, after shared declarations. */
function argument(type: string, declarations = ''): string {
  return `${declarations} service : () -> { m : (${type}) -> () }`;
}

describe('the same', () => {
  test.each([
    ['comments and white space', 'service:{m:(text)->()}', '// note\nservice : {\n  /* more */ m : (text) -> ();\n}'],
    ['names of arguments', argument('nat'), argument('amount : nat')],
    ['order of fields', argument('record { a : nat; b : text }'), argument('record { b : text; a : nat }')],
    ['order of methods', 'service : { a : () -> (); b : () -> () }', 'service : { b : () -> (); a : () -> () }'],
    ['names of types', argument('list', 'type item = nat; type list = vec item;'), argument('vec nat')],
    ['short forms', argument('blob'), argument('vec nat8')],
    ['tuples', argument('record { nat; text }'), argument('record { 1 : text; 0 : nat }')],
    ['tags without a value', argument('variant { a; b : null }'), argument('variant { b; a : null }')],
    [
      'types that mention themselves, unrolled once',
      argument('tree', 'type tree = record { nat; opt tree };'),
      argument('tree', 'type tree = record { nat; opt record { nat; opt tree } };'),
    ],
    [
      'types that mention each other',
      argument('a', 'type a = opt b; type b = vec a;'),
      argument('x', 'type x = opt vec x;'),
    ],
    ['references', argument('func (nat) -> () query'), argument('f', 'type f = func (nat) -> () query;')],
  ])('%s', async (_, left, right) => {
    expect(await differences(left, right)).toEqual([]);
    expect(await differences(right, left)).toEqual([]);
  });
});

describe('differences are named', () => {
  test.each([
    ['service : {}', 'service : { m : () -> () }', ['method m: missing in a.did']],
    ['service : { m : () -> () }', 'service : {}', ['method m: missing in the code']],
    [
      'service : { m : () -> () query }',
      'service : { m : () -> () }',
      ['method m: query in a.did, update in the code'],
    ],
    [
      'service : { m : () -> () query }',
      'service : { m : () -> () composite_query }',
      ['method m: query in a.did, composite_query in the code'],
    ],
    [
      'service : { m : (text, nat) -> () }',
      'service : { m : (text) -> (nat) }',
      ['method m, argument: 2 in a.did, 1 in the code', 'method m, result: 0 in a.did, 1 in the code'],
    ],
    [argument('nat'), argument('nat64'), ['method m, argument 1: nat in a.did, nat64 in the code']],
    [
      argument('vec opt record { a : nat; b : text }'),
      argument('vec opt record { a : int; c : text }'),
      [
        'method m, argument 1, vec, opt, field a: nat in a.did, int in the code',
        'method m, argument 1, vec, opt, field b: missing in the code',
        'method m, argument 1, vec, opt, field c: missing in a.did',
      ],
    ],
    [
      argument('variant { Ok; Err : text }'),
      argument('variant { Ok : nat; Err : text }'),
      ['method m, argument 1, tag Ok: null in a.did, nat in the code'],
    ],
    [argument('opt nat'), argument('vec nat'), ['method m, argument 1: opt in a.did, vec in the code']],
    [
      argument('record { nat }'),
      argument('variant { 0 : nat }'),
      ['method m, argument 1: record in a.did, variant in the code'],
    ],
    [
      argument('list', 'type list = record { nat; opt list };'),
      argument('list', 'type list = record { nat; opt record { int; opt list } };'),
      ['method m, argument 1, field _1_, opt, field _0_: nat in a.did, int in the code'],
    ],
    // Equal on the wire (97 is the hash of "a"), but not to a reader.
    [
      argument('record { 97 : nat }'),
      argument('record { a : nat }'),
      ['method m, argument 1, field _97_: missing in the code', 'method m, argument 1, field a: missing in a.did'],
    ],
    ['service : (nat) -> {}', 'service : () -> {}', ['init argument: 1 in a.did, 0 in the code']],
  ])('%s | %s', async (left, right, expected) => {
    expect(await differences(left, right)).toEqual(expected);
  });
});

test('text without a service is refused', async () => {
  await expect(readCandid('type a = nat;', azle.describeCandid)).rejects.toMatchObject({
    code: 'did_invalid',
    message: 'it has no service',
  });
});
