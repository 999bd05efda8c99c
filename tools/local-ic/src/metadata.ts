import { gunzipSync } from 'node:zlib';
import { utf8Lossy } from './bytes.ts';
import { assert } from './errors.ts';

/** A custom section named `icp:public <name>` or `icp:private <name>` (interface specification, "Canister module format"). */
export interface MetadataSection {
  readonly visibility: 'public' | 'private';
  readonly content: Uint8Array;
}

const PREFIXES = [
  ['icp:public ', 'public'],
  ['icp:private ', 'private'],
] as const;
const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;

/** What follows from the bytes of a module; byte arrays of installed modules are never written to. */
const known = new WeakMap<Uint8Array, ReadonlyMap<string, MetadataSection>>();

/** The metadata of a module that was installed (so it is valid), raw or gzipped, by name without the prefix. */
export function moduleMetadata(wasmModule: Uint8Array): ReadonlyMap<string, MetadataSection> {
  const found = known.get(wasmModule);
  if (found !== undefined) return found;
  const sections = readMetadata(isGzip(wasmModule) ? gunzipSync(wasmModule) : wasmModule);
  known.set(wasmModule, sections);
  return sections;
}

/** Bytes of names and contents of a module's metadata: they count beside the module itself. */
export function metadataBytes(wasmModule: Uint8Array): number {
  let sum = 0;
  for (const [name, { content }] of moduleMetadata(wasmModule)) sum += name.length + content.length;
  return sum;
}

function readMetadata(bytes: Uint8Array): ReadonlyMap<string, MetadataSection> {
  const out = new Map<string, MetadataSection>();
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const id = bytes[at];
    const [size, from] = readU32(bytes, at + 1);
    if (id === CUSTOM_SECTION) {
      const [nameLength, nameFrom] = readU32(bytes, from);
      const name = utf8Lossy(bytes.subarray(nameFrom, nameFrom + nameLength));
      const prefix = PREFIXES.find(([text]) => name.startsWith(text));
      if (prefix !== undefined) {
        // A copy of its own, and no Buffer, which unpacking gives: CBOR would write that as something else than bytes.
        const content = new Uint8Array(bytes.subarray(nameFrom + nameLength, from + size));
        out.set(name.slice(prefix[0].length), { visibility: prefix[1], content });
      }
    }
    at = from + size;
  }
  return out;
}

/** LEB128: the value and where it ends. */
function readU32(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = bytes[start + i];
    assert(byte !== undefined, 'an installed module is well formed');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, start + i + 1];
  }
  assert(false, 'an installed module is well formed');
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
