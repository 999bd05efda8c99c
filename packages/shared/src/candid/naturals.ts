/**
 * The naturals in a Candid message, without knowing its type: what a probe's answer is reduced to. Walks the values of
 * the message by its own type table (Candid specification, "Binary format") and keeps nothing else of them.
 *
 * A message can claim far more than it holds (a vector of a million `null`s takes no bytes), so the walk is bounded.
 */

/** Naturals that are kept, from the front. */
export const MAX_NATURALS = 16;

/** A natural that is larger counts as this; a number of 128 bits is enough for any count. */
export const LARGEST_NATURAL = 2n ** 128n - 1n;

const MAX_VALUES = 20_000;
const MAX_DEPTH = 64;
const MAX_TYPES = 1_000;

/** The constructors and the primitive types, as the specification numbers them. */
const OPT = -18;
const VEC = -19;
const RECORD = -20;
const VARIANT = -21;
const FUNC = -22;
const SERVICE = -23;
const NULL = -1;
const BOOL = -2;
const NAT = -3;
const INT = -4;
const TEXT = -15;
const RESERVED = -16;
const PRINCIPAL = -24;

/** Bytes of the numbers of a fixed size; the naturals among them are -5 to -8. */
const FIXED: Readonly<Record<number, number>> = {
  [-5]: 1,
  [-6]: 2,
  [-7]: 4,
  [-8]: 8,
  [-9]: 1,
  [-10]: 2,
  [-11]: 4,
  [-12]: 8,
  [-13]: 4,
  [-14]: 8,
  [BOOL]: 1,
};
const NAT8 = -5;
const NAT64 = -8;

interface TypeEntry {
  readonly kind: number;
  /** Of `opt` and `vec` the one content type, of records and variants the types of the fields in their order. */
  readonly parts: readonly number[];
}

/** The message is not Candid, or ends before its values do. */
class Malformed extends Error {}

/** Enough was seen. */
class Enough extends Error {}

/**
 * The first naturals (`nat`, `nat8` to `nat64`) in the values of a message, in their order in it: fields of records in
 * the order of their hashes. The bytes of a blob (`vec nat8`) are not counted.
 * @returns undefined if the bytes are not a Candid message; if it is too long to walk, the naturals up to there
 */
export function naturalsOf(message: Uint8Array): bigint[] | undefined {
  const walk = new Walk(message);
  try {
    walk.message();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    if (!(error instanceof Enough)) throw error;
  }
  return walk.naturals;
}

class Walk {
  readonly naturals: bigint[] = [];
  private readonly bytes: Uint8Array;
  private at = 0;
  private values = 0;
  private types: TypeEntry[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  message(): void {
    for (const byte of [0x44, 0x49, 0x44, 0x4c]) if (this.byte() !== byte) throw new Malformed();
    const count = this.count();
    if (count > MAX_TYPES) throw new Malformed();
    for (let i = 0; i < count; i += 1) this.types.push(this.type());
    const args = this.list(() => this.index());
    for (const type of args) this.value(type, 0);
  }

  private type(): TypeEntry {
    const kind = this.index();
    switch (kind) {
      case OPT:
      case VEC:
        return { kind, parts: [this.index()] };
      case RECORD:
      case VARIANT:
        return { kind, parts: this.list(() => this.field()) };
      case FUNC:
        this.list(() => this.index());
        this.list(() => this.index());
        this.list(() => this.byte());
        return { kind, parts: [] };
      case SERVICE:
        this.list(() => this.method());
        return { kind, parts: [] };
      default:
        // A type of the future: its description is as long as it says, and so are its values.
        if (kind >= -24) throw new Malformed();
        this.skip(this.count());
        return { kind, parts: [] };
    }
  }

  private field(): number {
    this.leb();
    return this.index();
  }

  private method(): number {
    this.skip(this.count());
    return this.index();
  }

  private value(type: number, depth: number): void {
    this.values += 1;
    if (this.values > MAX_VALUES || depth > MAX_DEPTH) throw new Enough();
    if (type >= 0) this.composite(this.entry(type), depth);
    else this.primitive(type);
  }

  private composite({ kind, parts }: TypeEntry, depth: number): void {
    switch (kind) {
      case OPT:
        if (this.flag()) this.value(parts[0]!, depth + 1);
        return;
      case VEC:
        this.vector(parts[0]!, depth);
        return;
      case RECORD:
        for (const part of parts) this.value(part, depth + 1);
        return;
      case VARIANT: {
        const part = parts[this.count()];
        if (part === undefined) throw new Malformed();
        this.value(part, depth + 1);
        return;
      }
      case FUNC:
        if (!this.flag()) return;
        this.reference();
        this.skip(this.count());
        return;
      case SERVICE:
        this.reference();
        return;
      default: {
        const length = this.count();
        if (this.count() !== 0) throw new Enough();
        this.skip(length);
      }
    }
  }

  private vector(part: number, depth: number): void {
    const length = this.count();
    const size = FIXED[part];
    if (size !== undefined && (part === NAT8 || part < NAT64 || part === BOOL)) {
      this.skip(length * size);
      return;
    }
    for (let i = 0; i < length; i += 1) this.value(part, depth + 1);
  }

  private primitive(type: number): void {
    const size = FIXED[type];
    if (type === NAT) this.keep(this.leb());
    else if (size !== undefined && type <= NAT8 && type >= NAT64) this.keep(this.fixed(size));
    else if (size !== undefined) this.skip(size);
    else if (type === INT) this.leb();
    else if (type === TEXT) this.skip(this.count());
    else if (type === PRINCIPAL) this.reference();
    else if (type !== NULL && type !== RESERVED) throw new Malformed();
  }

  private keep(natural: bigint): void {
    this.naturals.push(natural > LARGEST_NATURAL ? LARGEST_NATURAL : natural);
    if (this.naturals.length === MAX_NATURALS) throw new Enough();
  }

  private entry(index: number): TypeEntry {
    const entry = this.types[index];
    if (entry === undefined) throw new Malformed();
    return entry;
  }

  private reference(): void {
    if (this.flag()) this.skip(this.count());
  }

  private list<T>(item: () => T): T[] {
    const length = this.count();
    // Each item takes a byte at least, so a length beyond the message is not one.
    if (length > this.bytes.length) throw new Malformed();
    return Array.from({ length }, item);
  }

  private fixed(size: number): bigint {
    let value = 0n;
    for (let i = 0; i < size; i += 1) value |= BigInt(this.byte()) << BigInt(8 * i);
    return value;
  }

  private flag(): boolean {
    const byte = this.byte();
    if (byte > 1) throw new Malformed();
    return byte === 1;
  }

  /** An unsigned LEB128 that counts bytes or items. */
  private count(): number {
    const value = this.leb();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed();
    return Number(value);
  }

  /** A type: an index of the table, or negative for what is built in (signed LEB128). */
  private index(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 5; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - factor : value;
    }
    throw new Malformed();
  }

  /** An unsigned LEB128 of any length; of one with more than 128 bits only that it is large. */
  private leb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      if (shift <= 133n) value |= BigInt(byte & 0x7f) << shift;
      else if ((byte & 0x7f) > 0) value = LARGEST_NATURAL + 1n;
      if (byte < 0x80) return value;
    }
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new Malformed();
    this.at += 1;
    return byte;
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.at) throw new Malformed();
    this.at += length;
  }
}
