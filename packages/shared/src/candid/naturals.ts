/**
 * The naturals in a Candid message, without knowing its type: what a probe's answer is reduced to. Walks the values of
 * the message by its own type table (Candid specification, "Binary format") and keeps nothing else of them.
 *
 * A message can claim far more than it holds (a vector of a million `null`s takes no bytes), and can hold more than can be
 * walked within a message's instructions, so the walk is bounded in values, in depth and in bytes.
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

const MAX_VALUES = 2_000;
const MAX_DEPTH = 64;

/** Bytes of LEB128 that hold 133 bits; with more that are not zero a number is above 128 bits. */
const MAX_LEB_BYTES = 19;

/** Enough was seen. */
class Enough extends Error {}

/**
 * The first naturals (`nat`, `nat8` to `nat64`) in the values of a message, in their order in it: fields of records in
 * the order of their hashes. The bytes of a blob (`vec nat8`) are not counted.
 * @param whole whether these are all bytes of the message; of one that goes on, only what they hold is read
 * @returns undefined if the bytes are not a Candid message; if it is too long to walk, the naturals up to there
 */
export function naturalsOf(message: Uint8Array, whole = true): bigint[] | undefined {
  const walk = new Walk(message);
  try {
    walk.message();
  } catch (error) {
    if (error instanceof Malformed) return whole || !walk.begun ? undefined : walk.naturals;
    if (!(error instanceof Enough)) throw error;
  }
  return walk.naturals;
}

class Walk extends Wire {
  readonly naturals: bigint[] = [];
  /** Whether the first value was reached: up to there it is a Candid message. */
  begun = false;
  private values = 0;

  message(): void {
    const types = this.start();
    this.begun = true;
    for (const type of types) this.value(type, 0);
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
    const from = this.at;
    let end = from;
    // Zeros in front of the number are the last bytes of it.
    for (let byte = 0x80; byte >= 0x80; ) {
      byte = this.byte();
      if ((byte & 0x7f) > 0) end = this.at;
    }
    if (end - from > MAX_LEB_BYTES) return LARGEST_NATURAL + 1n;
    let value = 0n;
    for (let at = end - 1; at >= from; at -= 1) value = (value << 7n) | BigInt(this.bytes[at]! & 0x7f);
    return value;
  }
}
