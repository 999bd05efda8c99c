/**
 * Values as bytes: JSON in ASCII. azle's default does the same with a reviver and a text decoder written in JavaScript,
 * for about fifteen times the instructions. Nanoseconds and other bigints are written as decimal text.
 */

import { ascii } from '@canister-backup/shared';

/** JSON of a value without bigints. */
export function encodeJson(value: unknown): Uint8Array {
  return ascii(JSON.stringify(value).replace(/[\u0080-\uffff]/g, escapeCharacter));
}

/** JSON of a list, each item of which is turned into bytes once: items are never changed in place. */
export function encodeList<Item extends object>(items: readonly Item[], pack: (item: Item) => unknown): Uint8Array {
  return join([OPEN_LIST, ...separated(items.map((item) => written(item, pack))), CLOSE_LIST]);
}

/** JSON of an object with the members of several, and with fields whose values are JSON already. */
export function encodeMerged(
  objects: readonly Uint8Array[],
  fields: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const named = Object.entries(fields).map(([name, value]) => join([ascii(`"${name}":`), value]));
  const members = [...objects.map((object) => object.subarray(1, -1)), ...named].filter(({ length }) => length > 0);
  return join([OPEN, ...separated(members), CLOSE]);
}

/** What `encodeJson` made of this text before, if it is among the last. */
export function encodeAgain(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  const known = recent.get(text);
  if (known !== undefined) return known;
  if (recent.size === MAX_RECENT) recent.clear();
  const bytes = encodeJson(value);
  recent.set(text, bytes);
  return bytes;
}

const OPEN = ascii('{');
const CLOSE = ascii('}');
const OPEN_LIST = ascii('[');
const CLOSE_LIST = ascii(']');
const COMMA = ascii(',');

const MAX_RECENT = 16;
const recent = new Map<string, Uint8Array>();
const writings = new WeakMap<object, Uint8Array>();

function written<Item extends object>(item: Item, pack: (item: Item) => unknown): Uint8Array {
  const known = writings.get(item);
  if (known !== undefined) return known;
  const bytes = encodeJson(pack(item));
  writings.set(item, bytes);
  return bytes;
}

function separated(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.flatMap((part, at) => (at === 0 ? [part] : [COMMA, part]));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The value of `encodeJson`. Bytes that are not its own are a bug, and trap. */
export function decodeJson(bytes: Uint8Array): unknown {
  return JSON.parse(decodeAscii(bytes));
}

/** Bytes as ASCII text. */
export function decodeAscii(bytes: Uint8Array): string {
  let text = '';
  // `apply` reads the bytes in one native step, where a spread would go through an iterator.
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/** A number as eight big-endian bytes, so that keys sort by it. */
export function encodeNat64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

export function decodeNat64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
}

/** `record` with the named bigint fields as text; fields that are absent stay so. */
export function packBigints(record: object, fields: readonly string[]): Record<string, unknown> {
  const packed: Record<string, unknown> = { ...record };
  for (const field of fields) if (packed[field] !== undefined) packed[field] = String(packed[field]);
  return packed;
}

/** The record of `packBigints`, as its type says. */
export function unpackBigints<T>(packed: unknown, fields: readonly string[]): T {
  const record = { ...(packed as Record<string, unknown>) };
  for (const field of fields) if (record[field] !== undefined) record[field] = BigInt(record[field] as string);
  return record as T;
}

/** Arguments of one call; far below what QuickJS's stack allows. */
const CHUNK = 1024;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
