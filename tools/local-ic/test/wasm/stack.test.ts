import { describe, expect, test } from 'vitest';
import { DEFAULT_CALL_STACK_BYTES } from '../../src/wasm/index.ts';
import { type Guest, guest, type Outcome } from './harness.ts';

const DEPTH = '(global $depth (export "depth") (mut i32) (i32.const 0))';
const DEEPER = 'global.get $depth i32.const 1 i32.add global.set $depth';

const locals = (count: number, type: string): string => `(local ${`${type} `.repeat(count)})`;

/** Recursions of different frame shapes; each exports "f" and counts its depth. */
const RECURSIONS: readonly (readonly [string, string])[] = [
  ['bare', `(module ${DEPTH} (func $f (export "f") ${DEEPER} call $f))`],
  [
    'many locals, kept over the call',
    `(module ${DEPTH} (memory 1) (func $f (export "f") ${locals(60, 'i64')} ${DEEPER}
      ${Array.from({ length: 60 }, (_, i) => `i32.const ${i * 8} i64.load local.set ${i}`).join(' ')} call $f
      ${Array.from({ length: 60 }, (_, i) => `i32.const ${i * 8} local.get ${i} i64.store`).join(' ')}))`,
  ],
  [
    'vectors',
    `(module ${DEPTH} (memory 1) (func $f (export "f") ${locals(20, 'v128')} ${DEEPER}
      ${Array.from({ length: 20 }, (_, i) => `i32.const ${i * 16} v128.load local.set ${i}`).join(' ')} call $f
      ${Array.from({ length: 20 }, (_, i) => `i32.const ${i * 16} local.get ${i} v128.store`).join(' ')}))`,
  ],
  [
    'parameters on the stack',
    `(module ${DEPTH} (func $f (param ${'f64 '.repeat(30)}) ${DEEPER}
      ${Array.from({ length: 30 }, (_, i) => `local.get ${i}`).join(' ')} call $f)
      (func (export "f") ${'f64.const 1 '.repeat(30)} call $f))`,
  ],
  [
    'operands below the call',
    `(module ${DEPTH} (memory 1) (func $f (export "f") (result i32) ${DEEPER}
      ${'i32.const 0 i32.load '.repeat(50)} call $f ${'i32.add '.repeat(50)}))`,
  ],
  [
    'through the table',
    `(module ${DEPTH} (type $t (func)) (table funcref (elem $f))
      (func $f (export "f") ${DEEPER} i32.const 0 call_indirect (type $t)))`,
  ],
  ['two functions in turn', `(module ${DEPTH} (func $f (export "f") ${DEEPER} call $g) (func $g ${DEEPER} call $f))`],
  [
    'with several results',
    `(module ${DEPTH} (func $f (result i32 i64 f64) ${DEEPER} call $f return)
      (func (export "f") call $f drop drop drop))`,
  ],
];

function overflow(g: Guest, stack: number): Outcome & { readonly depth: number } {
  g.global('depth').value = 0;
  const outcome = g.call('f', [], { stack });
  return { ...outcome, depth: g.global('depth').value as number };
}

describe('recursion without end stops at the budget, long before the host stack ends', () => {
  test.each(RECURSIONS)('%s', (_, text) => {
    const g = guest(text);
    // Once cold and often, so that both of V8's compilers had their turn.
    const depths = Array.from({ length: 20 }, () => {
      const { result, stackOverflow, outOfGas, depth } = overflow(g, DEFAULT_CALL_STACK_BYTES);
      expect({ result, stackOverflow, outOfGas }).toEqual({
        result: { trap: 'unreachable' },
        stackOverflow: true,
        outOfGas: false,
      });
      return depth;
    });
    expect(new Set(depths).size).toBe(1);
    expect(depths[0]).toBeGreaterThan(500);
  });

  test('the depth grows with the budget', () => {
    const g = guest(RECURSIONS[0]?.[1] ?? '');
    const [one, two] = [overflow(g, 100_000).depth, overflow(g, 200_000).depth];
    expect(two / one).toBeCloseTo(2, 1);
  });
});

describe('every way out of a function gives its stack back', () => {
  const WAYS: readonly (readonly [string, string])[] = [
    ['falling through', 'nop'],
    ['return', 'return'],
    ['return from inside blocks', 'block block loop return end end end'],
    ['a branch to the function', 'block br 1 end'],
    ['a conditional branch to the function', 'i32.const 1 br_if 0'],
    ['a branch table', 'block i32.const 1 br_table 0 1 end'],
    ['a tail call', 'return_call $none'],
    ['an indirect tail call', 'i32.const 0 return_call_indirect (type $t)'],
  ];

  test.each(WAYS)('%s', (_, way) => {
    // $maybe could recurse, so it is accounted; a thousand calls in turn need no more stack than one.
    const g = guest(`(module (type $t (func)) (table funcref (elem $none)) (func $none)
      (func $maybe (param i32) local.get 0 if i32.const 0 call $maybe end ${way})
      (func (export "f") (local i32) loop i32.const 0 call $maybe
        local.get 0 i32.const 1 i32.add local.tee 0 i32.const 1000 i32.lt_u br_if 0 end))`);
    expect(g.call('f', [], { stack: 1000 })).toMatchObject({ result: undefined, stackOverflow: false });
  });

  test('values are returned unharmed', () => {
    const g = guest(`(module (func $f (export "f") (param i32) (result i32 i64 f64)
      local.get 0 i32.eqz if i32.const 7 i64.const 8 f64.const 9 return end
      local.get 0 i32.const 1 i32.sub call $f
      local.get 0 i32.const 3 i32.eq if (param i32 i64 f64) (result i32 i64 f64) br 1 end))`);
    expect(g.call('f', [5]).result).toEqual([7, 8n, 9]);
  });

  test('tail calls without end are ended by instructions, not by the stack', () => {
    const g = guest(`(module (func $f (export "f") (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
      ${Array.from({ length: 10 }, (_, i) => `local.get ${i}`).join(' ')} return_call $f))`);
    const zeros = Array.from({ length: 10 }, () => 0n);
    expect(g.call('f', zeros, { stack: 2000, gas: 1_000_000n })).toMatchObject({
      stackOverflow: false,
      outOfGas: true,
    });
  });
});

test('calls without recursion need no accounting: a chain of small functions fits the reserve', () => {
  const chain = Array.from({ length: 100 }, (_, i) => `(func $f${i} call $f${i + 1})`).join(' ');
  const g = guest(`(module ${chain} (func $f100) (func (export "f") call $f0))`);
  expect(g.call('f', [], { stack: 1 })).toMatchObject({ result: undefined, stackOverflow: false });
});

test('a long chain of large frames is accounted though it does not recurse', () => {
  const chain = Array.from({ length: 100 }, (_, i) => `(func $f${i} ${locals(1000, 'i64')} call $f${i + 1})`).join(' ');
  const g = guest(`(module ${chain} (func $f100) (func (export "f") call $f0))`);
  expect(g.call('f', [], { stack: 100_000 }).stackOverflow).toBe(true);
  expect(g.call('f', [], { stack: 1_000_000 }).stackOverflow).toBe(false);
});

test('after an overflow the instance goes on with a full stack', () => {
  const g = guest(`(module (func $f (export "f") (param i32) local.get 0 if local.get 0 call $f end))`);
  expect(g.call('f', [1]).stackOverflow).toBe(true);
  expect(g.call('f', [0])).toMatchObject({ result: undefined, stackOverflow: false });
});
