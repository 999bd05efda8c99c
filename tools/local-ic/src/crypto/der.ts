import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts';

/** Public keys in DER: `SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING }` (RFC 5280, SubjectPublicKeyInfo). */
const TAG = { sequence: 0x30, bitString: 0x03 } as const;

export interface DerPublicKey {
  /** In hex: what stands in the inner sequence, object identifier and parameters with their tags. */
  readonly algorithm: string;
  readonly key: Uint8Array;
}

interface Element {
  readonly content: Uint8Array;
  readonly rest: Uint8Array;
}

/** Null for anything but exactly one such key, in the one encoding that DER allows. */
export function readDerKey(bytes: Uint8Array): DerPublicKey | null {
  const outer = readElement(bytes, TAG.sequence);
  if (outer === null || outer.rest.length > 0) return null;
  const algorithm = readElement(outer.content, TAG.sequence);
  if (algorithm === null) return null;
  const bits = readElement(algorithm.rest, TAG.bitString);
  // The first byte of a bit string counts the bits left over at its end; keys are whole bytes.
  if (bits === null || bits.rest.length > 0 || bits.content[0] !== 0) return null;
  return { algorithm: bytesToHex(algorithm.content), key: bits.content.subarray(1) };
}

export function writeDerKey({ algorithm, key }: DerPublicKey): Uint8Array {
  const bits = element(TAG.bitString, concatBytes(Uint8Array.of(0), key));
  return element(TAG.sequence, concatBytes(element(TAG.sequence, hexToBytes(algorithm)), bits));
}

function readElement(bytes: Uint8Array, tag: number): Element | null {
  if (bytes[0] !== tag) return null;
  const first = bytes[1] ?? 0xff;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  // Longer keys than two length bytes can count are refused before they get here.
  if (lengthBytes > 2 || first === 0x80) return null;
  const start = 2 + lengthBytes;
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of bytes.subarray(2, start)) length = length * 256 + byte;
  const shortest = lengthBytes === 0 || length >= (lengthBytes === 1 ? 0x80 : 0x100);
  if (!shortest || bytes.length < start + length) return null;
  return { content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

function element(tag: number, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag, ...lengthOf(content.length)), content);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
