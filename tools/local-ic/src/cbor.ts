/**
 * CBOR (RFC 8949) that somebody sent. Values take a hundred times the memory of their bytes, and a number of a million
 * digits takes minutes to read; so what it is made of is counted before anything is made of it.
 */
import { type DecodeOptions, decode } from 'cbor2';
import { MAX_CBOR_INTEGER_BYTES, MAX_CBOR_ITEMS } from './limits.ts';

const MAJOR = { bytes: 2, text: 3, tag: 6 } as const;
/** Tags that the Internet Computer's interface has: large integers, and "this is CBOR". */
const TAG = { positive: 2n, negative: 3n, selfDescribed: 55_799n } as const;
const TAGS: ReadonlySet<bigint> = new Set(Object.values(TAG));
const INDEFINITE = 31;

/** Throws `Error` for what is no CBOR, has keys twice, or is made of more than any request needs. */
export function readCbor(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  checkParts(bytes);
  return decode(bytes, { rejectDuplicateKeys: true, ...options });
}

/** Looks at the heads of all items, one after the other: nesting does not matter for counting them. */
function checkParts(bytes: Uint8Array): void {
  let at = 0;
  let isInteger = false;
  for (let items = 1; at < bytes.length; items += 1) {
    if (items > MAX_CBOR_ITEMS) throw new Error(`it has more than ${MAX_CBOR_ITEMS} values`);
    const head = bytes[at] as number;
    const [major, info] = [head >> 5, head & 0x1f];
    const size = info < 24 || info === INDEFINITE ? 0 : 1 << (info - 24);
    const argument = size === 0 ? BigInt(info) : bigEndian(bytes.subarray(at + 1, at + 1 + size));
    const content = (major === MAJOR.bytes || major === MAJOR.text) && info !== INDEFINITE ? argument : 0n;
    if (isInteger && (major !== MAJOR.bytes || info === INDEFINITE || content > MAX_CBOR_INTEGER_BYTES)) {
      throw new Error(`it has an integer of more than ${MAX_CBOR_INTEGER_BYTES} bytes`);
    }
    if (major === MAJOR.tag && !TAGS.has(argument)) throw new Error(`it has the tag ${argument}`);
    isInteger = major === MAJOR.tag && argument !== TAG.selfDescribed;
    // The reader says what is wrong with bytes that end too early.
    if (content > BigInt(bytes.length)) return;
    at += 1 + size + Number(content);
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
