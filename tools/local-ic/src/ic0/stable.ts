import { MAX_STABLE_MEMORY_BYTES, PAGE_BYTES, WASM_PAGE_BYTES } from '../limits.ts';
import { type PageChange, type PagedMemory, pageAt, withPages } from '../state/pages.ts';

/** Stable memory during one execution: what was written lies over the image, which stays untouched. */
export interface StableOverlay {
  readonly base: PagedMemory;
  /** Bytes. */
  size: number;
  readonly written: Map<number, Uint8Array>;
}

export function stableOverlay(base: PagedMemory): StableOverlay {
  return { base, size: base.size, written: new Map() };
}

/** Former size in Wasm pages, or -1 above 500 GiB. */
export function growStable(stable: StableOverlay, pages: number): number {
  const former = stable.size / WASM_PAGE_BYTES;
  const size = stable.size + pages * WASM_PAGE_BYTES;
  if (size > MAX_STABLE_MEMORY_BYTES) return -1;
  stable.size = size;
  return former;
}

/** Copies into `target`; the slice lies inside the stable memory. */
export function readStable(stable: StableOverlay, offset: number, target: Uint8Array): void {
  let at = 0;
  while (at < target.length) {
    const index = Math.floor((offset + at) / PAGE_BYTES);
    const inPage = (offset + at) % PAGE_BYTES;
    const take = Math.min(PAGE_BYTES - inPage, target.length - at);
    const page = stable.written.get(index) ?? pageAt(stable.base, index);
    if (page === undefined) target.fill(0, at, at + take);
    else target.set(page.subarray(inPage, inPage + take), at);
    at += take;
  }
}

/** Copies `source` in; the slice lies inside the stable memory. */
export function writeStable(stable: StableOverlay, offset: number, source: Uint8Array): void {
  let at = 0;
  while (at < source.length) {
    const index = Math.floor((offset + at) / PAGE_BYTES);
    const inPage = (offset + at) % PAGE_BYTES;
    const take = Math.min(PAGE_BYTES - inPage, source.length - at);
    let page = stable.written.get(index);
    if (page === undefined) {
      page = pageAt(stable.base, index)?.slice() ?? new Uint8Array(PAGE_BYTES);
      stable.written.set(index, page);
    }
    page.set(source.subarray(at, at + take), inPage);
    at += take;
  }
}

/** The new image and the pages that really differ from the old one. */
export function collectStable(stable: StableOverlay): {
  readonly image: PagedMemory;
  readonly changed: readonly number[];
} {
  const changes: PageChange[] = [];
  for (const [index, page] of stable.written) {
    const before = pageAt(stable.base, index);
    if (before === undefined || Buffer.compare(before, page) !== 0) changes.push([index, page]);
  }
  return { image: withPages(stable.base, stable.size, changes), changed: changes.map(([index]) => index) };
}
