/**
 * The bytes of a Candid message, read from front to back (Candid specification, "Binary format"): what is common to all
 * that walks a message by its own type table.
 */

/** The constructors and the primitive types, as the specification numbers them. */
export const OPT = -18;
export const VEC = -19;
export const RECORD = -20;
export const VARIANT = -21;
export const FUNC = -22;
export const SERVICE = -23;
export const NULL = -1;
export const BOOL = -2;
export const NAT = -3;
export const INT = -4;
export const TEXT = -15;
export const RESERVED = -16;
export const PRINCIPAL = -24;

/** Bytes of the numbers of a fixed size; the naturals among them are -5 to -8. */
export const FIXED: Readonly<Record<number, number>> = {
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
export const NAT8 = -5;
export const NAT64 = -8;

const MAX_TYPES = 1_000;

export interface TypeEntry {
  readonly kind: number;
  /** Of `opt` and `vec` the one content type, of records and variants the types of the fields in their order. */
  readonly parts: readonly number[];
  /** Of records and variants the hashes of the labels, in the order of the fields. */
  readonly labels: readonly number[];
}

/** The message is not Candid, or ends before its values do. */
export class Malformed extends Error {}

/** The message is longer to walk than its reader may take. */
export class TooMuch extends Error {}

const NONE: readonly number[] = [];

export class Wire {
  protected readonly bytes: Uint8Array;
  protected at = 0;
  /** Steps that are left of the walk: a step for each type, field, reference to a type, and value. */
  protected left: number;
  private types: readonly TypeEntry[] = [];

  constructor(bytes: Uint8Array, steps = Number.POSITIVE_INFINITY) {
    this.bytes = bytes;
    this.left = steps;
  }

  protected step(): void {
    this.left -= 1;
    if (this.left < 0) throw new TooMuch();
  }

  /** Reads up to the first value. Returns the types of the arguments. */
  protected start(): readonly number[] {
    for (const byte of [0x44, 0x49, 0x44, 0x4c]) if (this.byte() !== byte) throw new Malformed();
    const count = this.count();
    if (count > MAX_TYPES) throw new Malformed();
    const types: TypeEntry[] = [];
    for (let i = 0; i < count; i += 1) types.push(this.type());
    this.types = types;
    return this.list(() => this.index());
  }

  private type(): TypeEntry {
    const kind = this.index();
    switch (kind) {
      case OPT:
      case VEC:
        return { kind, parts: [this.index()], labels: NONE };
      case RECORD:
      case VARIANT:
        return this.fields(kind);
      case FUNC:
        this.list(() => this.index());
        this.list(() => this.index());
        this.list(() => this.byte());
        return { kind, parts: NONE, labels: NONE };
      case SERVICE:
        this.list(() => this.method());
        return { kind, parts: NONE, labels: NONE };
      default:
        // A type of the future: its description is as long as it says, and so are its values.
        if (kind >= -24) throw new Malformed();
        this.skip(this.count());
        return { kind, parts: NONE, labels: NONE };
    }
  }

  private fields(kind: number): TypeEntry {
    const parts: number[] = [];
    const labels: number[] = [];
    for (let left = this.length(); left > 0; left -= 1) {
      labels.push(this.count());
      parts.push(this.index());
    }
    return { kind, parts, labels };
  }

  private method(): number {
    this.skip(this.count());
    return this.index();
  }

  protected entry(index: number): TypeEntry {
    const entry = this.types[index];
    if (entry === undefined) throw new Malformed();
    return entry;
  }

  /** Goes over a principal. */
  protected reference(): void {
    if (this.flag()) this.skip(this.count());
  }

  private list<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let left = this.length(); left > 0; left -= 1) {
      this.step();
      items.push(item());
    }
    return items;
  }

  /** A number of items of a byte at least, so one beyond the message is none. */
  private length(): number {
    const length = this.count();
    if (length > this.bytes.length) throw new Malformed();
    return length;
  }

  protected fixed(size: number): bigint {
    if (size > this.bytes.length - this.at) throw new Malformed();
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, size);
    this.at += size;
    if (size === 8) return view.getBigUint64(0, true);
    return BigInt(size === 4 ? view.getUint32(0, true) : size === 2 ? view.getUint16(0, true) : view.getUint8(0));
  }

  protected flag(): boolean {
    const byte = this.byte();
    if (byte > 1) throw new Malformed();
    return byte === 1;
  }

  /** An unsigned LEB128 that counts bytes or items, or is a hash. */
  protected count(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      // Padded with zeros it may be as long as it likes.
      if ((byte & 0x7f) > 0) value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed();
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  /** A type: an index of the table, or negative for what is built in (signed LEB128). */
  private index(): number {
    this.step();
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

  protected byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new Malformed();
    this.at += 1;
    return byte;
  }

  protected skip(length: number): void {
    if (length > this.bytes.length - this.at) throw new Malformed();
    this.at += length;
  }
}
