/**
 * The two changes made to the Wasm that azle emits: fewer exports, and custom sections. Section by section
 * (WebAssembly core specification, 5.5), so that every other byte stays what it was.
 */
import { decodeU32, encodeU32 } from './leb128.ts';

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

export interface Export {
  readonly name: string;
  /** 0 function, 1 table, 2 memory, 3 global. */
  readonly kind: number;
  readonly index: number;
}

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
export const CUSTOM_SECTION = 0;
export const EXPORT_SECTION = 7;

export function readSections(wasm: Uint8Array): Section[] {
  if (!HEADER.every((byte, index) => wasm[index] === byte)) throw new Error('not a WebAssembly module');
  const sections: Section[] = [];
  for (let offset = HEADER.length; offset < wasm.length; ) {
    const id = wasm[offset]!;
    const [size, start] = decodeU32(wasm, offset + 1);
    offset = start + size;
    if (offset > wasm.length) throw new Error(`section ${id} ends behind the module`);
    sections.push({ id, body: wasm.subarray(start, offset) });
  }
  return sections;
}

export function writeSections(sections: readonly Section[]): Uint8Array {
  const parts = sections.flatMap(({ id, body }) => [Uint8Array.of(id), encodeU32(body.length), body]);
  return concat([HEADER, ...parts]);
}

/** @returns the sections with only those exports for which `keep` answers true */
export function filterExports(sections: readonly Section[], keep: (one: Export) => boolean): Section[] {
  return sections.map((section) =>
    section.id === EXPORT_SECTION ? encodeExports(decodeExports(section.body).filter(keep)) : section,
  );
}

/** The section a module's metadata is kept in; `icp:public …` is what anyone may read of an installed module. */
export function customSection(name: string, content: Uint8Array): Section {
  const title = new TextEncoder().encode(name);
  return { id: CUSTOM_SECTION, body: concat([encodeU32(title.length), title, content]) };
}

/** @returns the name and the content of a custom section */
export function readCustom(body: Uint8Array): [name: string, content: Uint8Array] {
  const [length, start] = decodeU32(body, 0);
  return [new TextDecoder().decode(body.subarray(start, start + length)), body.subarray(start + length)];
}

export function decodeExports(body: Uint8Array): Export[] {
  const exports: Export[] = [];
  let [count, offset] = decodeU32(body, 0);
  for (; count > 0; count--) {
    const [length, start] = decodeU32(body, offset);
    const name = new TextDecoder().decode(body.subarray(start, start + length));
    const kind = body[start + length]!;
    const [index, next] = decodeU32(body, start + length + 1);
    exports.push({ name, kind, index });
    offset = next;
  }
  return exports;
}

function encodeExports(exports: readonly Export[]): Section {
  const entries = exports.flatMap(({ name, kind, index }) => {
    const title = new TextEncoder().encode(name);
    return [encodeU32(title.length), title, Uint8Array.of(kind), encodeU32(index)];
  });
  return { id: EXPORT_SECTION, body: concat([encodeU32(exports.length), ...entries]) };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
