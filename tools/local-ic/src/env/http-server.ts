/**
 * The socket side of the server: reads whole requests within limits, writes answers, and knows when it was last used.
 * Plain `node:http`: every route takes raw bytes, and a web framework alone would double the time until ready.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, answerToError, failure } from '../http/answer.ts';
import type { RequestHandler } from '../http/pocket-ic.ts';

/** Milliseconds within which a request's head, and all of it, must have arrived. */
const HEAD_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Milliseconds without a byte after which a client that does not take its answer is given up. */
const STALLED_MS = 60_000;
/** Milliseconds in which the rest of a body that is too large may still come, and is thrown away. */
const LINGER_MS = 1_000;
/** Milliseconds that an idle connection stays open; longer than the clients keep theirs. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpServer {
  readonly port: number;
  /** Milliseconds since the last request ended; 0 while one is being answered. */
  idleMs(): number;
  /** Accepts nothing more and closes every connection. */
  close(): Promise<void>;
}

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
  const { method = 'GET', url = '/', headers } = request;
  try {
    const body = await readBody(request, api.maxBodyBytes(url));
    if (body === null) return;
    if (body === 'too_large') return refuseTooLarge(request, response, api.tooLarge({ method, url, headers }));
    await send(response, await api.handle({ method, url, headers, body }));
  } catch (error) {
    await send(response, answerToError(error));
  }
}

/** Null if the client went away before the whole body was there. */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | 'too_large' | null> {
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

/** A client reads no answer while it still writes, so what it has at hand is read, and thrown away. */
async function refuseTooLarge(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  request.resume();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS);
    request.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  response.setHeader('connection', 'close');
  response.once('finish', () => request.destroy());
  await send(response, answer);
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  response.setTimeout(STALLED_MS, () => response.destroy());
  const types = { json: 'application/json', text: 'text/plain', bytes: 'application/octet-stream', none: null };
  const type = types[answer.type];
  if (type !== null) response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.statusCode = answer.status;
  if (answer.more === undefined || response.req.method === 'HEAD') response.end(answer.body);
  else await sendParts(response, answer.body, answer.more);
}

/** A part is asked for when the client has taken those before it. */
async function sendParts(
  response: ServerResponse,
  first: Answer['body'],
  more: NonNullable<Answer['more']>,
): Promise<void> {
  try {
    for (let part: Answer['body'] | null = first; part !== null; part = await more()) {
      if (!response.write(part)) await drained(response);
      if (response.destroyed) return;
    }
    response.end();
  } catch {
    response.destroy();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['drain', 'close']) response.once(event, () => resolve());
  });
}

const UNREADABLE: Readonly<Record<string, readonly [status: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The path and the headers have more than 16 KiB.'],
};

/** What is not HTTP, or stopped half-way. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, message] = UNREADABLE[error.code ?? ''] ?? [
    '400 Bad Request',
    `The request is not readable as HTTP/1.1: ${error.message}`,
  ];
  const body = String(failure(Number.parseInt(status, 10), message).body);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
