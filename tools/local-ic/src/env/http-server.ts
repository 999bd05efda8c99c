/**
 * The socket side of the server: reads whole requests within limits, writes answers, and knows when it was last used.
 * Plain `node:http`: every route takes raw bytes, and a web framework alone would double the time until ready.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, answerToError, failure } from '../http/answer.ts';
import type { RequestHandler } from '../http/request.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { createHttpUsage, type OpenRequest } from './http-usage.ts';

/** Milliseconds in which the rest of a body that is too large may still come, and is thrown away. */
const LINGER_MS = 1_000;
/** Seconds after which a client may try again that was turned away. */
const RETRY_AFTER_SECONDS = 1;

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
export async function startHttpServer(
  api: RequestHandler,
  options: ListenOptions,
  limits: HttpLimits = HTTP_LIMITS,
): Promise<HttpServer> {
  const usage = createHttpUsage(limits);
  const server = createServer({ connectionsCheckingInterval: limits.checkMs }, (request, response) => {
    const open = usage.begin(request, response);
    if (open !== null) void serve(api, { request, response, open, limits });
  });
  server.headersTimeout = limits.headMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.maxConnections = limits.connections;
  server.on('clientError', refuseUnreadable);
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    idleMs: usage.idleMs,
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
      // A connection that could not be accepted; there will be others.
      server.on('error', () => {});
      resolve();
    });
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly open: OpenRequest;
  readonly limits: HttpLimits;
}

async function serve(api: RequestHandler, exchange: Exchange): Promise<void> {
  const { request, response, open } = exchange;
  const { method = 'GET', url = '/', headers } = request;
  try {
    const body = await readBody(exchange, api.maxBodyBytes(url));
    if (body === null) return;
    if (body === 'too_large') return refuse(exchange, api.tooLarge({ method, url, headers }));
    if (body === 'too_busy') return refuse(exchange, TOO_BUSY);
    await send(exchange, await api.handle({ method, url, headers, body, gone: open.gone }));
  } catch (error) {
    if (!response.destroyed) await send(exchange, answerToError(error));
  }
}

const TOO_BUSY: Answer = {
  ...failure(503, 'The server keeps as many bytes of requests as it may; send this one again later.'),
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
};

/** Null if the client went away before the whole body was there. */
function readBody({ request, open }: Exchange, limit: number): Promise<Uint8Array | 'too_large' | 'too_busy' | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too_large');
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const giveUp = (why: 'too_large' | 'too_busy') => {
      chunks.length = 0;
      length = Number.POSITIVE_INFINITY;
      resolve(why);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) giveUp('too_large');
      else if (open.keep(chunk.length)) chunks.push(chunk);
      else giveUp('too_busy');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

/** A client reads no answer while it still writes, so what it has at hand is read, and thrown away. */
async function refuse(exchange: Exchange, answer: Answer): Promise<void> {
  const { request, response } = exchange;
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
  await send(exchange, answer);
}

async function send({ response, limits }: Exchange, answer: Answer): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  response.setTimeout(limits.stalledMs, () => response.destroy());
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
    // Whoever does not close its side does not keep ours open.
    () => socket.destroy(),
  );
}
