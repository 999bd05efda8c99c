import { describe, expect, test } from 'vitest';
import { prepareModule } from '../../src/wasm/index.ts';
import { assemble, binary, body, type Features, IMPORTS, prepare, refusal } from './harness.ts';

function refusedText(text: string, features?: Features): string {
  return refusal(assemble(text, features));
}

describe('features that the IC does not run, or that are not supported yet', () => {
  test.each([
    ['threads: shared memory', refusedText.bind(null, '(module (memory 1 1 shared))', { threads: true }), 'threads'],
    [
      'threads: atomics',
      refusedText.bind(null, '(module (memory 1) (func i32.const 0 i32.atomic.load drop))', { threads: true }),
      'threads',
    ],
    [
      'memory64',
      refusedText.bind(null, '(module (memory i64 1))', { memory64: true }),
      'memory64 is not supported yet',
    ],
    [
      'relaxed SIMD',
      () => refusal(body([0xfd, 12, ...Array(16).fill(0), 0xfd, 12, ...Array(16).fill(0), 0xfd, 0x80, 2, 0x1a, 0x0b])),
      'relaxed SIMD is not supported',
    ],
    [
      'exceptions: tag',
      refusedText.bind(null, '(module (tag (param i32)))', { exceptions: true }),
      'exception handling is not supported',
    ],
    [
      'exceptions: try',
      refusedText.bind(null, '(module (func try nop end))', { exceptions: true }),
      'exception handling is not supported',
    ],
    ['exceptions: try_table', () => refusal(body([0x1f, 0x40, 0, 0x0b, 0x0b])), 'exception handling is not supported'],
    ['GC: a struct type', () => refusal(binary([1, [1, 0x5f, 0]])), 'garbage-collected types are not supported'],
    ['GC: an operator', () => refusal(body([0xfb, 0x1c, 0x0b])), 'garbage-collected types are not supported'],
    [
      'function references: call_ref',
      () => refusal(body([0x14, 0, 0x0b])),
      'typed function references are not supported',
    ],
    [
      'extended constants',
      refusedText.bind(null, '(module (global i32 (i32.add (i32.const 1) (i32.const 2))))', { extended_const: true }),
      'global 0: extended constant expressions are not supported',
    ],
    ['two memories', () => refusal(binary([5, [2, 0, 1, 0, 1]])), 'multi-memory is not supported'],
    ['an access to a second memory', () => refusal(body([0x41, 0, 0x28, 0x42, 1, 0, 0x1a, 0x0b])), 'multi-memory'],
    [
      'two tables',
      refusedText.bind(null, '(module (table 1 funcref) (table 1 funcref))'),
      'the module has 2 tables, and at most one is allowed',
    ],
    [
      'a global that holds a reference',
      refusedText.bind(null, '(module (global (mut externref) (ref.null extern)))'),
      'global 0 has type externref',
    ],
    [
      'a vector that the host could not save',
      refusedText.bind(null, '(module (global (mut v128) (v128.const i64x2 0 0)))'),
      'global 0 has type v128 and is mutable or exported, which is not supported yet',
    ],
  ])('%s', (_, refuse, message) => {
    expect(refuse()).toContain(message);
  });

  test('each operator that is not known is named with its function and place', () => {
    for (const opcode of [0x16, 0x17, 0x27, 0xc5, 0xcf, 0xd7, 0xe0, 0xf0, 0xff]) {
      const message = refusal(body([opcode, 0x0b]));
      expect(message).toBe(`unknown operator 0x${opcode.toString(16)} (function 0, byte 28)`);
    }
    expect(refusal(body([0xfc, 18, 0x0b]))).toContain('unknown operator 0xfc 18');
    expect(refusal(body([0xfd, 0x9a, 1, 0x0b]))).toContain('unknown SIMD operator 154');
  });
});

describe('imports', () => {
  test.each([
    ['(import "env" "f" (func))', 'the function "f" is imported from "env"; only functions of "ic0" can be imported'],
    ['(import "ic0" "nothing" (func))', '"ic0" offers no function "nothing"'],
    [
      '(import "ic0" "debug_print" (func (param i32) (result i64)))',
      'the import "ic0" "debug_print" has type (i32) -> (i64), but it must be (i32, i32) -> ()',
    ],
    ['(import "ic0" "m" (memory 1))', 'the import "ic0" "m" is not a function'],
    ['(import "ic0" "t" (table 1 funcref))', 'the import "ic0" "t" is not a function'],
    ['(import "ic0" "g" (global i32))', 'the import "ic0" "g" is not a function'],
  ])('%s', (declaration, message) => {
    expect(refusedText(`(module ${declaration})`)).toContain(message);
  });
});

describe('exports', () => {
  test.each([
    ['(func (export "canister_foo"))', 'names that start with "canister_" are reserved'],
    ['(func (export "canister_start"))', 'the export name "canister_start" is reserved'],
    ['(func (export "canister counter_instructions"))', 'is reserved'],
    ['(memory (export "stable_memory") 1)', 'the export name "stable_memory" is reserved'],
    ['(func (export "local-ic gas"))', 'the export name "local-ic gas" is reserved'],
    [
      '(func (export "canister_init") (param i32))',
      'the exported function "canister_init" has type (i32) -> (), but it must be () -> ()',
    ],
    ['(func (export "canister_query q") (result i32) i32.const 1)', 'it must be () -> ()'],
    [
      '(func (export "canister_query m")) (func (export "canister_update m"))',
      'the method "m" is exported more than once',
    ],
    [
      '(func (export "canister_composite_query m")) (func (export "canister_query m"))',
      'the method "m" is exported more than once',
    ],
  ])('%s', (declaration, message) => {
    expect(refusedText(`(module ${declaration})`)).toContain(message);
  });

  test('all entry points of the specification are accepted', () => {
    const names = ['init', 'pre_upgrade', 'post_upgrade', 'inspect_message', 'heartbeat', 'global_timer'];
    const text = [...names, 'on_low_wasm_memory', 'update a b', 'query ', 'composite_query c'];
    const module = `(module ${text.map((name) => `(func (export "canister_${name}"))`).join(' ')} (func (export "own")))`;
    expect(prepare(assemble(module)).info.functionExports).toEqual(
      new Set([...text.map((name) => `canister_${name}`), 'own']),
    );
  });
});

describe('limits', () => {
  const methods = (count: number, length: number): string =>
    `(module ${Array.from({ length: count }, (_, i) => `(func (export "canister_query ${String(i).padStart(length, 'x')}"))`).join(' ')})`;
  const sections = (names: readonly string[], bytes: number): Uint8Array =>
    binary(...names.map((name) => [0, [name.length, ...Buffer.from(name), ...Array(bytes).fill(0)]] as const));
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `icp:public ${i}`);

  test('exported methods', () => {
    prepare(assemble(methods(1000, 4)));
    expect(refusedText(methods(1001, 4))).toBe('the module exports 1001 methods, and at most 1000 are allowed');
  });

  test('bytes of their names', () => {
    prepare(assemble(methods(1000, 20)));
    expect(refusedText(methods(1000, 21))).toBe('the names of all methods take 21000 bytes; at most 20000 are allowed');
  });

  test('globals', () => {
    const text = (count: number): string => `(module ${'(global i32 (i32.const 0))'.repeat(count)})`;
    prepare(assemble(text(1000)));
    expect(refusedText(text(1001))).toBe('the module defines 1001 globals, and at most 1000 are allowed');
  });

  test('functions', () => {
    const module = (count: number): Uint8Array => {
      const leb = [(count & 127) | 128, ((count >> 7) & 127) | 128, count >> 14];
      const bodies = Array(count).fill([2, 0, 0x0b]).flat();
      return binary([1, [1, 0x60, 0, 0]], [3, [...leb, ...Array(count).fill(0)]], [10, [...leb, ...bodies]]);
    };
    prepare(module(50_000));
    expect(refusal(module(50_001))).toBe('the module defines 50001 functions, and at most 50000 are allowed');
  });

  test('instructions of a function', () => {
    prepare(body([...Array(999_999).fill(0x01), 0x0b]));
    expect(refusal(body([...Array(1_000_000).fill(0x01), 0x0b]))).toBe(
      'function 0 has 1000001 instructions, and at most 1000000 are allowed',
    );
  });

  test('complexity of a function', () => {
    const blocks = (count: number): number[] => [...Array(count).fill([0x02, 0x40, 0x0b]).flat(), 0x0b];
    prepare(body([...blocks(19_000)]));
    expect(refusal(body([...blocks(20_000)]))).toMatch(/function 0 has complexity \d+, and at most 1000000 is allowed/);
  });

  test('table elements', () => {
    prepare(assemble('(module (table 1000000 funcref))'));
    expect(refusedText('(module (table 1000001 funcref))')).toContain('at most 1000000 are allowed');
  });

  test('custom sections of the IC', () => {
    prepare(sections(names(16), 1000));
    expect(refusal(sections(names(17), 1))).toContain('17 custom sections "icp:…", and at most 16');
    expect(refusal(sections(names(2), 600_000))).toContain('at most 1048576 are allowed');
    expect(refusal(sections(['icp:public x', 'icp:private x'], 1))).toBe('two custom sections are named "x"');
    expect(refusal(sections(['icp:x'], 1))).toContain('must be named "icp:public NAME" or "icp:private NAME"');
    prepare(sections(['other', 'other'], 2_000_000));
  });

  test('code section', () => {
    const big = binary([10, Array(11 * 1024 * 1024 + 1).fill(0)]);
    expect(refusal(big)).toBe('the code section has 11534337 bytes, and at most 11534336 are allowed');
  });

  test('module', () => {
    expect(refusal(new Uint8Array(100 * 1024 * 1024 + 1))).toContain('at most 104857600 are allowed');
  });
});

test('code that does not validate is refused in the words of the engine', () => {
  expect(refusal(body([0x41, 0, 0x0b]))).toMatch(/expected 0 elements on the stack/);
  expect(refusal(body([0x20, 3, 0x1a, 0x0b]))).toMatch(/local/);
});

test('the error is a value with its code', () => {
  const result = prepareModule(new Uint8Array([1, 2, 3]), { imports: IMPORTS });
  expect(result).toEqual({
    ok: false,
    error: { code: 'IC0505', message: 'the bytes do not start with the header of a WebAssembly 1 module' },
  });
});
