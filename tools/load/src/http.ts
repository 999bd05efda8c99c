import { Agent, request } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they go over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface HttpAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

/** Milliseconds after which a request counts as not answered. */
const PATIENCE_MS = 60_000;

/** A client with connections of its own. */
export interface HttpClient {
  /** Never rejects. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

export function createClient(url: string): HttpClient {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers = {}, body }) =>
      new Promise((resolve) => {
        const lost = (error: Error) => resolve({ status: 0, type: '', body: Buffer.from(error.message) });
        const length = body === undefined ? {} : { 'content-length': String(body.length) };
        const options = {
          hostname,
          port,
          agent,
          method,
          path,
          headers: { ...length, ...headers },
          timeout: PATIENCE_MS,
        };
        const sent = request(options, (response) => {
          const chunks: Uint8Array[] = [];
          response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
          response.once('error', lost);
          response.once('end', () => {
            const type = response.headers['content-type'] ?? '';
            resolve({ status: response.statusCode ?? 0, type, body: Buffer.concat(chunks) });
          });
        });
        sent.once('timeout', () => sent.destroy(new Error('not answered in time')));
        sent.once('error', lost);
        sent.end(body);
      }),
  };
}
