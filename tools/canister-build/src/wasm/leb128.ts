/** Unsigned LEB128 of 32 bits (WebAssembly core specification, 5.2.2). */

export function encodeU32(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return Uint8Array.from(bytes);
}

/** @returns the value and the offset behind it */
export function decodeU32(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[offset + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value, offset + index + 1];
  }
  throw new Error(`no unsigned LEB128 of 32 bits at offset ${offset}`);
}
