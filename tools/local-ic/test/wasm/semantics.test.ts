import { describe, expect, test } from 'vitest';
import { assemble, Guest, invoke, prepare, type Value } from './harness.ts';

type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

const NAN32 = '0x7fa00001';
const SAMPLES: Readonly<Record<Type, readonly string[]>> = {
  i32: ['0', '1', '-1', '7', '-2147483648', '2147483647', '0x12345678', '33'],
  i64: ['0', '1', '-1', '-9223372036854775808', '9223372036854775807', '0x123456789abcdef0', '65'],
  f32: ['0', '-0', '1.5', '-2.5', '1e30', '-inf', 'inf', 'nan', '-nan', 'nan:0x200001', '2147483648', '1e-45'],
  f64: ['0', '-0', '1.5', '-2.5', '1e300', '-inf', 'inf', 'nan', '-nan', 'nan:0x4000000000001', '9.3e18', '5e-324'],
  v128: [
    'i32x4 0 0 0 0',
    'i32x4 1 -1 0x7fffffff 0x80000000',
    'i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16',
    'f32x4 1.5 -0 inf -2.5',
    'f64x2 -1.5 1e300',
    `i32x4 ${NAN32} 0xffc00000 0x3f800000 0x7f800000`,
    'i64x2 0x7ff4000000000001 0xfff8000000000000',
  ],
};

const names = (type: string, list: string): string[] => list.split(' ').map((name) => `${type}.${name}`);

/** Operator families by their type: [operators, operands, result]. */
const FAMILIES: readonly (readonly [readonly string[], readonly Type[], Type])[] = [
  [names('i32', 'clz ctz popcnt eqz extend8_s extend16_s'), ['i32'], 'i32'],
  [names('i32', 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'), ['i32', 'i32'], 'i32'],
  [names('i32', 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'), ['i32', 'i32'], 'i32'],
  [names('i64', 'clz ctz popcnt extend8_s extend16_s extend32_s'), ['i64'], 'i64'],
  [names('i64', 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'), ['i64', 'i64'], 'i64'],
  [names('i64', 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'), ['i64', 'i64'], 'i32'],
  [['i64.eqz', 'i32.wrap_i64'], ['i64'], 'i32'],
  [names('f32', 'abs neg ceil floor trunc nearest sqrt'), ['f32'], 'f32'],
  [names('f32', 'add sub mul div min max copysign'), ['f32', 'f32'], 'f32'],
  [names('f32', 'eq ne lt gt le ge'), ['f32', 'f32'], 'i32'],
  [names('f64', 'abs neg ceil floor trunc nearest sqrt'), ['f64'], 'f64'],
  [names('f64', 'add sub mul div min max copysign'), ['f64', 'f64'], 'f64'],
  [names('f64', 'eq ne lt gt le ge'), ['f64', 'f64'], 'i32'],
  [names('i32', 'trunc_f32_s trunc_f32_u trunc_sat_f32_s trunc_sat_f32_u reinterpret_f32'), ['f32'], 'i32'],
  [names('i32', 'trunc_f64_s trunc_f64_u trunc_sat_f64_s trunc_sat_f64_u'), ['f64'], 'i32'],
  [names('i64', 'trunc_f32_s trunc_f32_u trunc_sat_f32_s trunc_sat_f32_u'), ['f32'], 'i64'],
  [names('i64', 'trunc_f64_s trunc_f64_u trunc_sat_f64_s trunc_sat_f64_u reinterpret_f64'), ['f64'], 'i64'],
  [names('i64', 'extend_i32_s extend_i32_u'), ['i32'], 'i64'],
  [names('f32', 'convert_i32_s convert_i32_u reinterpret_i32'), ['i32'], 'f32'],
  [names('f32', 'convert_i64_s convert_i64_u'), ['i64'], 'f32'],
  [names('f64', 'convert_i32_s convert_i32_u'), ['i32'], 'f64'],
  [names('f64', 'convert_i64_s convert_i64_u reinterpret_i64'), ['i64'], 'f64'],
  [['f32.demote_f64'], ['f64'], 'f32'],
  [['f64.promote_f32'], ['f32'], 'f64'],
];

const INTEGER_COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const SIMD_FAMILIES: typeof FAMILIES = [
  [
    [
      ...names('v128', 'and andnot or xor'),
      ...names('i8x16', `${INTEGER_COMPARE} narrow_i16x8_s narrow_i16x8_u add add_sat_s add_sat_u sub sub_sat_s`),
      ...names('i8x16', 'sub_sat_u min_s min_u max_s max_u avgr_u swizzle'),
      ...names('i16x8', `${INTEGER_COMPARE} q15mulr_sat_s narrow_i32x4_s narrow_i32x4_u add add_sat_s add_sat_u sub`),
      ...names('i16x8', 'sub_sat_s sub_sat_u mul min_s min_u max_s max_u avgr_u extmul_low_i8x16_s'),
      ...names('i16x8', 'extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u'),
      ...names('i32x4', `${INTEGER_COMPARE} add sub mul min_s min_u max_s max_u dot_i16x8_s extmul_low_i16x8_s`),
      ...names('i32x4', 'extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u'),
      ...names('i64x2', 'eq ne lt_s gt_s le_s ge_s add sub mul extmul_low_i32x4_s extmul_high_i32x4_s'),
      ...names('i64x2', 'extmul_low_i32x4_u extmul_high_i32x4_u'),
      ...names('f32x4', 'eq ne lt gt le ge add sub mul div min max pmin pmax'),
      ...names('f64x2', 'eq ne lt gt le ge add sub mul div min max pmin pmax'),
      'i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31',
    ],
    ['v128', 'v128'],
    'v128',
  ],
  [
    [
      'v128.not',
      ...names('i8x16', 'abs neg popcnt'),
      ...names('i16x8', 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u abs neg extend_low_i8x16_s'),
      ...names('i16x8', 'extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u'),
      ...names('i32x4', 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u abs neg extend_low_i16x8_s'),
      ...names('i32x4', 'extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u trunc_sat_f32x4_s'),
      ...names('i32x4', 'trunc_sat_f32x4_u trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero'),
      ...names('i64x2', 'abs neg extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u'),
      ...names('f32x4', 'ceil floor trunc nearest abs neg sqrt convert_i32x4_s convert_i32x4_u demote_f64x2_zero'),
      ...names('f64x2', 'ceil floor trunc nearest abs neg sqrt convert_low_i32x4_s convert_low_i32x4_u'),
      'f64x2.promote_low_f32x4',
    ],
    ['v128'],
    'v128',
  ],
  [
    [
      'v128.any_true',
      ...['i8x16', 'i16x8', 'i32x4', 'i64x2'].flatMap((shape) => names(shape, 'all_true bitmask')),
      ...names('i8x16', 'extract_lane_s@3 extract_lane_u@3'),
      ...names('i16x8', 'extract_lane_s@3 extract_lane_u@3'),
      'i32x4.extract_lane@3',
    ],
    ['v128'],
    'i32',
  ],
  [['i64x2.extract_lane@1'], ['v128'], 'i64'],
  [['f32x4.extract_lane@2'], ['v128'], 'f32'],
  [['f64x2.extract_lane@1'], ['v128'], 'f64'],
  [['i8x16', 'i16x8', 'i32x4', 'i64x2'].flatMap((shape) => names(shape, 'shl shr_s shr_u')), ['v128', 'i32'], 'v128'],
  [['i8x16.replace_lane@5', 'i16x8.replace_lane@5', 'i32x4.replace_lane@1'], ['v128', 'i32'], 'v128'],
  [['i64x2.replace_lane@1'], ['v128', 'i64'], 'v128'],
  [['f32x4.replace_lane@1'], ['v128', 'f32'], 'v128'],
  [['f64x2.replace_lane@1'], ['v128', 'f64'], 'v128'],
  [['i8x16.splat', 'i16x8.splat', 'i32x4.splat'], ['i32'], 'v128'],
  [['i64x2.splat'], ['i64'], 'v128'],
  [['f32x4.splat'], ['f32'], 'v128'],
  [['f64x2.splat'], ['f64'], 'v128'],
  [['v128.bitselect'], ['v128', 'v128', 'v128'], 'v128'],
];

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
function moduleFor([operators, operands, result]: (typeof FAMILIES)[number]): { text: string; cases: string[] } {
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
