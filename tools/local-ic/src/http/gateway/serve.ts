/**
 * The HTTP gateway (HTTP gateway protocol specification) in front of one instance: pages of its canisters, beside the
 * public API. It does what the gateways on mainnet do (dfinity/ic-gateway with dfinity/http-gateway), but never gives a
 * body that is not whole as one that is.
 */
import { MAX_API_BODY_BYTES } from '../../limits.ts';
import { type Answer, answerToError } from '../answer.ts';
import { serveApi } from '../api/serve.ts';
import type { ApiContext } from '../context.ts';
import { CORS, preflight } from '../cors.ts';
import type { HttpRequest, RequestHandler } from '../request.ts';
import { type Domains, type PageAddress, readTarget, resolveAddress } from './address.ts';
import { canisterHeaders } from './headers.ts';
import { pageOf } from './page.ts';
import { problemAnswer } from './problem-page.ts';
import { backendFailed, bodyTooLarge, malformedRequest, methodNotAllowed, type PageProblem } from './problems.ts';

export interface GatewayContext extends ApiContext {
  readonly domains: Domains;
}

/** What mainnet's API has; below other paths of `/api/`, a canister may have pages. */
const API = /^\/api\/(v[234]\/.*)$/;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

export function createGateway(context: GatewayContext): RequestHandler {
  return {
    handle: (request) => serve(context, request).catch((error) => failure(request, error)),
    maxBodyBytes: () => MAX_API_BODY_BYTES,
    tooLarge: ({ headers }) => problemAnswer(bodyTooLarge(), headers.accept),
  };
}

async function serve(context: GatewayContext, request: HttpRequest): Promise<Answer> {
  const refuse = (problem: PageProblem) => problemAnswer(problem, request.headers.accept);
  const target = readTarget(request);
  if (!target.ok) return refuse(target.problem);
  const [pathname = ''] = target.value.path.split('?', 1);
  const [, rest] = API.exec(pathname) ?? [];
  if (rest !== undefined) return serveApi(context, request, rest);
  if (pathname === '/_/topology') return topology(context);
  if (!METHODS.includes(request.method)) return withHeader(refuse(methodNotAllowed()), 'allow', METHODS.join(', '));
  const { domains } = context;
  const address = resolveAddress(target.value, { referer: request.headers.referer, domains });
  if (!address.ok) return request.method === 'OPTIONS' ? defaultPreflight() : refuse(address.problem);
  const { canisterId } = address.value;
  const page = await readPage(context, address.value, { ...request, url: target.value.path });
  return withHeader('cause' in page ? withCors(refuse(page)) : page, 'x-ic-canister-id', canisterId);
}

async function readPage(
  context: GatewayContext,
  address: PageAddress,
  { method, url, headers, body, gone }: HttpRequest,
): Promise<Answer | PageProblem> {
  const fields = canisterHeaders(headers);
  if (fields === null) return malformedRequest('A header has characters that are not visible ASCII.');
  const page = await pageOf({ context, address, gone }, { method, url, headers: fields, body });
  if (method !== 'OPTIONS') return 'cause' in page ? page : withCors(page);
  return 'cause' in page || !isPreflight(page) ? defaultPreflight() : withCors(page);
}

function defaultPreflight(): Answer {
  return preflight(METHODS.filter((method) => method !== 'OPTIONS').join(', '));
}

/** Whether a canister knows what it was asked; most answer OPTIONS as if it were GET. */
function isPreflight({ status, body, headers = {} }: Answer): boolean {
  const isEmpty = status >= 200 && status < 300 && body.length === 0;
  return isEmpty && Object.keys(headers).some((name) => name.startsWith('access-control-'));
}

/** What the canister says itself counts. */
function withCors(answer: Answer): Answer {
  return { ...answer, headers: { ...CORS, ...answer.headers } };
}

function withHeader(answer: Answer, name: string, value: string): Answer {
  return { ...answer, headers: { ...answer.headers, [name]: value } };
}

function topology({ host, key }: GatewayContext): Promise<Answer> {
  return host.run({ key, operation: '_/topology', body: new Uint8Array(0), blob: null });
}

function failure({ headers }: HttpRequest, error: unknown): Answer {
  return problemAnswer(backendFailed(String(answerToError(error).body)), headers.accept);
}
