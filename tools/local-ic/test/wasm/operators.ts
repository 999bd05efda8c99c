/** Every operator of WebAssembly that computes a value from values, with samples of each type. */

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

const NAN32 = '0x7fa00001';
export const SAMPLES: Readonly<Record<Type, readonly string[]>> = {
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

/** Operators of one type: [operators, operands, result]; "@3" stands for a lane. */
export type Family = readonly [readonly string[], readonly Type[], Type];

export const FAMILIES: readonly Family[] = [
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
export const SIMD_FAMILIES: readonly Family[] = [
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
