/** Bytes as hexadecimal text and back, and text as bytes. */

const HEX = '0123456789abcdef';

/** Lower-case hexadecimal text of `bytes`, two digits each. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** Bytes of hexadecimal text in either case, with or without `0x`; undefined if it is not hexadecimal. */
export function hexToBytes(text: string): Uint8Array | undefined {
  const digits = text.toLowerCase().startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** ASCII text as bytes. A loop, because `Uint8Array.from` calls back for each character, which QuickJS takes long for. */
export function ascii(text: string): Uint8Array {
  const { length } = text;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}
