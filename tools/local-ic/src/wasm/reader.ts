/**
 * Cursor over untrusted bytes. Every read is checked; what is wrong leaves as a WasmFault, which prepareModule turns
 * into a value. No read goes outside `end`, and each consumes at least one byte, so that nothing can hang.
 */

/** Broken or refused input. Thrown only inside this folder and caught in prepareModule. */
export class WasmFault extends Error {}

export function fault(message: string): never {
  throw new WasmFault(message);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

export class ByteReader {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  /** What is being read, for messages. */
  where = 'the module';

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.pos = 0;
    this.end = bytes.length;
  }

  truncated(): never {
    return fault(`unexpected end of ${this.where} at byte ${this.pos}`);
  }

  u8(): number {
    if (this.pos >= this.end) this.truncated();
    return this.bytes[this.pos++] as number;
  }

  /** LEB128, unsigned, 32 bits. */
  u32(): number {
    const first = this.u8();
    return first < 0x80 ? first : this.longU32(first);
  }

  private longU32(first: number): number {
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return fault(`a number in ${this.where} before byte ${this.pos} does not fit 32 bits`);
  }

  /** Skips one LEB128 number of at most ten bytes. */
  skipLeb(): void {
    for (let i = 0; i < 10; i += 1) {
      if (this.u8() < 0x80) return;
    }
    fault(`a number in ${this.where} before byte ${this.pos} is longer than 64 bits`);
  }

  skip(count: number): void {
    if (count > this.end - this.pos) this.truncated();
    this.pos += count;
  }

  /** Next `count` bytes as a view. */
  take(count: number): Uint8Array {
    const from = this.pos;
    this.skip(count);
    return this.bytes.subarray(from, this.pos);
  }

  /** Length-prefixed UTF-8. */
  name(): string {
    const bytes = this.take(this.u32());
    try {
      return decoder.decode(bytes);
    } catch {
      return fault(`a name in ${this.where} before byte ${this.pos} is not valid UTF-8`);
    }
  }

  /** Element count of a vector; each element takes at least one byte, so a larger count is a lie. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.pos) fault(`${this.where} claims ${count} entries but ends before them`);
    return count;
  }
}

/** Count of a vector and where its entries begin; the bytes were read before and are well formed. */
export function vectorStart(bytes: Uint8Array, from: number): { readonly count: number; readonly entries: number } {
  let count = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] as number;
    count |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { count, entries: at };
  }
}
