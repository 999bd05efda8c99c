import { BadRequest } from './answer.ts';

/**
 * Readers of request fields. Each names the field in its refusal. Unknown fields are ignored, as the real server does.
 */

export type Fields = Readonly<Record<string, unknown>>;

export const MAX_U64 = 0xffff_ffff_ffff_ffffn;
export const MAX_U128 = (1n << 128n) - 1n;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object. `where` names it in the refusal. */
export function asObject(value: unknown, where: string): Fields {
  if (!isObject(value)) throw new BadRequest(`${where}: expected a JSON object.`);
  return value;
}

/** The fields of a request's JSON. */
export function requestFields(body: unknown): Fields {
  return asObject(body, 'The request body');
}

export function objectField(fields: Fields, name: string): Fields {
  return asObject(fields[name], name);
}

/** Null for a field that is missing or null. */
export function optionalField(fields: Fields, name: string): unknown {
  return fields[name] ?? null;
}

export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new BadRequest(`${name}: expected a string.`);
  return value;
}

export function bytesField(fields: Fields, name: string): Uint8Array {
  return decodeBase64(textField(fields, name), name);
}

/** A whole number from 0 to `max`. */
export function integerField(fields: Fields, name: string, max: bigint): bigint {
  const value = fields[name];
  const exact = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!exact || BigInt(value) < 0n || BigInt(value) > max) {
    throw new BadRequest(`${name}: expected a whole number from 0 to ${max}.`);
  }
  return BigInt(value);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard base64 with padding. */
export function decodeBase64(text: string, name: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
    throw new BadRequest(`${name}: expected standard base64 with padding.`);
  }
  const buffer = Buffer.from(text, 'base64');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
