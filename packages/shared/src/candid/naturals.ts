/**
 * The naturals in a Candid message, without knowing its type: what a probe's answer is reduced to. Walks the values of
 * the message by its own type table (Candid specification, "Binary format") and keeps nothing else of them.
 *
 * A message can claim far more than it holds (a vector of a million `null`s takes no bytes), so the walk is bounded.
 */

import {
  BOOL,
  FIXED,
  FUNC,
  INT,
  Malformed,
  NAT,
  NAT8,
  NAT64,
  NULL,
  OPT,
  PRINCIPAL,
  RECORD,
  RESERVED,
  SERVICE,
  TEXT,
  type TypeEntry,
  VARIANT,
  VEC,
  Wire,
} from './wire.ts';

/** Naturals that are kept, from the front. */
export const MAX_NATURALS = 16;

/** A natural that is larger counts as this; a number of 128 bits is enough for any count. */
export const LARGEST_NATURAL = 2n ** 128n - 1n;

const MAX_VALUES = 20_000;
const MAX_DEPTH = 64;
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

class Walk extends Wire {
  readonly naturals: bigint[] = [];
  private values = 0;

  message(): void {
    for (const type of this.start()) this.value(type, 0);
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
}
