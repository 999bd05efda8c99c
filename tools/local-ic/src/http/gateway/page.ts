import { concatBytes } from '../../bytes.ts';
import { MAX_INGRESS_BYTES, MAX_STREAM_CALLBACKS, MAX_VERIFIED_STREAM_CALLBACKS } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import type { ApiContext } from '../api/serve.ts';
import { MAX_WAITING_CALLS, untilAnswered } from '../until-answered.ts';
import type { PageAddress } from './address.ts';
import { answerHeaders, trustedHeaders } from './headers.ts';
import {
  backendFailed,
  bodyTooLarge,
  lateAnswer,
  notUnderstood,
  notVerified,
  type PageProblem,
  rejectProblem,
  tooManyWaiting,
} from './problems.ts';
import type { CallbackToken, HeaderFields, PageCall, PageReply, PageRequest, PageResponse } from './types.ts';

/** Milliseconds that a page waits for an update call to be answered. */
const UPDATE_WAIT_MS = 60_000;
const EMPTY = new Uint8Array(0);

/** A problem on the way to a page; whoever asked for the page gets it as a value. */
class NoPage extends Error {
  readonly problem: PageProblem;

  constructor(problem: PageProblem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** What a canister answers, or why there is no answer. */
export async function pageOf(
  context: ApiContext,
  address: PageAddress,
  request: PageRequest,
): Promise<Answer | PageProblem> {
  try {
    return await readPage(context, address, request);
  } catch (error) {
    if (error instanceof NoPage) return error.problem;
    throw error;
  }
}

async function readPage(context: ApiContext, address: PageAddress, request: PageRequest): Promise<Answer> {
  const { canisterId, verify } = address;
  const asked = responseIn(await ask(context, address, { kind: 'query', canisterId, request }));
  const response = asked.upgrade ? await update(context, address, request) : asked;
  checkStatus(response);
  const { body, callback } = await beginningOf(context, address, response);
  const whole = { ...response, body };
  // An update's answer is certified by the network, and a body that goes on for long cannot be held to verify it.
  const headers =
    asked.upgrade || callback !== null || !verify
      ? response.headers
      : await verifiedHeaders(context, address, { request, response: whole });
  const sent = answerHeaders(headers, { isHead: request.method === 'HEAD' });
  if (!sent.ok) throw new NoPage(notUnderstood(sent.reason));
  const answer: Answer = { status: response.status, type: 'none', body, headers: sent.headers };
  return callback === null ? answer : { ...answer, more: rest(context, address, callback) };
}

async function ask(context: ApiContext, { canisterId }: PageAddress, page: PageCall): Promise<PageReply> {
  const { host, key } = context;
  return replyIn(await host.run({ key, operation: 'gateway/page', body: EMPTY, blob: null, page }), canisterId);
}

function replyIn({ page, body }: Answer, canisterId: PageAddress['canisterId']): PageReply {
  // The thread of the instance is gone, or the instance is.
  if (page === undefined) throw new NoPage(backendFailed(String(body)));
  if (page.kind === 'rejected') throw new NoPage(rejectProblem(page.reject, canisterId));
  if (page.kind === 'malformed') throw new NoPage(notUnderstood(page.reason));
  return page;
}

function responseIn(reply: PageReply): PageResponse {
  if (reply.kind !== 'response') throw new NoPage(backendFailed(`Unexpected ${reply.kind}.`));
  return reply.response;
}

/** The same request as an update call. */
async function update(context: ApiContext, address: PageAddress, request: PageRequest): Promise<PageResponse> {
  if (request.body.length > MAX_INGRESS_BYTES) throw new NoPage(bodyTooLarge());
  if (context.rounds.waiting() >= MAX_WAITING_CALLS) throw new NoPage(tooManyWaiting());
  const { canisterId } = address;
  const submitted = await ask(context, address, { kind: 'update', canisterId, request });
  if (submitted.kind !== 'accepted') throw new NoPage(backendFailed(`Unexpected ${submitted.kind}.`));
  const { messageId } = submitted;
  context.rounds.wanted();
  const result = () => ({ operation: 'gateway/page', body: EMPTY, page: { kind: 'result', messageId } }) as const;
  const answer = await untilAnswered(context, result, UPDATE_WAIT_MS);
  if (answer === null) throw new NoPage(lateAnswer());
  return responseIn(replyIn(answer, canisterId));
}

/** 1xx is between gateway and client; the other bounds are those of HTTP. */
function checkStatus({ status }: PageResponse): void {
  if (status < 200 || status > 999) throw new NoPage(notUnderstood(`The status code ${status} is none of an answer.`));
}

interface Beginning {
  readonly body: Uint8Array;
  /** Null if the body is whole. */
  readonly callback: CallbackToken | null;
}

/** The body, as far as it is there after the few calls in which it must be whole to be verified. */
async function beginningOf(context: ApiContext, address: PageAddress, response: PageResponse): Promise<Beginning> {
  const parts = [response.body];
  let { callback } = response;
  while (callback !== null && parts.length <= MAX_VERIFIED_STREAM_CALLBACKS) {
    const part = await next(context, address, callback);
    parts.push(part.body);
    callback = part.callback;
  }
  return { body: parts.length === 1 ? response.body : concatBytes(...parts), callback };
}

async function next(context: ApiContext, address: PageAddress, callback: CallbackToken): Promise<Beginning> {
  const reply = await ask(context, address, { kind: 'callback', canisterId: address.canisterId, callback });
  if (reply.kind !== 'chunk') throw new NoPage(backendFailed(`Unexpected ${reply.kind}.`));
  return reply;
}

/** The rest of a body; rejects if it does not end within the calls that a gateway makes. */
function rest(context: ApiContext, address: PageAddress, first: CallbackToken): NonNullable<Answer['more']> {
  let callback: CallbackToken | null = first;
  let calls = MAX_VERIFIED_STREAM_CALLBACKS;
  return async () => {
    if (callback === null) return null;
    if (calls === MAX_STREAM_CALLBACKS) throw new NoPage(notUnderstood(`The body has no end after ${calls} calls.`));
    calls += 1;
    const part = await next(context, address, callback);
    callback = part.callback;
    return part.body;
  };
}

async function verifiedHeaders(
  context: ApiContext,
  address: PageAddress,
  pair: { readonly request: PageRequest; readonly response: PageResponse },
): Promise<HeaderFields> {
  const { canisterId } = address;
  const reply = await ask(context, address, { kind: 'verify', canisterId, ...pair });
  if (reply.kind !== 'verified') throw new NoPage(backendFailed(`Unexpected ${reply.kind}.`));
  const { verification } = reply;
  if (!verification.ok) throw new NoPage(notVerified(verification.reason));
  const { status, headers } = pair.response;
  if (verification.version === 1 && status >= 300 && status < 400) {
    throw new NoPage(notVerified('Version 1 certifies no redirect: it does not cover where it leads.'));
  }
  return trustedHeaders(headers, verification);
}
