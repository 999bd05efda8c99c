/**
 * Principals as text and bytes (interface specification, "Textual representation of principals"): base32 of the CRC32
 * and the bytes, lower case, grouped by five. No class: every SDK has its own, and they do not mix.
 */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** The longest principal, in bytes. */
export const MAX_PRINCIPAL_BYTES = 29;

/** The management canister, `aaaaa-aa`: the empty principal. */
export const MANAGEMENT_CANISTER = 'aaaaa-aa';

/** The anonymous caller, one byte 4. */
export const ANONYMOUS = '2vxsx-fae';

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function base32Encode(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (5 - bits)) & 31) : text;
}

function base32Decode(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
  }
  return Uint8Array.from(bytes);
}

/**
 * Text of a principal, `aaaaa-aa` for no bytes.
 * @throws RangeError for more than 29 bytes, which is a bug of the caller: nothing on the IC is that long.
 */
export function principalToText(bytes: Uint8Array): string {
  if (bytes.length > MAX_PRINCIPAL_BYTES) throw new RangeError(`a principal has at most ${MAX_PRINCIPAL_BYTES} bytes`);
  const checked = new Uint8Array(bytes.length + 4);
  new DataView(checked.buffer).setUint32(0, crc32(bytes));
  checked.set(bytes, 4);
  return base32Encode(checked).replace(/.{5}(?=.)/g, '$&-');
}

/**
 * Bytes of a principal's text; undefined unless it is exactly the canonical text (checksum, case, dashes), so that two
 * different texts never mean the same principal.
 */
export function principalFromText(text: string): Uint8Array | undefined {
  const checked = base32Decode(text.replaceAll('-', ''));
  if (checked === undefined || checked.length < 4 || checked.length > MAX_PRINCIPAL_BYTES + 4) return undefined;
  const bytes = checked.slice(4);
  return principalToText(bytes) === text ? bytes : undefined;
}

/** Whether `text` is the canonical text of a principal. */
export function isPrincipalText(text: string): boolean {
  return principalFromText(text) !== undefined;
}
