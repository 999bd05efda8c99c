import { assert } from '../errors.ts';
import { PAGE_BYTES } from '../limits.ts';

/**
 * Memory as an immutable tree of immutable 4 KiB pages, shared by the images of a canister, its snapshots and forks.
 *
 * A page that was never written is absent and reads as zeros, so that a stable memory of gigabytes costs what was
 * touched. Two images share every page that no commit between them changed; `differingPages` finds the rest by identity.
 */
export class PagedMemory {
  /** Bytes; a multiple of the Wasm page for canister memories. */
  readonly size: number;
  /** Leaf number → 256 pages (1 MiB). */
  readonly leaves: ReadonlyMap<number, Leaf>;

  constructor(size: number, leaves: ReadonlyMap<number, Leaf>) {
    this.size = size;
    this.leaves = leaves;
  }
}

export type Leaf = readonly (Uint8Array | undefined)[];
export type PageChange = readonly [index: number, page: Uint8Array];

const LEAF_PAGES = 256;
const ZERO_PAGE: Uint8Array = new Uint8Array(PAGE_BYTES);

export const EMPTY_MEMORY: PagedMemory = new PagedMemory(0, new Map());

/** The page at this index, or undefined for one of zeros. */
export function pageAt(memory: PagedMemory, index: number): Uint8Array | undefined {
  return memory.leaves.get(Math.floor(index / LEAF_PAGES))?.[index % LEAF_PAGES];
}

/**
 * The same memory with these pages replaced and this size. Pages become the memory's own: the caller writes to them no
 * more. A page of zeros is stored as absent.
 */
export function withPages(memory: PagedMemory, size: number, changes: readonly PageChange[]): PagedMemory {
  if (changes.length === 0 && size === memory.size) return memory;
  const leaves = new Map(memory.leaves);
  const fresh = new Map<number, (Uint8Array | undefined)[]>();
  for (const [index, page] of changes) {
    assert(page.length === PAGE_BYTES, 'a page has 4096 bytes');
    assert(index * PAGE_BYTES < size, 'a changed page lies inside the memory');
    const number = Math.floor(index / LEAF_PAGES);
    let leaf = fresh.get(number);
    if (leaf === undefined) {
      leaf = leaves.get(number)?.slice() ?? new Array<Uint8Array | undefined>(LEAF_PAGES).fill(undefined);
      fresh.set(number, leaf);
      leaves.set(number, leaf);
    }
    leaf[index % LEAF_PAGES] = isZero(page) ? undefined : page;
  }
  return new PagedMemory(size, leaves);
}

/** The bytes as a memory of `size` (bytes beyond are zeros). Pages are copies. */
export function memoryFromBytes(bytes: Uint8Array, size: number): PagedMemory {
  assert(bytes.length <= size, 'the bytes fit the memory');
  const changes: PageChange[] = [];
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    const page = new Uint8Array(PAGE_BYTES);
    page.set(bytes.subarray(at, at + PAGE_BYTES));
    changes.push([at / PAGE_BYTES, page]);
  }
  return withPages(EMPTY_MEMORY, size, changes);
}

/** A copy of `length` bytes from `offset`; both must lie inside the memory. */
export function readMemory(memory: PagedMemory, offset: number, length: number): Uint8Array {
  assert(offset >= 0 && length >= 0 && offset + length <= memory.size, 'the slice lies inside the memory');
  const out = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const index = Math.floor((offset + at) / PAGE_BYTES);
    const inPage = (offset + at) % PAGE_BYTES;
    const take = Math.min(PAGE_BYTES - inPage, length - at);
    const page = pageAt(memory, index);
    if (page !== undefined) out.set(page.subarray(inPage, inPage + take), at);
    at += take;
  }
  return out;
}

/** The same memory with `bytes` written at `offset` and grown to hold them if need be (to whole Wasm pages by the caller). */
export function writeMemory(memory: PagedMemory, offset: number, bytes: Uint8Array): PagedMemory {
  const size = Math.max(memory.size, offset + bytes.length);
  const changes: PageChange[] = [];
  let at = 0;
  while (at < bytes.length) {
    const index = Math.floor((offset + at) / PAGE_BYTES);
    const inPage = (offset + at) % PAGE_BYTES;
    const take = Math.min(PAGE_BYTES - inPage, bytes.length - at);
    const page = (pageAt(memory, index) ?? ZERO_PAGE).slice();
    page.set(bytes.subarray(at, at + take), inPage);
    changes.push([index, page]);
    at += take;
  }
  return withPages(memory, size, changes);
}

/** Indices of the stored (non-zero) pages, ascending. */
export function storedPages(memory: PagedMemory): number[] {
  const out: number[] = [];
  for (const number of [...memory.leaves.keys()].sort((a, b) => a - b)) {
    const leaf = memory.leaves.get(number) as Leaf;
    for (let i = 0; i < LEAF_PAGES; i += 1) if (leaf[i] !== undefined) out.push(number * LEAF_PAGES + i);
  }
  return out;
}

/** Indices of pages that are not the same object in both memories, ascending; content may still be equal. */
export function differingPages(a: PagedMemory, b: PagedMemory): number[] {
  if (a.leaves === b.leaves) return [];
  const numbers = new Set([...a.leaves.keys(), ...b.leaves.keys()]);
  const out: number[] = [];
  for (const number of [...numbers].sort((x, y) => x - y)) {
    const left = a.leaves.get(number);
    const right = b.leaves.get(number);
    if (left === right) continue;
    for (let i = 0; i < LEAF_PAGES; i += 1) if (left?.[i] !== right?.[i]) out.push(number * LEAF_PAGES + i);
  }
  return out;
}

export function isZero(page: Uint8Array): boolean {
  return Buffer.compare(page, page.length === PAGE_BYTES ? ZERO_PAGE : new Uint8Array(page.length)) === 0;
}
