/**
 * The socket side of the server: reads whole requests within limits, writes answers, and knows when it was last used.
 * Plain `node:http`: every route takes raw bytes, and a web framework alone would double the time until ready.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, answerToError, failure } from '../http/answer.ts';
import type { PocketIcApi } from '../http/pocket-ic.ts';
import { MAX_API_BODY_BYTES } from '../limits.ts';

/** Bytes of a request body: a 100 MiB module in base64, with room; and of a blob. */
const MAX_BODY_BYTES = 256 * 1024 ** 2;
const MAX_BLOB_BYTES = 1024 ** 3;
/** Milliseconds within which a request's head, and all of it, must have arrived. */
const HEAD_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Milliseconds that an idle connection stays open; longer than the clients keep theirs. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpServer {
  readonly port: number;
  /** Milliseconds since the last request ended; 0 while one is being answered. */
  idleMs(): number;
  /** Accepts nothing more and closes every connection. */
  close(): Promise<void>;
}

/** What answers the requests. */
export type RequestHandler = Pick<PocketIcApi, 'handle'>;

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Serves the API. Rejects with node's error if the address cannot be had. */
export async function startHttpServer(api: RequestHandler, options: ListenOptions): Promise<HttpServer> {
  const usage = { active: 0, lastEnd: performance.now() };
  const server = createServer((request, response) => {
    usage.active += 1;
    // Also after a client went away, so that a dead connection never looks like use.
    response.once('close', () => {
      usage.active -= 1;
      usage.lastEnd = performance.now();
    });
    void serve(api, request, response);
  });
  server.headersTimeout = HEAD_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('clientError', refuseUnreadable);
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    idleMs: () => (usage.active > 0 ? 0 : performance.now() - usage.lastEnd),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(api: RequestHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request);
    if (body === null) return;
    if (body === 'too_large') return refuseTooLarge(request, response);
    const { method = 'GET', url = '/', headers } = request;
    send(response, await api.handle({ method, url, headers, body }));
  } catch (error) {
    send(response, answerToError(error));
  }
}

/** Null if the client went away before the whole body was there. */
function readBody(request: IncomingMessage): Promise<Uint8Array | 'too_large' | null> {
  const limit = bodyLimit(request.url ?? '');
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large');
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        chunks.length = 0;
        resolve('too_large');
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(length > limit ? 'too_large' : Buffer.concat(chunks)));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

function bodyLimit(url: string): number {
  if (url.startsWith('/blobstore')) return MAX_BLOB_BYTES;
  return /\/api\/v\d\//.test(url) ? MAX_API_BODY_BYTES : MAX_BODY_BYTES;
}

function refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  send(response, failure(413, 'The request body is larger than this server takes.'));
  response.once('finish', () => request.destroy());
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  const types = { json: 'application/json', text: 'text/plain', bytes: 'application/octet-stream', none: null };
  const type = types[answer.type];
  if (type !== null) response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.statusCode = answer.status;
  response.end(answer.body);
}

/** What is not HTTP, or stopped half-way. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const answer = late
    ? failure(408, 'The request did not arrive in time.')
    : failure(400, `The request is not readable as HTTP/1.1: ${error.message}`);
  const status = late ? '408 Request Timeout' : '400 Bad Request';
  const body = String(answer.body);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
