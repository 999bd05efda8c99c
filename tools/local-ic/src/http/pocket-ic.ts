/**
 * PocketIC's REST API as one function from a request to an answer, without a socket, a timer or a thread of its own.
 * The table below names every route of the real server; what is not served yet is in the second one, with its reason.
 */
import { MAX_API_BODY_BYTES } from '../limits.ts';
import {
  type Answer,
  answerToError,
  BadRequest,
  EMPTY_OK,
  failure,
  jsonText,
  NO_SUCH_ROUTE,
  WRONG_METHOD,
} from './answer.ts';
import { serveApi } from './api/serve.ts';
import { type Blobstore, createBlobstore } from './blobstore.ts';
import type { Clock } from './clock.ts';
import { createGateways, type Gateways, type Listen } from './gateways.ts';
import { unknownOperation } from './graph.ts';
import type { InstanceHost } from './instance-host.ts';
import { createInstances, DEFAULT_WAIT_MS, type Instances } from './instances.ts';
import { operationKind, ROUTED_OPERATIONS, type RoutedOperation } from './operation-table.ts';
import type { HttpRequest, RequestHandler } from './request.ts';
import { matchRoute, type Route } from './routes.ts';
import { refuseOtherOrigins, refuseOtherTypes } from './same-origin.ts';

export interface PocketIcApi extends RequestHandler {
  /** Deletes all instances. */
  end(): Promise<void>;
}

interface Served {
  readonly instances: Instances;
  readonly gateways: Gateways;
  readonly blobs: Blobstore;
}

type Handler = (served: Served, request: HttpRequest, parameters: readonly string[]) => Promise<Answer> | Answer;

/** Without `listen`, no HTTP gateway can be opened. */
export function createPocketIcApi(host: InstanceHost, clock: Clock, listen: Listen = noSockets): PocketIcApi {
  const blobs = createBlobstore();
  const gateways: Gateways = createGateways((id) => instances.apiOf(id), listen);
  const instances = createInstances({ host, clock, blobs, openGateway: gateways.open });
  const served: Served = { blobs, instances, gateways };
  return {
    async handle(request) {
      const foreign = refuseOtherOrigins(request);
      if (foreign !== null) return foreign;
      const match = matchRoute(ROUTES, request.method, request.url);
      if (match.kind === 'not_found') return NO_SUCH_ROUTE;
      if (match.kind === 'wrong_method') return WRONG_METHOD;
      const untyped = takesJson(request) ? refuseOtherTypes(request) : null;
      if (untyped !== null) return untyped;
      try {
        return await match.handler(served, request, match.parameters);
      } catch (error) {
        return answerToError(error);
      }
    },
    maxBodyBytes,
    tooLarge: () => failure(413, 'The request body is larger than this server takes.'),
    async end() {
      await served.gateways.end();
      await served.instances.end();
    },
  };
}

/** Blobs have a type of their own, and so has the public API. */
function takesJson({ method, url }: HttpRequest): boolean {
  return method === 'POST' && !url.startsWith('/blobstore') && !/^\/instances\/[^/]*\/api\//.test(url);
}

async function noSockets(): Promise<never> {
  throw new Error('this server opens no sockets.');
}

/** Bytes of a request body: a 100 MiB module in base64, with room; and of a blob. */
const MAX_BODY_BYTES = 256 * 1024 ** 2;
const MAX_BLOB_BYTES = 1024 ** 3;

function maxBodyBytes(url: string): number {
  if (url.startsWith('/blobstore')) return MAX_BLOB_BYTES;
  return /\/api\/v\d\//.test(url) ? MAX_API_BODY_BYTES : MAX_BODY_BYTES;
}

const VOID: Answer = jsonText(200, 'null');

const SERVED: readonly Route<Handler>[] = [
  { method: 'GET', path: '/status', handler: () => EMPTY_OK },
  { method: 'POST', path: '/blobstore', handler: uploadBlob },
  { method: 'GET', path: '/blobstore/:id', handler: downloadBlob },
  { method: 'GET', path: '/read_graph/:label/:operation', handler: readGraph },
  { method: 'POST', path: '/instances', handler: ({ instances }, { body }) => instances.create(body) },
  { method: 'GET', path: '/instances', handler: ({ instances }) => instances.list() },
  { method: 'DELETE', path: '/instances/:instance', handler: deleteInstance },
  { method: 'GET', path: '/instances/:instance/auto_progress', handler: isLive },
  { method: 'POST', path: '/instances/:instance/auto_progress', handler: startProgress },
  { method: 'POST', path: '/instances/:instance/stop_progress', handler: stopProgress },
  { method: '*', path: '/instances/:instance/api/*', handler: instanceApi },
  { method: 'GET', path: '/http_gateway', handler: ({ gateways }) => gateways.list() },
  { method: 'POST', path: '/http_gateway', handler: ({ gateways }, { body }) => gateways.create(body) },
  { method: 'POST', path: '/http_gateway/:id/stop', handler: stopGateway },
  ...ROUTED_OPERATIONS.map((name) => ({
    method: operationKind(name).method,
    path: `/instances/:instance/${name}`,
    handler: runOperation(name),
  })),
];

/** Routes of the real server that this one answers 400, and why. `:instance` must still name a living instance. */
const NOT_SERVED: readonly Route<Handler>[] = [
  ['POST', '/instances/:instance/update/mock_canister_http', 'its canisters cannot make HTTP outcalls'],
  ['POST', '/verify_signature', 'it makes no canister signatures'],
  ['GET', '/instances/:instance/_/dashboard', 'it has no dashboard'],
  ['GET', '/api.json', 'it has no OpenAPI description'],
  ['POST', '/instances/:instance/update/canister_snapshot_download', 'it keeps no files'],
  ['POST', '/instances/:instance/update/canister_snapshot_upload', 'it keeps no files'],
  ['*', '/prune_graph/*', 'results of deferred operations go with their instance'],
  ['POST', '/instances/:instance/update/delete_subnet', 'an instance is one subnet'],
].map(([method, path, reason]) => notServed(String(method), String(path), String(reason)));

const ROUTES: readonly Route<Handler>[] = [...SERVED, ...NOT_SERVED];

function notServed(method: string, path: string, reason: string): Route<Handler> {
  const handler: Handler = ({ instances }, request, [id]) => {
    if (path.startsWith('/instances/')) instances.require(instanceId(id));
    return failure(400, `${request.method} ${path} is not served by this server: ${reason}.`);
  };
  return { method, path, handler };
}

function runOperation(operation: RoutedOperation): Handler {
  return ({ instances }, request, [id]) =>
    instances.run(instanceId(id), { operation, body: request.body, waitMs: waitMs(request) });
}

function waitMs(request: HttpRequest): number {
  const header = request.headers['processing-timeout-ms'];
  if (header === undefined) return DEFAULT_WAIT_MS;
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) {
    throw new BadRequest('processing-timeout-ms: expected a whole number of milliseconds.');
  }
  return Number(header);
}

function instanceId(text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) throw new BadRequest(`"${text}" is not an instance id.`);
  return Number(text);
}

function uploadBlob({ blobs }: Served, { headers, body }: HttpRequest): Answer {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new BadRequest(`Content-Encoding ${String(encoding)} is not served: use gzip or none.`);
  }
  return { status: 200, type: 'text', body: blobs.put({ bytes: body, gzip: encoding === 'gzip' }) };
}

function downloadBlob({ blobs }: Served, _request: HttpRequest, [id]: readonly string[]): Answer {
  const blob = /^[0-9a-f]{64}$/.test(id ?? '') ? blobs.get(id as string) : null;
  if (blob === null) return failure(404, `This server holds no blob ${id}.`);
  return {
    status: 200,
    type: 'bytes',
    body: blob.bytes,
    headers: blob.gzip ? { 'content-encoding': 'gzip' } : {},
  };
}

function readGraph(
  { instances }: Served,
  _request: HttpRequest,
  [label = '', operation = '']: readonly string[],
): Answer {
  return instances.readGraph(label, operation) ?? unknownOperation(label, operation);
}

async function deleteInstance(
  { instances, gateways }: Served,
  _request: HttpRequest,
  [id]: readonly string[],
): Promise<Answer> {
  const instance = instanceId(id);
  await instances.delete(instance);
  await gateways.stopOf(instance);
  return EMPTY_OK;
}

async function instanceApi({ instances }: Served, request: HttpRequest, [id, rest = '']: readonly string[]) {
  return serveApi(instances.apiOf(instanceId(id)), request, rest);
}

async function stopGateway({ gateways }: Served, _request: HttpRequest, [id]: readonly string[]): Promise<Answer> {
  await gateways.stop(instanceId(id));
  return VOID;
}

function isLive({ instances }: Served, _request: HttpRequest, [id]: readonly string[]): Answer {
  return jsonText(200, String(instances.isLive(instanceId(id))));
}

async function startProgress({ instances }: Served, request: HttpRequest, [id]: readonly string[]): Promise<Answer> {
  await instances.startProgress(instanceId(id), request.body);
  return VOID;
}

async function stopProgress({ instances }: Served, _request: HttpRequest, [id]: readonly string[]): Promise<Answer> {
  await instances.stopProgress(instanceId(id));
  return VOID;
}
