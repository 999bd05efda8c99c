import { JSONParse, JSONStringify } from 'json-with-bigint';
import { BadRequest } from './answer.ts';

/**
 * JSON at PocketIC's border. Integers above 2^53 are plain digits there. The exact forms keep them as bigint; they pass
 * over the text with regular expressions, so that requests and answers that carry blobs use the plain forms.
 */

/** Reads a request body; an empty body is `{}`. Throws `BadRequest`. */
export function parseJson(body: Uint8Array): unknown {
  return parseWith(body, (text) => JSON.parse(text));
}

/** No request that carries big integers is anywhere near this many bytes. */
const MAX_EXACT_BYTES = 65_536;

/** As `parseJson`; integers above 2^53 - 1 become bigint, smaller ones stay numbers. */
export function parseExactJson(body: Uint8Array): unknown {
  if (body.length > MAX_EXACT_BYTES) throw new BadRequest(`The request body has more than ${MAX_EXACT_BYTES} bytes.`);
  return parseWith(body, (text) => JSONParse(text));
}

/** Commas and brackets in a request body. No request has many, and values take much more memory than their text. */
const MAX_STRUCTURE = 100_000;

/** Values in the body at most, without reading it as JSON. Base64 has none of these bytes, so that large bodies pass fast. */
function checkStructure(body: Uint8Array): void {
  let count = 0;
  for (const byte of [0x2c, 0x5b, 0x7b]) {
    for (let at = body.indexOf(byte); at >= 0; at = body.indexOf(byte, at + 1)) {
      count += 1;
      if (count > MAX_STRUCTURE) throw new BadRequest('The request body has too many values.');
    }
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new BadRequest('The request body is not UTF-8.');
  }
}

function parseWith(body: Uint8Array, parse: (text: string) => unknown): unknown {
  if (body.length === 0) return {};
  checkStructure(body);
  const text = decode(body);
  try {
    return parse(text);
  } catch (error) {
    throw new BadRequest(`The request body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

export function printJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** As `printJson`; bigints are printed as plain digits. */
export function printExactJson(value: unknown): string {
  return JSONStringify(value) ?? 'null';
}
