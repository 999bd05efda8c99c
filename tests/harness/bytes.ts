/** Numbers as the canisters in WebAssembly text read and write them: little-endian. */

export function i32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setInt32(index * 4, value, true);
  });
  return bytes;
}

export function i64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

export function toI32(bytes: Uint8Array): number {
  if (bytes.length !== 4) throw new Error(`A 32-bit number has 4 bytes, not ${bytes.length}.`);
  return reader(bytes).i32();
}

export function toI64(bytes: Uint8Array): bigint {
  if (bytes.length !== 8) throw new Error(`A 64-bit number has 8 bytes, not ${bytes.length}.`);
  return reader(bytes).i64();
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

export function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Reads one value after the other; reading past the end throws. */
export interface Reader {
  i32(): number;
  i64(): bigint;
  bytes(length: number): Uint8Array;
  done(): boolean;
}

export function reader(bytes: Uint8Array): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (length: number): number => {
    at += length;
    return at - length;
  };
  return {
    i32: () => view.getInt32(skip(4), true),
    i64: () => view.getBigInt64(skip(8), true),
    bytes: (length) => {
      const from = skip(length);
      if (at > bytes.length) throw new Error(`${length} bytes wanted, ${bytes.length - from} left.`);
      return bytes.slice(from, at);
    },
    done: () => at === bytes.length,
  };
}
