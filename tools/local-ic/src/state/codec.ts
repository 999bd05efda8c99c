import { decode, encode } from 'cbor2';
import { assert, LocalIcError } from '../errors.ts';
import { PAGE_BYTES } from '../limits.ts';
import { type PageChange, PagedMemory, pageAt, storedPages, withPages } from './pages.ts';
import type { IcState } from './types.ts';

/**
 * The saved form of a state. CBOR of
 *
 *   { format: 'local-ic', version, pages: bytes, root }
 *
 * where `pages` is every distinct page once, one after the other, and `root` is the state with each value that CBOR or
 * JavaScript would blur written as a pair [tag, …] (see `pack`). Byte-identical for equal states.
 */
const FORMAT = 'local-ic';
/** Version of the saved form. A reader accepts this one only; older ones get a migration when there is a second. */
export const STATE_VERSION = 1;

const TAG = { map: 'm', set: 's', list: 'l', object: 'o', bigint: 'n', bytes: 'b', memory: 'p', absent: 'u' } as const;

interface Pages {
  readonly numbers: Map<Uint8Array, number>;
  readonly byContent: Map<string, number>;
  readonly list: Uint8Array[];
}

/** What is saved: the state and the counter that tells equal calls apart. */
export interface Saved {
  readonly state: IcState;
  readonly submitted: bigint;
}

export function encodeState(saved: Saved): Uint8Array {
  const pages: Pages = { numbers: new Map(), byContent: new Map(), list: [] };
  const root = pack(saved, pages);
  const blob = new Uint8Array(pages.list.length * PAGE_BYTES);
  for (const [index, page] of pages.list.entries()) blob.set(page, index * PAGE_BYTES);
  return encode({ format: FORMAT, version: STATE_VERSION, pages: blob, root });
}

/** Throws `invalid_state` for anything that `encodeState` of this version did not write. */
export function decodeState(bytes: Uint8Array): Saved {
  const envelope = readEnvelope(bytes);
  const pages: Uint8Array[] = [];
  for (let at = 0; at < envelope.pages.length; at += PAGE_BYTES) pages.push(envelope.pages.slice(at, at + PAGE_BYTES));
  const saved = unpack(envelope.root, pages) as Saved;
  if (!(saved?.state?.canisters instanceof Map) || typeof saved.submitted !== 'bigint')
    throw invalid('its root has another shape');
  return saved;
}

function readEnvelope(bytes: Uint8Array): { readonly pages: Uint8Array; readonly root: unknown } {
  let envelope: unknown;
  try {
    envelope = decode(bytes);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const { format, version, pages, root } = (envelope ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) throw invalid('it does not start as one');
  if (version !== STATE_VERSION) {
    throw new LocalIcError(
      'unknown_state_version',
      `This state has format version ${version}; this build reads version ${STATE_VERSION}.`,
    );
  }
  if (!(pages instanceof Uint8Array) || pages.length % PAGE_BYTES !== 0) throw invalid('its pages are torn');
  return { pages, root };
}

function invalid(reason: string): LocalIcError {
  return new LocalIcError('invalid_state', `These bytes are not a saved local-ic state: ${reason}.`);
}

function pack(value: unknown, pages: Pages): unknown {
  if (value === undefined) return [TAG.absent];
  if (typeof value === 'bigint') return [TAG.bigint, value.toString()];
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return [TAG.bytes, new Uint8Array(value)];
  if (value instanceof PagedMemory) return packMemory(value, pages);
  if (Array.isArray(value)) return [TAG.list, value.map((entry) => pack(entry, pages))];
  if (value instanceof Map) return [TAG.map, [...value].map(([key, entry]) => [pack(key, pages), pack(entry, pages)])];
  if (value instanceof Set) return [TAG.set, [...value].map((entry) => pack(entry, pages))];
  assert(Object.getPrototypeOf(value) === Object.prototype, 'the state is plain data');
  return [
    TAG.object,
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, pack(entry, pages)]),
  ];
}

/** Size, then runs of [page index, page number]. */
function packMemory(memory: PagedMemory, pages: Pages): unknown {
  const entries = storedPages(memory).map((index) => [index, pageNumber(pageAt(memory, index) as Uint8Array, pages)]);
  return [TAG.memory, memory.size, entries];
}

/** Pages are told apart by content, so that equal states save the same whatever they share. */
function pageNumber(page: Uint8Array, pages: Pages): number {
  const known = pages.numbers.get(page);
  if (known !== undefined) return known;
  const content = Buffer.from(page.buffer, page.byteOffset, page.length).toString('latin1');
  const number = pages.byContent.get(content) ?? pages.list.length;
  if (number === pages.list.length) pages.list.push(page);
  pages.byContent.set(content, number);
  pages.numbers.set(page, number);
  return number;
}

function unpack(value: unknown, pages: readonly Uint8Array[]): unknown {
  if (!Array.isArray(value)) return value;
  const [tag, content, more] = value as [string, unknown, unknown];
  const entries = (Array.isArray(content) ? content : []) as [unknown, unknown][];
  if (tag === TAG.absent) return undefined;
  if (tag === TAG.bigint) return BigInt(content as string);
  if (tag === TAG.bytes) return content;
  if (tag === TAG.memory) return unpackMemory(content as number, more as [number, number][], pages);
  if (tag === TAG.list) return entries.map((entry) => unpack(entry, pages));
  if (tag === TAG.map) return new Map(entries.map(([key, entry]) => [unpack(key, pages), unpack(entry, pages)]));
  if (tag === TAG.set) return new Set(entries.map((entry) => unpack(entry, pages)));
  if (tag === TAG.object) return Object.fromEntries(entries.map(([key, entry]) => [key, unpack(entry, pages)]));
  throw invalid('it has a value of unknown kind');
}

function unpackMemory(size: number, entries: readonly [number, number][], pages: readonly Uint8Array[]): PagedMemory {
  const changes = entries.map(([index, number]): PageChange => {
    const page = pages[number];
    if (page === undefined) throw invalid('a page is missing');
    return [index, page];
  });
  return withPages(new PagedMemory(0, new Map()), size, changes);
}
