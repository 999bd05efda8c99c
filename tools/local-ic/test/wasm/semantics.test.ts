import { describe, expect, test } from 'vitest';
import { assemble, Guest, invoke, prepare, type Value } from './harness.ts';
import { FAMILIES, type Family, SAMPLES, SIMD_FAMILIES, type Type } from './operators.ts';

/** The bits of a value on the stack go to memory at 0, so that nothing on the way to JavaScript can touch them. */
function store(type: Type, value: string): string {
  return `i32.const 0 ${value} ${type}.store`;
}

function combinations(operands: readonly Type[]): string[] {
  return operands.reduce<string[]>(
    (lists, type) => lists.flatMap((list) => SAMPLES[type].map((sample) => `${list} ${type}.const ${sample}`)),
    [''],
  );
}

/** A function per operator and sample, "0", "1", …; each stores the bits of its result. */
function moduleFor([operators, operands, result]: Family): { text: string; cases: string[] } {
  const cases = operators.flatMap((operator) =>
    combinations(operands).map((values) => `${values} ${operator.replace('@', ' ')}`),
  );
  const functions = cases.map((code, i) => `(func (export "${i}") ${store(result, code)})`).join('\n');
  return { text: `(module (memory (export "m") 1) ${functions})`, cases };
}

function bits(instance: WebAssembly.Instance): Buffer {
  return Buffer.from((instance.exports.m as WebAssembly.Memory).buffer, 0, 16);
}

/** Replaces NaNs by the canonical one, as WebAssembly allows an arithmetic operator to choose any of them. */
function canonical(buffer: Buffer, lanes: 'f32' | 'f64'): string {
  const copy = Buffer.from(buffer);
  for (let at = 0; at < 16; at += lanes === 'f32' ? 4 : 8) {
    if (lanes === 'f32' && Number.isNaN(copy.readFloatLE(at))) copy.writeUInt32LE(0x7fc00000, at);
    if (lanes === 'f64' && Number.isNaN(copy.readDoubleLE(at))) copy.writeBigUInt64LE(0x7ff8000000000000n, at);
  }
  return copy.toString('hex');
}

/** Operators that compute with floats; all others must keep every bit. */
const FLOAT_ARITHMETIC =
  /\b(f32|f64|f32x4|f64x2)\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote\w*|promote\w*)$/;

describe.each([
  ['scalar', FAMILIES],
  ['SIMD', SIMD_FAMILIES],
] as const)('%s operators give the same bits, and canonical NaNs where the choice is free', (_, families) => {
  test.each(families.map((family) => [`${family[1].join(' ')} to ${family[2]}: ${family[0][0]} …`, family] as const))(
    '%s',
    (__, family) => {
      const { text, cases } = moduleFor(family);
      const bytes = assemble(text);
      const original = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const g = new Guest(prepare(bytes));
      cases.forEach((code, i) => {
        const expected = invoke(original, String(i), []);
        const { result } = g.call(String(i));
        expect(result, code).toEqual(expected);
        const arithmetic = FLOAT_ARITHMETIC.exec(code);
        const actual = bits(g.instance).toString('hex');
        if (arithmetic === null) expect(actual, code).toBe(bits(original).toString('hex'));
        else expect(actual, code).toBe(canonical(bits(original), arithmetic[1]?.startsWith('f32') ? 'f32' : 'f64'));
      });
    },
  );
});

/** Modules with results to compare: [name, text, calls]. */
const PROGRAMS: readonly (readonly [string, string, readonly (readonly [string, ...Value[]])[]])[] = [
  [
    'loads and stores of every width, and their bounds',
    `(module (memory 1) (data (i32.const 0) "\\01\\82\\03\\84\\05\\86\\07\\88")
      ${['i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u', 'i32.load']
        .map((op) => `(func (export "${op}") (param i32) (result i32) local.get 0 ${op} offset=1)`)
        .join(' ')}
      ${['i64.load8_s', 'i64.load8_u', 'i64.load16_s', 'i64.load16_u', 'i64.load32_s', 'i64.load32_u', 'i64.load']
        .map((op) => `(func (export "${op}") (param i32) (result i64) local.get 0 ${op} align=1)`)
        .join(' ')}
      ${['i32.store8', 'i32.store16', 'i32.store']
        .map((op) => `(func (export "${op}") (param i32) local.get 0 i32.const -2 ${op} offset=300)`)
        .join(' ')}
      ${['i64.store8', 'i64.store16', 'i64.store32', 'i64.store']
        .map((op) => `(func (export "${op}") (param i32) local.get 0 i64.const -3 ${op})`)
        .join(' ')})`,
    [
      'i32.load8_s',
      'i32.load16_u',
      'i32.load',
      'i64.load8_s',
      'i64.load32_u',
      'i64.load',
      'i32.store16',
      'i64.store32',
    ].flatMap((name) => [0, 3, 65_530, 65_536, -1].map((at) => [name, at] as const)),
  ],
  [
    'vector loads and stores with lanes',
    `(module (memory 1) (data (i32.const 0) "0123456789abcdef")
      ${[
        'v128.load8x8_s',
        'v128.load8x8_u',
        'v128.load16x4_s',
        'v128.load32x2_u',
        'v128.load8_splat',
        'v128.load64_zero',
      ]
        .map((op) => `(func (export "${op}") (param i32) (result i64) local.get 0 ${op} i64x2.extract_lane 0)`)
        .join(' ')}
      (func (export "lane") (param i32) (result i64) local.get 0 v128.const i64x2 1 2 v128.load16_lane 5
        i64x2.extract_lane 1)
      (func (export "storeLane") (param i32) (result i32) local.get 0 v128.const i32x4 1 2 3 4 v128.store32_lane offset=8 2
        local.get 0 i32.load offset=8))`,
    ['v128.load8x8_s', 'v128.load16x4_s', 'v128.load8_splat', 'v128.load64_zero', 'lane', 'storeLane'].flatMap((name) =>
      [0, 5, 65_530, 65_535].map((at) => [name, at] as const),
    ),
  ],
  [
    'memory.size, memory.grow and bulk memory',
    `(module (memory 1 4) (data $d "passive") (func (export "size") (result i32) memory.size)
      (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
      (func (export "fill") (param i32 i32) (result i32) local.get 0 i32.const 9 local.get 1 memory.fill
        i32.const 10 i32.load8_u)
      (func (export "copy") (param i32 i32) (result i32) i32.const 100 local.get 0 local.get 1 memory.copy
        i32.const 104 i32.load8_u)
      (func (export "init") (param i32 i32) (result i32) i32.const 200 local.get 0 local.get 1 memory.init $d
        i32.const 201 i32.load8_u))`,
    [
      ['size'],
      ['fill', 8, 20],
      ['fill', 65_530, 7],
      ['copy', 6, 12],
      ['copy', 0, -1],
      ['init', 1, 5],
      ['init', 5, 3],
      ['grow', 2],
      ['size'],
      ['grow', 2],
      ['fill', 65_530, 7],
    ],
  ],
  [
    'control flow with values, several results and block parameters',
    `(module (func (export "block") (param i32) (result i32)
        block (result i32) i32.const 1 local.get 0 br_if 0 i32.const 2 i32.add end)
      (func (export "swap") (param i32 i64) (result i64 i32) local.get 1 local.get 0)
      (func (export "params") (param i32) (result i32)
        local.get 0 i32.const 5 block (param i32 i32) (result i32) i32.add end
        loop (param i32) (result i32) i32.const 3 i32.sub local.tee 0 local.get 0 i32.const 0 i32.gt_s br_if 0 end)
      (func (export "if") (param i32) (result i32) local.get 0
        if (result i32) local.get 0 i32.const 2 i32.eq if i32.const 20 return end i32.const 10 else i32.const 30 end)
      (func (export "table") (param i32) (result i32)
        block (result i32) block (result i32) block (result i32)
          i32.const 100 local.get 0 br_table 0 1 2 0 end i32.const 1 i32.add end i32.const 1 i32.add end)
      (func (export "early") (param i32) (result f32 f64)
        local.get 0 if f32.const 1 f64.const 2 return end f32.const 3 f64.const 4
        local.get 0 i32.eqz br_if 0 unreachable)
      (func (export "select") (param i32) (result i64) i64.const 1 i64.const 2 local.get 0 select)
      (func (export "typed") (param i32) (result externref) ref.null extern ref.null extern local.get 0
        select (result externref))
      (func (export "trap") unreachable))`,
    [
      ...[0, 1, 2, 3, 9, -1].flatMap((n) =>
        ['block', 'params', 'if', 'table', 'early', 'select', 'typed'].map((name) => [name, n] as const),
      ),
      ['swap', 3, 4n],
      ['trap'],
    ],
  ],
  [
    'calls: direct, through the table, tail calls, references',
    `(module (type $u (func (param i32) (result i32))) (type $v (func)) (table $t 5 funcref)
      (elem (i32.const 0) $inc $dec $nothing) (elem declare func $inc)
      (func $inc (type $u) local.get 0 i32.const 1 i32.add) (func $dec (type $u) local.get 0 i32.const 1 i32.sub)
      (func $nothing)
      (func (export "indirect") (param i32 i32) (result i32) local.get 1 local.get 0 call_indirect (type $u))
      (func (export "tail") (param i32) (result i32) local.get 0 return_call $inc)
      (func (export "tailIndirect") (param i32 i32) (result i32) local.get 1 local.get 0 return_call_indirect (type $u))
      (func $even (export "even") (param i32) (result i32) local.get 0 i32.eqz if i32.const 1 return end
        local.get 0 i32.const 1 i32.sub return_call $odd)
      (func $odd (param i32) (result i32) local.get 0 i32.eqz if i32.const 0 return end
        local.get 0 i32.const 1 i32.sub return_call $even)
      (func $fib (export "fib") (param i32) (result i32) local.get 0 i32.const 2 i32.lt_u if local.get 0 return end
        local.get 0 i32.const 1 i32.sub call $fib local.get 0 i32.const 2 i32.sub call $fib i32.add)
      (func (export "isNull") (param i32) (result i32) local.get 0 table.get $t ref.is_null)
      (func (export "set") (param i32) (result i32) local.get 0 ref.func $inc table.set $t
        i32.const 1 local.get 0 call_indirect (type $u))
      (func (export "size") (result i32) table.size $t)
      (func (export "grow") (param i32) (result i32) ref.func $inc local.get 0 table.grow $t))`,
    [
      ...[0, 1, 2, 3, 5, -1].flatMap((n) => [['indirect', n, 10] as const, ['tailIndirect', n, 10] as const]),
      ['tail', 4],
      ['even', 20_001],
      ['fib', 15],
      ...[0, 2, 4, 5].map((n) => ['isNull', n] as const),
      ['set', 3],
      ['set', 9],
      ['grow', 3],
      ['size'],
      ['isNull', 7],
    ],
  ],
  [
    'globals and locals of every type',
    `(module (global $i (mut i32) (i32.const 1)) (global $j (mut i64) (i64.const 2)) (global $f (mut f32) (f32.const 3))
      (global $g (mut f64) (f64.const 4)) (global $v v128 (v128.const i64x2 5 6))
      (func (export "step") (result i32 i64 f32 f64 i64) (local i32 i64 f32 f64 v128)
        global.get $i i32.const 1 i32.add global.set $i global.get $j i64.const 1 i64.add global.set $j
        global.get $f f32.const 1 f32.add global.set $f global.get $g f64.const 1 f64.add global.set $g
        global.get $v v128.const i64x2 1 1 i64x2.add local.set 4
        global.get $i local.tee 0 global.get $j local.tee 1 global.get $f local.tee 2 global.get $g local.tee 3
        local.get 4 i64x2.extract_lane 1))`,
    [['step'], ['step'], ['step']],
  ],
];

test.each(PROGRAMS)('%s', (_, text, calls) => {
  const bytes = assemble(text);
  const original = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const g = new Guest(prepare(bytes));
  for (const [name, ...args] of calls) {
    expect(g.call(name, args).result, `${name} ${args}`).toEqual(invoke(original, name, args));
  }
});

describe('NaNs', () => {
  test('arithmetic leaves the canonical one, whatever came in', () => {
    const g = new Guest(
      prepare(
        assemble(`(module (func (export "f") (param i64 i64) (result i64)
          local.get 0 f64.reinterpret_i64 local.get 1 f64.reinterpret_i64 f64.sub i64.reinterpret_f64))`),
      ),
    );
    const cases: readonly (readonly [bigint, bigint])[] = [
      [0xfff8000000000000n, 0n],
      [0x7ff4000000000001n, 0xfff8000000000123n],
      [0x7ff0000000000000n, 0x7ff0000000000000n],
    ];
    for (const [a, b] of cases) {
      expect(BigInt.asUintN(64, g.call('f', [a, b]).result as bigint)).toBe(0x7ff8000000000000n);
    }
  });

  test('moving, negating and storing keeps the bits', () => {
    const g = new Guest(
      prepare(
        assemble(`(module (memory 1) (func (export "f") (param i64) (result i64)
          i32.const 0 local.get 0 f64.reinterpret_i64 f64.store i32.const 0 f64.load f64.neg i64.reinterpret_f64))`),
      ),
    );
    expect(BigInt.asUintN(64, g.call('f', [0x7ff4000000000123n]).result as bigint)).toBe(0xfff4000000000123n);
  });
});
