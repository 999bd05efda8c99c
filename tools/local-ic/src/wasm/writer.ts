/** Growable byte buffer: one allocation that doubles, no object per write. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `extra` bytes; writes below do it themselves. */
  reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** Signed LEB128 of a number in the range of i32; also the encoding of an i64.const of that value. */
  s32(value: number): void {
    this.reserve(5);
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.bytes[this.length++] = rest & 0x7f;
  }

  raw(source: Uint8Array): void {
    this.copy(source, 0, source.length);
  }

  /** Copies source[from, to). Short runs go byte by byte: a view costs more than it saves. */
  copy(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.reserve(count);
    if (count > 96) {
      this.bytes.set(source.subarray(from, to), this.length);
      this.length += count;
      return;
    }
    const { bytes } = this;
    let at = this.length;
    for (let i = from; i < to; i += 1) bytes[at++] = source[i] as number;
    this.length = at;
  }

  name(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.u32(encoded.length);
    this.raw(encoded);
  }

  /** Leaves five bytes for a size that is known later; returns where. */
  beginSized(): number {
    this.reserve(5);
    const at = this.length;
    this.length += 5;
    return at;
  }

  /** Fills the size left open at `at` with the count of bytes written since, as a padded LEB128. */
  endSized(at: number): void {
    let rest = this.length - at - 5;
    for (let i = 0; i < 4; i += 1) {
      this.bytes[at + i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[at + 4] = rest;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
