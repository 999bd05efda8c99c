/**
 * The public HTTP API (interface specification, "HTTPS Interface") in front of one instance. It looks at paths and
 * headers only; what the bodies say is for the thread that holds the instance.
 */
import { MAX_API_BODY_BYTES } from '../../limits.ts';
import { type Answer, answerToError, NO_SUCH_ROUTE } from '../answer.ts';
import type { ApiContext } from '../context.ts';
import { CORS, preflight } from '../cors.ts';
import type { HttpRequest } from '../request.ts';
import { MAX_WAITING_CALLS, untilAnswered } from '../until-answered.ts';
import { type ApiPath, matchApi } from './paths.ts';

/** Milliseconds that a synchronous call waits for its certificate (http-api reference, section 5). */
const CALL_WAIT_MS = 10_000;

const ACCEPTED: Answer = { status: 202, type: 'none', body: '' };
const METHODS = 'GET, HEAD, POST, OPTIONS';

/** Answers a request whose path goes on with `rest` behind `/api/`. Never rejects. */
export async function serveApi(context: ApiContext, request: HttpRequest, rest: string): Promise<Answer> {
  if (request.method === 'OPTIONS') return preflight(METHODS);
  const answer = await answerApi(context, request, rest).catch(answerToError);
  return { ...answer, headers: { ...CORS, ...answer.headers } };
}

async function answerApi(context: ApiContext, request: HttpRequest, rest: string): Promise<Answer> {
  const match = matchApi(request.method, rest);
  if (match.kind === 'not_found') return NO_SUCH_ROUTE;
  if (match.kind === 'wrong_method') return problem(405, `This address takes ${match.allowed}, not ${request.method}.`);
  const { path } = match;
  if (path.operation !== 'api/status' && mediaType(request) !== 'application/cbor') {
    // As a replica refuses it (rs/http_endpoints/public, verify_cbor_content_header).
    return problem(400, 'Unexpected content-type, expected application/cbor.');
  }
  if (request.body.length > MAX_API_BODY_BYTES) {
    return problem(413, `The body has ${request.body.length} bytes; at most ${MAX_API_BODY_BYTES} are allowed.`);
  }
  const { operation } = path;
  const { accepted, ...answer } = await context.host.run({
    key: context.key,
    operation,
    body: request.body,
    path,
    blob: null,
  });
  return accepted === undefined ? answer : acceptedCall(context, { path, gone: request.gone }, accepted);
}

async function acceptedCall(
  context: ApiContext,
  { path, gone }: { readonly path: ApiPath; readonly gone: AbortSignal | undefined },
  messageId: Uint8Array,
): Promise<Answer> {
  context.rounds.wanted();
  if (!path.sync || context.rounds.waiting() >= MAX_WAITING_CALLS) return ACCEPTED;
  const certificate = () => ({ operation: 'api/certificate', body: messageId.slice(), path: null }) as const;
  return (await untilAnswered(context, certificate, { waitMs: CALL_WAIT_MS, gone })) ?? ACCEPTED;
}

function mediaType({ headers }: HttpRequest): string {
  const header = headers['content-type'];
  return (typeof header === 'string' ? header : '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function problem(status: number, text: string): Answer {
  return { status, type: 'text', body: text };
}
