/**
 * Walks a Candid message by the types it declares and counts the work, before a decoder sees it. A message of a few
 * bytes can announce four billion empty values (`vec null`), types that double at every level, or endless nesting; a
 * decoder would follow. The walk stops at a budget that every honest argument stays far below.
 */

/** Values and type entries that a message may hold beyond one for each of its bytes. */
const FREE_WORK = 10_000;
/** Types nested in types, and values in values. */
const MAX_DEPTH = 100;
/** Entries in the type table. */
const MAX_TYPES = 1_000;

const TypeCode = {
  Null: -1,
  Bool: -2,
  Nat: -3,
  Int: -4,
  Nat8: -5,
  Float64: -14,
  Text: -15,
  Reserved: -16,
  Empty: -17,
  Opt: -18,
  Vec: -19,
  Record: -20,
  Variant: -21,
  Func: -22,
  Service: -23,
  Principal: -24,
} as const;

/** Bytes of the fixed-size numbers nat8 (-5) to float64 (-14), by distance from -5. */
const NUMBER_BYTES = [1, 2, 4, 8, 1, 2, 4, 8, 4, 8];

type CandidType =
  | { readonly kind: 'opt' | 'vec'; readonly of: number }
  | { readonly kind: 'record' | 'variant'; readonly of: readonly number[] }
  | { readonly kind: 'func' | 'service' | 'unknown' };

class CandidFault extends Error {}

/** Why the message must not be decoded, or null. A null does not mean that it is well typed. */
export function candidProblem(bytes: Uint8Array): string | null {
  try {
    new CandidWalk(bytes).message();
    return null;
  } catch (error) {
    if (error instanceof CandidFault) return error.message;
    throw error;
  }
}

class CandidWalk {
  readonly #bytes: Uint8Array;
  #at = 0;
  #work: number;
  #types: CandidType[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#work = bytes.length + FREE_WORK;
  }

  message(): void {
    for (const expected of [0x44, 0x49, 0x44, 0x4c]) if (this.#byte() !== expected) fault('not a Candid message');
    const count = this.#length();
    if (count > MAX_TYPES) fault(`more than ${MAX_TYPES} types`);
    for (let i = 0; i < count; i += 1) this.#types.push(this.#type());
    const values: number[] = [];
    for (let i = this.#length(); i > 0; i -= 1) values.push(this.#signed());
    for (const type of values) this.#value(type, 0);
  }

  #type(): CandidType {
    const code = this.#signed();
    switch (code) {
      case TypeCode.Opt:
      case TypeCode.Vec:
        return { kind: code === TypeCode.Opt ? 'opt' : 'vec', of: this.#signed() };
      case TypeCode.Record:
      case TypeCode.Variant: {
        const of: number[] = [];
        for (let i = this.#length(); i > 0; i -= 1) {
          this.#length();
          of.push(this.#signed());
        }
        return { kind: code === TypeCode.Record ? 'record' : 'variant', of };
      }
      case TypeCode.Func: {
        for (let list = 0; list < 2; list += 1) for (let i = this.#length(); i > 0; i -= 1) this.#signed();
        this.#skip(this.#length());
        return { kind: 'func' };
      }
      case TypeCode.Service: {
        for (let i = this.#length(); i > 0; i -= 1) {
          this.#skip(this.#length());
          this.#signed();
        }
        return { kind: 'service' };
      }
      default:
        if (code >= TypeCode.Principal) fault(`type ${code} does not belong in the type table`);
        this.#skip(this.#length());
        return { kind: 'unknown' };
    }
  }

  #value(code: number, depth: number): void {
    this.#spend();
    if (depth > MAX_DEPTH) fault(`values nested deeper than ${MAX_DEPTH}`);
    if (code < 0) {
      this.#primitive(code);
      return;
    }
    const type = this.#types[code];
    if (type === undefined) fault(`type ${code} is not in the type table`);
    switch (type.kind) {
      case 'opt':
        if (this.#byte() !== 0) this.#value(type.of, depth + 1);
        break;
      case 'vec':
        this.#vector(type.of, depth);
        break;
      case 'record':
        for (const field of type.of) this.#value(field, depth + 1);
        break;
      case 'variant': {
        const alternative = type.of[this.#length()];
        if (alternative === undefined) fault('a variant without this alternative');
        this.#value(alternative, depth + 1);
        break;
      }
      case 'func':
        if (this.#byte() === 0) break;
        this.#principal();
        this.#skip(this.#length());
        break;
      case 'service':
        this.#principal();
        break;
      case 'unknown': {
        const size = this.#length();
        this.#length();
        this.#skip(size);
      }
    }
  }

  #vector(of: number, depth: number): void {
    const length = this.#length();
    const bytes = NUMBER_BYTES[TypeCode.Nat8 - of];
    if (of < 0 && bytes !== undefined) {
      this.#skip(length * bytes);
      return;
    }
    for (let i = 0; i < length; i += 1) this.#value(of, depth + 1);
  }

  #primitive(code: number): void {
    const bytes = NUMBER_BYTES[TypeCode.Nat8 - code];
    if (bytes !== undefined) {
      this.#skip(bytes);
      return;
    }
    switch (code) {
      case TypeCode.Null:
      case TypeCode.Reserved:
        break;
      case TypeCode.Bool:
        this.#skip(1);
        break;
      case TypeCode.Nat:
      case TypeCode.Int:
        while (this.#byte() >= 0x80) this.#spend();
        break;
      case TypeCode.Text:
        this.#skip(this.#length());
        break;
      case TypeCode.Principal:
        this.#principal();
        break;
      case TypeCode.Empty:
        fault('a value of the empty type');
        break;
      default:
        fault(`type ${code} is unknown`);
    }
  }

  #principal(): void {
    if (this.#byte() !== 0) this.#skip(this.#length());
  }

  #spend(): void {
    this.#work -= 1;
    if (this.#work < 0) fault('the values take more work to decode than the size of the message allows');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) fault('unexpected end of the message');
    this.#at += 1;
    return byte;
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at) fault('unexpected end of the message');
    this.#at += length;
  }

  /** LEB128 of at most 32 bits. */
  #length(): number {
    let value = 0;
    for (let i = 0; i < 5; i += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return fault('a length above 32 bits');
  }

  /** Signed LEB128 of at most 32 bits: a type code or a type's index. */
  #signed(): number {
    this.#spend();
    let value = 0;
    for (let i = 0; i < 5; i += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return byte >= 0x40 ? value - 2 ** (7 * (i + 1)) : value;
    }
    return fault('a type code above 32 bits');
  }
}

function fault(message: string): never {
  throw new CandidFault(message);
}
