import { MAX_PAGE_HEADER_BYTES } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import type { HttpRequest } from '../request.ts';
import type { HeaderFields, Verification } from './types.ts';

type AnswerHeaders = NonNullable<Answer['headers']>;

/** Visible ASCII, space and tab: what a canister gets as text without a guess at its encoding. */
const READABLE = /^[\t\x20-\x7e]*$/;

/** The headers as the canister gets them; null if one is not readable. */
export function canisterHeaders(headers: HttpRequest['headers']): HeaderFields | null {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []]
      .flat()
      .map((value): [string, string] => [name, name === 'accept-encoding' ? plainToo(value) : value]),
  );
  return fields.every(([, value]) => READABLE.test(value)) ? fields : null;
}

/** A canister may have a page in no other encoding than none. */
function plainToo(encodings: string): string {
  return /\bidentity\b/i.test(encodings) ? encodings : `${encodings}, identity`;
}

/** Those that speak of the connection between gateway and client, and of the body's way over it: not the canister's to say. */
const CONNECTION = new Set(
  'connection content-length keep-alive proxy-authenticate proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not get into a header.
const UNSENDABLE = /[\x00-\x08\x0a-\x1f\x7f]/;

export type Headers =
  | { readonly ok: true; readonly headers: AnswerHeaders }
  | { readonly ok: false; readonly reason: string };

/** A canister's headers as they are sent. */
export function answerHeaders(fields: HeaderFields, { isHead }: { readonly isHead: boolean }): Headers {
  const headers = new Map<string, string[]>();
  let size = 0;
  for (const [given, value] of fields) {
    const name = given.toLowerCase();
    size += given.length + value.length;
    if (!NAME.test(name) || UNSENDABLE.test(value)) {
      return { ok: false, reason: `The header ${JSON.stringify(given)} cannot be sent: ${JSON.stringify(value)}.` };
    }
    const isLength = isHead && name === 'content-length' && /^\d{1,15}$/.test(value);
    if (CONNECTION.has(name) && !isLength) continue;
    headers.set(name, [...(isLength ? [] : (headers.get(name) ?? [])), latin1(value)]);
  }
  if (size > MAX_PAGE_HEADER_BYTES) {
    return { ok: false, reason: `The headers have ${size} characters; ${MAX_PAGE_HEADER_BYTES} are allowed.` };
  }
  return { ok: true, headers: Object.fromEntries(headers) };
}

/** The bytes of the text in UTF-8, each as a character: what a header carries. */
function latin1(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** What verification leaves of a canister's headers. */
export function trustedHeaders(fields: HeaderFields, verified: Verification & { ok: true }): HeaderFields {
  // Version 1 certifies bodies only, and a page must not be kept longer than its certificate holds.
  if (verified.version === 1) return fields.filter(([name]) => name.toLowerCase() !== 'cache-control');
  return verified.headers ?? fields;
}
