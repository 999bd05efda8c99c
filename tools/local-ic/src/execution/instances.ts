import { assert, LocalIcError } from '../errors.ts';
import { type Execution, type Guest, hostImports } from '../ic0/index.ts';
import { PAGE_BYTES, WASM_PAGE_BYTES } from '../limits.ts';
import type { PrincipalText } from '../principal.ts';
import { differingPages, EMPTY_MEMORY, type PageChange, type PagedMemory, pageAt, withPages } from '../state/pages.ts';
import type { GlobalValue } from '../state/types.ts';
import { METER, type PreparedModule } from '../wasm/index.ts';

/**
 * V8 instances as a cache in front of the state. The IC gives each execution a fresh instance whose memory and globals
 * are those of the last commit; an instance whose module cannot tell the difference is kept and brought to the wanted
 * image by copying the pages that differ. Nothing of the state lives here: dropping every instance changes nothing.
 */
export interface LiveInstance {
  readonly prepared: PreparedModule;
  readonly exports: WebAssembly.Exports;
  readonly memory: WebAssembly.Memory | null;
  readonly gas: WebAssembly.Global;
  readonly pending: WebAssembly.Global;
  readonly stack: WebAssembly.Global;
  readonly slot: { execution: Execution | null; limit: bigint };
  /** What the memory holds, or null while unknown (after a trap). */
  image: PagedMemory | null;
  /** The bytes of an image in one piece, so that a run is compared in a few long steps instead of one per page. */
  mirror: Mirror | null;
}

interface Mirror {
  readonly bytes: Buffer;
  of: PagedMemory;
}

/** Instances kept at most; the one used longest ago goes first. */
const MAX_LIVE_INSTANCES = 32;

export type InstancePool = Map<PrincipalText, LiveInstance>;

/** An instance straight from its module: memory as the data segments make it, no image yet. */
export function freshInstance(prepared: PreparedModule): LiveInstance {
  const slot: LiveInstance['slot'] = { execution: null, limit: 0n };
  // Both are assigned before the first host call can happen: the module's start function was taken out.
  let memory: WebAssembly.Memory | null = null;
  let gas: WebAssembly.Global | null = null;
  let view = new Uint8Array(0);
  const guest: Guest = {
    execution: () => slot.execution as Execution,
    memory: () => {
      if (memory === null) return view;
      if (view.buffer !== memory.buffer) view = new Uint8Array(memory.buffer);
      return view;
    },
    charge: (bytes) => {
      if (bytes > 0 && gas !== null) gas.value = (gas.value as bigint) - BigInt(bytes);
    },
    used: () => slot.limit - (gas?.value as bigint),
  };
  const instance = new WebAssembly.Instance(prepared.module, { ic0: hostImports(guest) });
  const { info } = prepared;
  memory = info.memory === null ? null : (instance.exports[info.memory.exportName] as WebAssembly.Memory);
  gas = instance.exports[METER.gas] as WebAssembly.Global;
  const stack = instance.exports[METER.stack] as WebAssembly.Global;
  const pending = instance.exports[METER.pending] as WebAssembly.Global;
  assert(
    gas !== undefined && pending !== undefined && stack !== undefined,
    'an instrumented module exports its meters',
  );
  return { prepared, exports: instance.exports, memory, gas, pending, stack, slot, image: null, mirror: null };
}

/** An instance of this module whose memory is `image`. */
export function acquire(
  pool: InstancePool,
  id: PrincipalText,
  wanted: { readonly prepared: PreparedModule; readonly image: PagedMemory },
): LiveInstance {
  const { prepared, image } = wanted;
  const kept = pool.get(id);
  pool.delete(id);
  const usable =
    kept !== undefined && kept.prepared === prepared && prepared.info.reusable && memoryBytes(kept) <= image.size;
  const live = usable ? kept : freshInstance(prepared);
  bringTo(live, image);
  return live;
}

/** Instructions that the execution left of its limit; below zero if it ran out. */
export function gasLeft({ gas, pending }: LiveInstance): bigint {
  return (gas.value as bigint) + (pending.value as bigint);
}

/** Keeps an instance for the canister's next execution. */
export function release(pool: InstancePool, id: PrincipalText, live: LiveInstance): void {
  pool.set(id, live);
  for (const oldest of pool.keys()) {
    if (pool.size <= MAX_LIVE_INSTANCES) break;
    pool.delete(oldest);
  }
}

export function memoryBytes(live: LiveInstance): number {
  return live.memory === null ? 0 : live.memory.buffer.byteLength;
}

function bringTo(live: LiveInstance, image: PagedMemory): void {
  if (live.memory === null) return;
  const missing = image.size - memoryBytes(live);
  if (missing > 0) growOrFail(live.memory, missing / WASM_PAGE_BYTES);
  const bytes = Buffer.from(live.memory.buffer);
  if (live.image !== null) {
    for (const index of differingPages(live.image, image)) writePage(bytes, index, pageAt(image, index));
  } else {
    for (let index = 0; index < image.size / PAGE_BYTES; index += 1) {
      const page = pageAt(image, index);
      if (!samePage(bytes, index, page)) writePage(bytes, index, page);
    }
  }
  live.image = image;
}

function growOrFail(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch {
    throw new LocalIcError(
      'host_out_of_memory',
      `This process cannot hold a canister memory of ${pages} more pages of 64 KiB.`,
    );
  }
}

/** Bytes compared at once: most of a memory does not change in a run, and a native call costs as much as a page. */
const COMPARED_AT_ONCE = 65_536;
/** Bytes of the largest memory that is kept a second time for the comparison; above it, it is compared page by page. */
const MAX_MIRRORED = 67_108_864;

/** The image of an instance's memory after a run, and which pages changed against the former one. */
export function collect(
  live: LiveInstance,
  base: PagedMemory = EMPTY_MEMORY,
): { readonly image: PagedMemory; readonly changed: readonly number[] } {
  if (live.memory === null) return { image: EMPTY_MEMORY, changed: [] };
  const bytes = Buffer.from(live.memory.buffer);
  const changes = bytes.length <= MAX_MIRRORED ? changesByMirror(live, bytes, base) : changesByPage(bytes, base);
  live.image = withPages(base, bytes.length, changes);
  if (live.mirror !== null) live.mirror.of = live.image;
  return { image: live.image, changed: changes.map(([index]) => index) };
}

function changesByPage(bytes: Buffer, base: PagedMemory): PageChange[] {
  const changes: PageChange[] = [];
  for (let index = 0; index < bytes.length / PAGE_BYTES; index += 1) {
    if (!samePage(bytes, index, pageAt(base, index))) changes.push([index, copyOfPage(bytes, index)]);
  }
  return changes;
}

function changesByMirror(live: LiveInstance, bytes: Buffer, base: PagedMemory): PageChange[] {
  const mirror = mirrorOf(live, base, bytes.length).bytes;
  const changes: PageChange[] = [];
  for (let at = 0; at < bytes.length; at += COMPARED_AT_ONCE) {
    const end = at + COMPARED_AT_ONCE;
    if (bytes.compare(mirror, at, end, at, end) === 0) continue;
    for (let start = at; start < end; start += PAGE_BYTES) {
      if (bytes.compare(mirror, start, start + PAGE_BYTES, start, start + PAGE_BYTES) === 0) continue;
      const page = copyOfPage(bytes, start / PAGE_BYTES);
      mirror.set(page, start);
      changes.push([start / PAGE_BYTES, page]);
    }
  }
  return changes;
}

/** Not a `Buffer`, whose constructor costs more than the copy. */
function copyOfPage(bytes: Buffer, index: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + index * PAGE_BYTES, PAGE_BYTES).slice();
}

/** The bytes of `base`, followed by zeros up to `size`. */
function mirrorOf(live: LiveInstance, base: PagedMemory, size: number): Mirror {
  const kept = live.mirror;
  const mirror = kept !== null && kept.bytes.length === size ? kept : { bytes: Buffer.alloc(size), of: EMPTY_MEMORY };
  for (const index of differingPages(mirror.of, base)) writePage(mirror.bytes, index, pageAt(base, index));
  mirror.of = base;
  live.mirror = mirror;
  return mirror;
}

const ZEROS = Buffer.alloc(PAGE_BYTES);

function samePage(bytes: Buffer, index: number, page: Uint8Array | undefined): boolean {
  const start = index * PAGE_BYTES;
  return bytes.compare(page ?? ZEROS, 0, PAGE_BYTES, start, start + PAGE_BYTES) === 0;
}

function writePage(bytes: Buffer, index: number, page: Uint8Array | undefined): void {
  const start = index * PAGE_BYTES;
  if (start >= bytes.length) return;
  if (page === undefined) bytes.fill(0, start, start + PAGE_BYTES);
  else bytes.set(page, start);
}

/** Values of the module's visible globals, in their snapshot order. */
export function readGlobals(live: LiveInstance): readonly GlobalValue[] {
  return live.prepared.info.globals.map(({ type, exportName }) => {
    const { value } = live.exports[exportName] as WebAssembly.Global;
    assert(type !== 'v128', 'modules with v128 globals are refused');
    return (type === 'i64' ? { type, value: value as bigint } : { type, value: value as number }) as GlobalValue;
  });
}

export function writeGlobals(live: LiveInstance, values: readonly GlobalValue[]): void {
  live.prepared.info.globals.forEach(({ mutable, exportName }, index) => {
    const wanted = values[index];
    assert(wanted !== undefined, 'there is a value for each global');
    if (mutable) (live.exports[exportName] as WebAssembly.Global).value = wanted.value;
  });
}
