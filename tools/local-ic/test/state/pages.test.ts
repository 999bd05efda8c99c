import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../src/limits.ts';
import {
  differingPages,
  EMPTY_MEMORY,
  memoryFromBytes,
  type PagedMemory,
  pageAt,
  readMemory,
  storedPages,
  withPages,
  writeMemory,
} from '../../src/state/pages.ts';

const SIZE = 3 * 1_048_576;
const page = (fill: number): Uint8Array => new Uint8Array(PAGE_BYTES).fill(fill);
const write = fc.record({ offset: fc.nat(SIZE - 20_000), bytes: fc.uint8Array({ minLength: 1, maxLength: 20_000 }) });

describe('paged memory', () => {
  it('reads back what was written, like one flat buffer', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 8 }), (writes) => {
        const flat = new Uint8Array(SIZE);
        let memory: PagedMemory = memoryFromBytes(new Uint8Array(0), SIZE);
        for (const { offset, bytes } of writes) {
          flat.set(bytes, offset);
          memory = writeMemory(memory, offset, bytes);
        }
        expect(Buffer.compare(readMemory(memory, 0, SIZE), flat)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the image it came from as it was', () => {
    const before = memoryFromBytes(page(7), SIZE);
    const after = withPages(before, SIZE, [[0, page(8)]]);
    expect(readMemory(before, 0, 1)[0]).toBe(7);
    expect(readMemory(after, 0, 1)[0]).toBe(8);
  });

  it('shares every page that did not change', () => {
    const before = withPages(EMPTY_MEMORY, SIZE, [
      [0, page(1)],
      [300, page(2)],
      [700, page(3)],
    ]);
    const after = withPages(before, SIZE, [[300, page(9)]]);
    expect(differingPages(before, after)).toEqual([300]);
    expect(pageAt(after, 0)).toBe(pageAt(before, 0));
    expect(pageAt(after, 700)).toBe(pageAt(before, 700));
  });

  it('keeps no page of zeros, so that a large memory costs what was touched', () => {
    const memory = withPages(EMPTY_MEMORY, 1_000_000 * PAGE_BYTES, [
      [5, page(0)],
      [999_999, page(1)],
    ]);
    expect(storedPages(memory)).toEqual([999_999]);
    expect(readMemory(memory, 5 * PAGE_BYTES, 1)[0]).toBe(0);
  });

  it('finds the differences of two images by identity, in order', () => {
    const base = withPages(EMPTY_MEMORY, SIZE, [[2, page(1)]]);
    const other = withPages(base, SIZE, [
      [600, page(1)],
      [1, page(4)],
    ]);
    expect(differingPages(base, other)).toEqual([1, 600]);
    expect(differingPages(other, other)).toEqual([]);
  });
});
