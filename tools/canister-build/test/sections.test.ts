import { describe, expect, test } from 'vitest';
import { finishWasm } from '../src/finish.ts';
import { decodeU32, encodeU32 } from '../src/wasm/leb128.ts';
import { customSections, exportNames } from '../src/wasm/read.ts';
import { customSection, readSections, writeSections } from '../src/wasm/sections.ts';

const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];

/** A module with one function `() -> ()`, one page of memory, and both exported: the function under each name. */
function moduleWith(...names: string[]): Uint8Array {
  const functions = names.flatMap((name) => [...text(name), 0, 0]);
  const exports = [names.length + 1, ...text('memory'), 2, 0, ...functions];
  return writeSections([
    { id: 1, body: Uint8Array.of(1, 0x60, 0, 0) },
    { id: 3, body: Uint8Array.of(1, 0) },
    { id: 5, body: Uint8Array.of(1, 0, 1) },
    { id: 7, body: Uint8Array.from(exports) },
    { id: 10, body: Uint8Array.of(1, 2, 0, 0x0b) },
  ]);
}

describe('leb128', () => {
  test.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('%i', (value, bytes) => {
    expect([...encodeU32(value)]).toEqual(bytes);
    expect(decodeU32(Uint8Array.of(9, ...bytes, 9), 1)).toEqual([value, 1 + bytes.length]);
  });

  test('an end before the end is refused', () => {
    expect(() => decodeU32(Uint8Array.of(0x80, 0x80), 0)).toThrow(/LEB128/);
  });
});

describe('sections', () => {
  test('writing what was read gives the same bytes', () => {
    const wasm = moduleWith('a', 'b');
    expect(writeSections(readSections(wasm))).toEqual(wasm);
  });

  test('what is no module, or is cut off, is refused', () => {
    expect(() => readSections(Uint8Array.of(1, 2, 3))).toThrow(/not a WebAssembly module/);
    expect(() => readSections(moduleWith('a').subarray(0, -1))).toThrow(/ends behind the module/);
  });

  test('a custom section is read back, with a name that is not ASCII', () => {
    const wasm = writeSections([...readSections(moduleWith()), customSection('zażółć', Uint8Array.of(1, 2))]);
    expect(customSections(wasm)).toEqual(new Map([['zażółć', Uint8Array.of(1, 2)]]));
  });
});

describe('finishing', () => {
  const names = [
    'canister_init',
    'canister_query _azle_heap_allocation',
    'canister_update _azle_chunk',
    'canister_update mine',
    'canister_query my_azle_query',
    'execute_method_js',
  ];
  const finish = (js: string) => exportNames(finishWasm(moduleWith(...names), js, 'service : {}'));

  test('keeps what the IC calls, without what azle adds', () => {
    expect(finish('')).toEqual(['canister_init', 'canister_query my_azle_query', 'canister_update mine', 'memory']);
  });

  test("keeps the method that azle's chunk() calls where it is used", () => {
    expect(finish("call(self, '_azle_chunk')")).toContain('canister_update _azle_chunk');
  });
});
