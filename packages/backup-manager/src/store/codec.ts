/**
 * Values as bytes: JSON in ASCII. azle's default does the same with a reviver and a text decoder written in JavaScript,
 * for about fifteen times the instructions. Nanoseconds and other bigints are written as decimal text.
 */

/** JSON of a value without bigints. */
export function encodeJson(value: unknown): Uint8Array {
  const text = JSON.stringify(value).replace(/[\u0080-\uffff]/g, escapeCharacter);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The value of `encodeJson`. Bytes that are not its own are a bug, and trap. */
export function decodeJson(bytes: Uint8Array): unknown {
  return JSON.parse(decodeAscii(bytes));
}

/** ASCII text as bytes. */
export function encodeAscii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes as ASCII text. */
export function decodeAscii(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
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
