import { Principal } from '@dfinity/principal';
import { bigEndian64, concatBytes } from './bytes.ts';
import { LocalIcError } from './errors.ts';

/**
 * A principal in its canonical text form. State and messages hold text, so that it can be a map's key and be read in a
 * debugger; bytes are made at the border.
 */
export type PrincipalText = string & { readonly __brand: 'PrincipalText' };

/** The management canister, zero bytes. */
export const MANAGEMENT_CANISTER = 'aaaaa-aa' as PrincipalText;
/** The anonymous principal, one byte 04. */
export const ANONYMOUS = '2vxsx-fae' as PrincipalText;

/** Principals are at most this many bytes (interface specification, "Principals"). */
export const MAX_PRINCIPAL_BYTES = 29;

const textOf = new Map<string, PrincipalText>();
const bytesOf = new Map<PrincipalText, Uint8Array>();
const CACHE_LIMIT = 50_000;

/** Text of a principal's bytes. Throws `invalid_principal` above 29 bytes. */
export function principalFromBytes(bytes: Uint8Array): PrincipalText {
  if (bytes.length > MAX_PRINCIPAL_BYTES) {
    throw new LocalIcError('invalid_principal', `A principal has at most 29 bytes, this one has ${bytes.length}.`);
  }
  const key = String.fromCharCode(...bytes);
  const known = textOf.get(key);
  if (known !== undefined) return known;
  const text = Principal.fromUint8Array(bytes.slice()).toText() as PrincipalText;
  remember(key, text, bytes.slice());
  return text;
}

/** Bytes of a principal. The result is shared: do not write to it. */
export function principalToBytes(text: PrincipalText): Uint8Array {
  const known = bytesOf.get(text);
  if (known !== undefined) return known;
  const bytes = Principal.fromText(text).toUint8Array();
  remember(String.fromCharCode(...bytes), text, bytes);
  return bytes;
}

/** Checks and brands a textual principal. Throws `invalid_principal`. */
export function principal(text: string): PrincipalText {
  try {
    return principalFromBytes(Principal.fromText(text).toUint8Array());
  } catch {
    throw new LocalIcError('invalid_principal', `"${text}" is not a principal.`, { text });
  }
}

function remember(key: string, text: PrincipalText, bytes: Uint8Array): void {
  if (textOf.size > CACHE_LIMIT) {
    textOf.clear();
    bytesOf.clear();
  }
  textOf.set(key, text);
  bytesOf.set(text, bytes);
}

/** The canister id with this number: eight bytes big-endian, then 01 01 (interface specification, "Canister ids"). */
export function canisterIdFromNumber(number: bigint): PrincipalText {
  return principalFromBytes(concatBytes(bigEndian64(number), new Uint8Array([1, 1])));
}

/** The number of a canister id, or null for ids of another form. */
export function canisterNumber(id: PrincipalText): bigint | null {
  const bytes = principalToBytes(id);
  if (bytes.length !== 10 || bytes[8] !== 1 || bytes[9] !== 1) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}
