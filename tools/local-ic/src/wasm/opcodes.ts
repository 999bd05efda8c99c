/**
 * What the scanner must know of each operator: its immediates, how it changes the height of the operand stack, its
 * weight in the function complexity of dfinity/ic, and whether it can produce a NaN.
 * Numbers are those of the WebAssembly binary format, version 2, plus tail calls.
 */

/** Shape of an operator's immediates. Those up to `LastSimple` are read in the scanner's inner loop. */
export const Shape = {
  None: 0,
  /** One LEB128 number, whatever its width. */
  Leb: 1,
  MemoryAccess: 2,
  Bytes4: 3,
  Bytes8: 4,
  LastSimple: 4,
  /** 16 bytes: v128.const and i8x16.shuffle. */
  Bytes16: 5,
  Lane: 6,
  MemoryAccessAndLane: 7,
  ZeroByte: 8,
  ReferenceType: 9,
  Control: 10,
  Call: 11,
  CallIndirect: 12,
  TypedSelect: 13,
  TableSet: 14,
  /** No immediates, but the result may be a NaN. */
  NanProducer: 15,
  Prefixed: 16,
  Simd: 17,
  Unknown: 18,
} as const;

/** Kind of NaN an operator can produce. */
export const Nan = { None: 0, F32: 1, F64: 2, F32x4: 3, F64x2: 4 } as const;

/** Facts of one opcode space; `delta` is pushes minus pops. */
export interface OpcodeTable {
  readonly shape: Uint8Array;
  readonly delta: Int8Array;
  readonly complexity: Uint8Array;
  readonly nan: Uint8Array;
}

interface Entry {
  readonly shape: number;
  readonly delta: number;
  readonly complexity?: number;
}

function table(): OpcodeTable {
  return {
    shape: new Uint8Array(256).fill(Shape.Unknown),
    delta: new Int8Array(256),
    complexity: new Uint8Array(256).fill(1),
    nan: new Uint8Array(256),
  };
}

function fill(target: OpcodeTable, first: number, last: number, entry: Entry): void {
  target.shape.fill(entry.shape, first, last + 1);
  target.delta.fill(entry.delta, first, last + 1);
  if (entry.complexity !== undefined) target.complexity.fill(entry.complexity, first, last + 1);
}

function mark(target: OpcodeTable, kind: number, opcodes: readonly number[]): void {
  for (const opcode of opcodes) target.nan[opcode] = kind;
}

function weigh(target: OpcodeTable, weight: number, opcodes: readonly number[]): void {
  for (const opcode of opcodes) target.complexity[opcode] = weight;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function plainTable(): OpcodeTable {
  const t = table();
  fill(t, 0x00, 0x05, { shape: Shape.Control, delta: 0, complexity: 50 });
  fill(t, 0x0b, 0x0f, { shape: Shape.Control, delta: 0, complexity: 50 });
  weigh(t, 1, [0x00, 0x01, 0x05, 0x0b, 0x0f]);
  fill(t, 0x01, 0x01, { shape: Shape.None, delta: 0 });
  fill(t, 0x10, 0x10, { shape: Shape.Call, delta: 0, complexity: 50 });
  fill(t, 0x11, 0x11, { shape: Shape.CallIndirect, delta: 0, complexity: 50 });
  fill(t, 0x12, 0x12, { shape: Shape.Call, delta: 0, complexity: 50 });
  fill(t, 0x13, 0x13, { shape: Shape.CallIndirect, delta: 0, complexity: 50 });
  fill(t, 0x1a, 0x1a, { shape: Shape.None, delta: -1 });
  fill(t, 0x1b, 0x1b, { shape: Shape.None, delta: -2, complexity: 2 });
  fill(t, 0x1c, 0x1c, { shape: Shape.TypedSelect, delta: -2, complexity: 2 });
  fill(t, 0x20, 0x20, { shape: Shape.Leb, delta: 1 });
  fill(t, 0x21, 0x21, { shape: Shape.Leb, delta: -1 });
  fill(t, 0x22, 0x22, { shape: Shape.Leb, delta: 0 });
  fill(t, 0x23, 0x23, { shape: Shape.Leb, delta: 1, complexity: 2 });
  fill(t, 0x24, 0x24, { shape: Shape.Leb, delta: -1 });
  fill(t, 0x25, 0x25, { shape: Shape.Leb, delta: 0, complexity: 14 });
  fill(t, 0x26, 0x26, { shape: Shape.TableSet, delta: -2 });
  fill(t, 0x28, 0x35, { shape: Shape.MemoryAccess, delta: 0, complexity: 3 });
  fill(t, 0x36, 0x3e, { shape: Shape.MemoryAccess, delta: -2, complexity: 2 });
  fill(t, 0x3f, 0x3f, { shape: Shape.ZeroByte, delta: 1, complexity: 2 });
  fill(t, 0x40, 0x40, { shape: Shape.ZeroByte, delta: 0, complexity: 50 });
  fill(t, 0x41, 0x42, { shape: Shape.Leb, delta: 1 });
  fill(t, 0x43, 0x43, { shape: Shape.Bytes4, delta: 1 });
  fill(t, 0x44, 0x44, { shape: Shape.Bytes8, delta: 1 });
  numericOperators(t);
  fill(t, 0xd0, 0xd0, { shape: Shape.ReferenceType, delta: 1 });
  fill(t, 0xd1, 0xd1, { shape: Shape.None, delta: 0, complexity: 6 });
  fill(t, 0xd2, 0xd2, { shape: Shape.Leb, delta: 1, complexity: 8 });
  fill(t, 0xfc, 0xfc, { shape: Shape.Prefixed, delta: 0 });
  fill(t, 0xfd, 0xfd, { shape: Shape.Simd, delta: 0 });
  return t;
}

function numericOperators(t: OpcodeTable): void {
  const unary = { shape: Shape.None, delta: 0 };
  const binary = { shape: Shape.None, delta: -1 };
  fill(t, 0x45, 0x45, { ...unary, complexity: 2 });
  fill(t, 0x46, 0x4f, { ...binary, complexity: 2 });
  fill(t, 0x50, 0x50, { ...unary, complexity: 2 });
  fill(t, 0x51, 0x66, { ...binary, complexity: 2 });
  fill(t, 0x67, 0x69, unary);
  fill(t, 0x6a, 0x78, binary);
  fill(t, 0x79, 0x7b, unary);
  fill(t, 0x7c, 0x8a, binary);
  fill(t, 0x8b, 0x91, { ...unary, complexity: 2 });
  fill(t, 0x92, 0x98, binary);
  fill(t, 0x99, 0x9f, { ...unary, complexity: 2 });
  fill(t, 0xa0, 0xa6, binary);
  fill(t, 0xa7, 0xbf, { ...unary, complexity: 5 });
  fill(t, 0xc0, 0xc4, { ...unary, complexity: 2 });
  weigh(t, 2, [0x69, 0x7b, 0xa7, 0xbb, ...range(0xbc, 0xbf)]);
  weigh(t, 3, [...range(0x6d, 0x70), ...range(0x7f, 0x82), 0x61, 0x98, 0xa6]);
  weigh(t, 4, [0x8b, 0x8c, 0x99, 0x9a]);
  weigh(t, 1, [0x90, 0x9e]);
  mark(t, Nan.F32, [...range(0x8d, 0x97), 0xb6]);
  mark(t, Nan.F64, [...range(0x9b, 0xa5), 0xbb]);
  t.nan.forEach((kind, opcode) => {
    if (kind !== Nan.None) t.shape[opcode] = Shape.NanProducer;
  });
}

/** Opcodes after the prefix 0xfc. Those that need a look at their operands have a case in the scanner. */
function prefixedTable(): OpcodeTable {
  const t = table();
  fill(t, 0, 7, { shape: Shape.None, delta: 0, complexity: 3 });
  fill(t, 8, 17, { shape: Shape.Control, delta: -3 });
  fill(t, 9, 9, { shape: Shape.Control, delta: 0 });
  fill(t, 13, 13, { shape: Shape.Control, delta: 0 });
  fill(t, 15, 15, { shape: Shape.Control, delta: -1 });
  fill(t, 16, 16, { shape: Shape.Control, delta: 1 });
  weigh(t, 4, [10]);
  weigh(t, 3, [11]);
  return t;
}

/** Gaps in the numbering of the SIMD operators. */
const SIMD_RESERVED = [
  154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238,
];
/** SIMD operators that take one vector (or one scalar) and leave one value. */
const SIMD_UNARY = [
  ...range(15, 20),
  77,
  83,
  94,
  95,
  ...range(96, 100),
  ...range(103, 106),
  116,
  117,
  122,
  ...range(124, 127),
  128,
  129,
  131,
  132,
  ...range(135, 138),
  148,
  160,
  161,
  163,
  164,
  ...range(167, 170),
  192,
  193,
  195,
  196,
  ...range(199, 202),
  224,
  225,
  227,
  236,
  237,
  239,
  ...range(248, 255),
];

/** Opcodes after the prefix 0xfd. */
function simdTable(): OpcodeTable {
  const t = table();
  fill(t, 14, 255, { shape: Shape.None, delta: -1 });
  for (const opcode of SIMD_UNARY) t.delta[opcode] = 0;
  for (const opcode of SIMD_RESERVED) t.shape[opcode] = Shape.Unknown;
  fill(t, 0, 10, { shape: Shape.MemoryAccess, delta: 0 });
  fill(t, 11, 11, { shape: Shape.MemoryAccess, delta: -2 });
  fill(t, 12, 12, { shape: Shape.Bytes16, delta: 1 });
  fill(t, 13, 13, { shape: Shape.Bytes16, delta: -1 });
  fill(t, 21, 34, { shape: Shape.Lane, delta: 0 });
  for (const replaceLane of [23, 26, 28, 30, 32, 34]) t.delta[replaceLane] = -1;
  t.delta[82] = -2;
  fill(t, 84, 87, { shape: Shape.MemoryAccessAndLane, delta: -1 });
  fill(t, 88, 91, { shape: Shape.MemoryAccessAndLane, delta: -2 });
  fill(t, 92, 93, { shape: Shape.MemoryAccess, delta: 0 });
  mark(t, Nan.F32x4, [94, ...range(103, 106), 227, ...range(228, 233)]);
  mark(t, Nan.F64x2, [95, 116, 117, 122, 148, 239, ...range(240, 245)]);
  return t;
}

export const PLAIN: OpcodeTable = plainTable();
export const PREFIXED: OpcodeTable = prefixedTable();
export const SIMD: OpcodeTable = simdTable();

/** Why an opcode is refused, in words: a proposal the IC does not run, or nothing known. */
export function refusedOpcode(opcode: number): string {
  if (opcode === 0xfe) return 'atomic operators (threads) are not supported';
  if (opcode === 0xfb || (opcode >= 0xd3 && opcode <= 0xd6)) return 'garbage-collected types are not supported';
  if (opcode === 0x14 || opcode === 0x15) return 'typed function references are not supported';
  if ((opcode >= 0x06 && opcode <= 0x0a) || opcode === 0x18 || opcode === 0x19 || opcode === 0x1f) {
    return 'exception handling is not supported';
  }
  return `unknown operator 0x${opcode.toString(16).padStart(2, '0')}`;
}
