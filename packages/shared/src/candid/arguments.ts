/**
 * The arguments of a method, read from the bytes of a stranger in one walk. A message of a few bytes can announce four
 * billion empty values, types that double at every level, or endless nesting, and a library follows it. Here each type,
 * field and value is a step, the steps are bounded, and nothing is built that was not expected: what is not expected is
 * gone over. Conversion is Candid's (specification, "Deserialization"): unknown fields and surplus arguments are ignored,
 * an `opt` is nothing if what came does not fit.
 */

import type { Field, Shape } from './shapes.ts';
import {
  FIXED,
  FUNC,
  INT,
  Malformed,
  NAT,
  NAT8,
  NULL,
  OPT,
  PRINCIPAL,
  RECORD,
  RESERVED,
  SERVICE,
  TEXT,
  TooMuch,
  type TypeEntry,
  VARIANT,
  VEC,
  Wire,
} from './wire.ts';

export interface Reading {
  /** Steps that the walk may take. */
  readonly steps: number;
  /** The SDK's principal of so many bytes. */
  readonly principal: (bytes: Uint8Array) => unknown;
}

export type Arguments =
  | { readonly Ok: readonly unknown[] }
  /** What is wrong, as the end of a sentence about the arguments. */
  | { readonly Err: string };

/** Values in values; the deepest argument of ours has ten. */
const MAX_DEPTH = 40;
const MAX_PRINCIPAL_BYTES = 29;
/** Bytes of a natural of 256 bits: more than any number that means something here. */
const MAX_NATURAL_BYTES = 37;
/** Bytes of a length: those of 32 bits have five. */
const MAX_LENGTH_BYTES = 7;
/** Arguments of one native call; far below what QuickJS's stack allows. */
const CHUNK = 1024;

/** Thrown, never made anew: an error in QuickJS costs as much as reading dozens of values. */
const MISMATCH = new Malformed('have another type than the interface says');

/** The values of a method's arguments, or why there are none. */
export function readArguments(message: Uint8Array, shapes: readonly Shape[], reading: Reading): Arguments {
  try {
    return { Ok: new Reader(message, reading).arguments(shapes) };
  } catch (error) {
    if (error === MISMATCH) return { Err: MISMATCH.message };
    if (error instanceof TooMuch) return { Err: `take more than ${reading.steps} steps to read, or nest too deep` };
    if (error instanceof Malformed) return { Err: 'are not a Candid message' };
    throw error;
  }
}

class Reader extends Wire {
  private readonly principal: Reading['principal'];
  private depth = 0;

  constructor(message: Uint8Array, { steps, principal }: Reading) {
    super(message, steps);
    this.principal = principal;
  }

  arguments(shapes: readonly Shape[]): unknown[] {
    const types = this.start();
    const values: unknown[] = [];
    for (let i = 0; i < shapes.length; i += 1) {
      const type = types[i];
      values.push(type === undefined ? absent(shapes[i]!) : this.read(type, shapes[i]!));
    }
    for (let i = shapes.length; i < types.length; i += 1) this.over(types[i]!);
    if (this.at !== this.bytes.length) throw new Malformed();
    return values;
  }

  private read(type: number, shape: Shape): unknown {
    this.enter();
    const value = this.expected(type, shape);
    this.depth -= 1;
    return value;
  }

  private enter(): void {
    this.step();
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new TooMuch();
  }

  private expected(type: number, shape: Shape): unknown {
    switch (shape.kind) {
      case 'opt':
        return this.optional(type, shape.of);
      case 'vec':
        return this.vector(this.composite(type, VEC), shape.of);
      case 'record':
        return this.record(this.composite(type, RECORD), shape);
      case 'tuple':
        return this.tuple(this.composite(type, RECORD), shape.items);
      case 'variant':
        return this.variant(this.composite(type, VARIANT), shape.byHash);
      default:
        return this.primitive(type, shape);
    }
  }

  private composite(type: number, kind: number): TypeEntry {
    if (type < 0) throw MISMATCH;
    const entry = this.entry(type);
    if (entry.kind !== kind) throw MISMATCH;
    return entry;
  }

  private optional(type: number, shape: Shape): unknown[] {
    if (type === NULL || type === RESERVED) return [];
    const entry = type < 0 ? undefined : this.entry(type);
    if (entry?.kind === OPT) return this.flag() ? this.fitting(entry.parts[0]!, shape) : [];
    // A value that is not optional itself counts as one that is there.
    if (shape.kind !== 'opt' && shape.kind !== 'null') return this.fitting(type, shape);
    this.over(type);
    return [];
  }

  /** The value in a list, which is empty if it is of another type. */
  private fitting(type: number, shape: Shape): unknown[] {
    const [at, depth] = [this.at, this.depth];
    try {
      return [this.read(type, shape)];
    } catch (error) {
      if (error !== MISMATCH) throw error;
      this.at = at;
      this.depth = depth;
      this.over(type);
      return [];
    }
  }

  private vector({ parts: [part] }: TypeEntry, shape: Shape): unknown {
    const length = this.count();
    if (shape.kind === 'fixed' && shape.code === NAT8) {
      // `vec {}` of somebody who does not know the type is a vector of nothing.
      if (part !== NAT8 && length > 0) throw MISMATCH;
      return this.take(length);
    }
    const items: unknown[] = [];
    for (let i = 0; i < length; i += 1) items.push(this.read(part!, shape));
    return items;
  }

  private record({ parts, labels }: TypeEntry, { fields, byHash }: Labeled): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (let i = 0; i < parts.length; i += 1) {
      const field = byHash.get(labels[i]!);
      if (field === undefined) this.over(parts[i]!);
      else values[field.label] = this.read(parts[i]!, field.shape);
    }
    for (const { label, shape } of fields) if (values[label] === undefined) values[label] = absent(shape);
    return values;
  }

  private tuple({ parts, labels }: TypeEntry, items: readonly Shape[]): unknown[] {
    const values: unknown[] = [];
    for (let i = 0; i < parts.length; i += 1) {
      const shape = items[i];
      if (shape === undefined) this.over(parts[i]!);
      else if (labels[i] !== i) throw MISMATCH;
      else values.push(this.read(parts[i]!, shape));
    }
    if (values.length < items.length) throw MISMATCH;
    return values;
  }

  private variant({ parts, labels }: TypeEntry, byHash: Labeled['byHash']): Record<string, unknown> {
    const tag = this.count();
    if (tag >= parts.length) throw new Malformed();
    const field = byHash.get(labels[tag]!);
    if (field === undefined) throw MISMATCH;
    return { [field.label]: this.read(parts[tag]!, field.shape) };
  }

  private primitive(type: number, shape: Shape): unknown {
    switch (shape.kind) {
      case 'fixed': {
        if (type !== shape.code) throw MISMATCH;
        const value = this.fixed(shape.size);
        return shape.size === 8 ? value : Number(value);
      }
      case 'text':
        if (type !== TEXT) throw MISMATCH;
        return this.text(this.take(this.count()));
      case 'nat':
        if (type !== NAT) throw MISMATCH;
        return this.natural();
      case 'principal':
        if (type !== PRINCIPAL) throw MISMATCH;
        return this.id();
      case 'bool':
        if (type !== -2) throw MISMATCH;
        return this.flag();
      default:
        if (type !== NULL) throw MISMATCH;
        return null;
    }
  }

  /** A length, a tag or a hash: padded with zeros by a few bytes at most. */
  protected override count(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < MAX_LENGTH_BYTES; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new Malformed();
  }

  private id(): unknown {
    if (!this.flag()) throw new Malformed();
    const length = this.count();
    if (length > MAX_PRINCIPAL_BYTES) throw new Malformed();
    return this.principal(this.take(length));
  }

  private natural(): bigint {
    const from = this.at;
    this.number();
    let value = 0n;
    for (let at = this.at - 1; at >= from; at -= 1) value = (value << 7n) | BigInt(this.bytes[at]! & 0x7f);
    return value;
  }

  /** Goes over a LEB128 of any sign. */
  private number(): void {
    const most = this.at + MAX_NATURAL_BYTES;
    while (this.byte() >= 0x80) if (this.at === most) throw new TooMuch();
  }

  /** UTF-8, strictly, with what the interpreter has built in. */
  private text(bytes: Uint8Array): string {
    let latin = '';
    for (let at = 0; at < bytes.length; at += CHUNK) {
      latin += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHUNK));
    }
    if (!/[\x80-\xff]/.test(latin)) return latin;
    try {
      return decodeURIComponent(escape(latin));
    } catch {
      throw new Malformed();
    }
  }

  private take(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.slice(this.at - length, this.at);
  }

  /** Goes over a value. */
  private over(type: number): void {
    this.enter();
    if (type < 0) this.overPrimitive(type);
    else this.overComposite(this.entry(type));
    this.depth -= 1;
  }

  private overComposite({ kind, parts }: TypeEntry): void {
    switch (kind) {
      case OPT:
        if (this.flag()) this.over(parts[0]!);
        return;
      case VEC:
        this.overVector(parts[0]!);
        return;
      case RECORD:
        for (let i = 0; i < parts.length; i += 1) this.over(parts[i]!);
        return;
      case VARIANT: {
        const tag = this.count();
        if (tag >= parts.length) throw new Malformed();
        this.over(parts[tag]!);
        return;
      }
      case FUNC:
        if (!this.flag()) throw new Malformed();
        this.reference();
        this.skip(this.count());
        return;
      case SERVICE:
        this.reference();
        return;
      default: {
        const length = this.count();
        if (this.count() !== 0) throw new Malformed();
        this.skip(length);
      }
    }
  }

  private overVector(part: number): void {
    const length = this.count();
    const size = FIXED[part];
    if (size !== undefined) this.skip(length * size);
    else for (let i = 0; i < length; i += 1) this.over(part);
  }

  private overPrimitive(type: number): void {
    const size = FIXED[type];
    if (size !== undefined) this.skip(size);
    else if (type === NAT || type === INT) this.number();
    else if (type === TEXT) this.skip(this.count());
    else if (type === PRINCIPAL) this.reference();
    else if (type !== NULL && type !== RESERVED) throw new Malformed();
  }
}

type Labeled = Pick<Extract<Shape, { fields: readonly Field[] }>, 'fields' | 'byHash'>;

/** What stands for a value that did not come. */
function absent(shape: Shape): unknown {
  if (shape.kind === 'opt') return [];
  if (shape.kind === 'null') return null;
  throw MISMATCH;
}
