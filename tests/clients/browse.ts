/** What a browser sends to a gateway, and node's `fetch` cannot: a host of one's own choice, and paths as they are. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface Visit {
  /** Default: that of the address. */
  readonly host?: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface Visited {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** False if the connection broke before the end of the body. */
  readonly whole: boolean;
}

/** Asks for a path, which is sent as it is. */
export function visit(
  url: string,
  path: string,
  { host, method = 'GET', headers, body }: Visit = {},
): Promise<Visited> {
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const named = host === undefined ? {} : { host };
  const asked = { hostname, port, path, method, headers: { ...length, ...headers, ...named } };
  return new Promise((resolve, reject) => {
    const sent = request({ ...asked, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => {});
      response.on('close', () => {
        const { statusCode: status = 0, headers: got, complete: whole } = response;
        const all = Buffer.concat(parts);
        resolve({ status, headers: got, body: all, text: all.toString('utf8'), whole });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
