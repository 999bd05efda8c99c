/**
 * What keeps web pages away from a server that has no other door: any page that somebody opens may send requests to this
 * machine, and one whose domain was pointed here (DNS rebinding) may read the answers. PocketIC's clients are programs: they
 * send no Origin, and address the server by a name that nobody else can own.
 */
import { type Answer, failure } from './answer.ts';
import type { HttpRequest } from './request.ts';

type Headers = HttpRequest['headers'];

/** The refusal of a request that a page of another origin sent, or that came under a name of another; null: none. */
export function refuseOtherOrigins({ headers }: Pick<HttpRequest, 'headers'>): Answer | null {
  const host = one(headers, 'host');
  if (host !== null && !isOwnName(host)) {
    return failure(
      403,
      `This server is not served under the name ${JSON.stringify(host)}: use its address, localhost, or a name without dots.`,
    );
  }
  const origin = one(headers, 'origin');
  const site = one(headers, 'sec-fetch-site');
  const isOwn = origin === null || (host !== null && origin.toLowerCase() === `http://${host.toLowerCase()}`);
  if (isOwn && (site === null || site === 'same-origin' || site === 'none')) return null;
  return failure(403, 'This server answers no web page of another origin. For a page, open an HTTP gateway.');
}

/** The refusal of a body that is not said to be JSON, as no page can send it without asking first; null: none. */
export function refuseOtherTypes({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): Answer | null {
  if (body.length === 0) return null;
  const type = one(headers, 'content-type');
  if (type !== null && /^\s*application\/json\s*(;|$)/i.test(type)) return null;
  return failure(
    415,
    `Unexpected content-type ${type === null ? 'of none' : JSON.stringify(type)}: send application/json.`,
  );
}

/** An absent header is null; of one that came twice, nothing fits. */
function one(headers: Headers, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
}

/** An address, localhost, or a name that cannot be bought: containers reach each other by such ones. */
function isOwnName(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  if (/^\[[0-9a-f:.]+\]$/.test(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return true;
  return /^[a-z0-9_-]+$/.test(name) || /^([a-z0-9_-]+\.)+(localhost|local|internal)$/.test(name);
}
