/**
 * The Candid of a refusal. `variant { Err : Error }` is a subtype of every result of the manager, so the bytes are the same
 * for all methods, and a library that would write the whole result's type costs ten times what the refusal may.
 */
import { ascii } from '../ids/bytes.ts';
import { hashOf } from './label.ts';
import type { CandidError } from './result.ts';

const TEXT = 0x71;

/** Types, each after what it refers to: 0 the pair, 1 the context, 2 the error, 3 the result; then one value of type 3. */
const HEADER: Uint8Array = Uint8Array.from([
  ...ascii('DIDL'),
  ...[4, 0x6c, 2, 0, TEXT, 1, TEXT],
  ...[0x6d, 0],
  ...fields(0x6c, { code: TEXT, message: TEXT, context: 1 }),
  ...fields(0x6b, { Err: 2 }),
  ...[1, 3],
  0,
]);

/** Fields are written in the order of their hashes. */
const ORDER = [...(['code', 'message', 'context'] as const)].sort((a, b) => hashOf(a) - hashOf(b));

/** A length that grows with what is put into its text: so many bytes, and the filling so many times. */
interface Length {
  readonly base: number;
  readonly fillings: number;
}

/** Bytes as they are, a length, or the place of the filling. */
type Part = Uint8Array | Length | null;

/** A result of the manager that is an `Err`. */
export function encodeRefusal(error: CandidError): Uint8Array {
  return fill(partsOf(error), new Uint8Array());
}

/**
 * The same for many refusals that differ in one text: made once, filled in for a fraction of the instructions.
 * @param hole what stands for the text in `error`
 */
export function refusalTemplate(error: CandidError, hole: string): (text: string) => Uint8Array {
  const parts = merged(partsOf(error, hole));
  return (text) => fill(parts, ascii(text));
}

function partsOf({ code, message, context }: CandidError, hole?: string): Part[] {
  const parts: Part[] = [HEADER];
  for (const field of ORDER) {
    if (field === 'context') {
      parts.push(leb(context.length));
      for (const [name, value] of context) parts.push(...textOf(name), ...textOf(value, hole));
    } else {
      parts.push(...textOf(field === 'code' ? code : message, hole));
    }
  }
  return parts;
}

function textOf(text: string, hole?: string): Part[] {
  const pieces = (hole === undefined ? [text] : text.split(hole)).map(encode);
  const base = pieces.reduce((sum, { length }) => sum + length, 0);
  const fillings = pieces.length - 1;
  const length = fillings === 0 ? leb(base) : { base, fillings };
  return [length, ...pieces.flatMap((piece, i): Part[] => (i === 0 ? [piece] : [null, piece]))];
}

function encode(text: string): Uint8Array {
  return /[\u0080-\uffff]/.test(text) ? new TextEncoder().encode(text) : ascii(text);
}

/** Neighbors that are bytes as one. */
function merged(parts: readonly Part[]): Part[] {
  const few: Part[] = [];
  for (const part of parts) {
    const last = few.at(-1);
    if (part instanceof Uint8Array && last instanceof Uint8Array) few[few.length - 1] = joined([last, part]);
    else few.push(part);
  }
  return few;
}

function fill(parts: readonly Part[], filling: Uint8Array): Uint8Array {
  return joined(
    parts.map((part) => {
      if (part === null) return filling;
      return part instanceof Uint8Array ? part : leb(part.base + part.fillings * filling.length);
    }),
  );
}

function fields(kind: number, types: Record<string, number>): number[] {
  const sorted = Object.entries(types).map(([label, type]) => [hashOf(label), type] as const);
  sorted.sort(([a], [b]) => a - b);
  return [kind, sorted.length, ...sorted.flatMap(([hash, type]) => [...leb(hash), type])];
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return new Uint8Array(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
