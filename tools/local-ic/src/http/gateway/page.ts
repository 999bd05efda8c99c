import { MAX_INGRESS_BYTES } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import { MAX_WAITING_CALLS, untilAnswered } from '../until-answered.ts';
import { ask, NoPage, replyIn, responseIn, type Source, unexpected, verifiedHeaders } from './ask.ts';
import { answerHeaders } from './headers.ts';
import { bodyTooLarge, lateAnswer, notUnderstood, type PageProblem, tooManyWaiting } from './problems.ts';
import { isFirstRange, wholeOf } from './ranges.ts';
import { beginningOf, restOf } from './streams.ts';
import type { HeaderFields, PageRequest, PageResponse } from './types.ts';

/** Milliseconds that a page waits for an update call to be answered. */
const UPDATE_WAIT_MS = 60_000;

/** What a canister answers, or why there is no answer. */
export async function pageOf(source: Source, request: PageRequest): Promise<Answer | PageProblem> {
  try {
    return await readPage(source, request);
  } catch (error) {
    if (error instanceof NoPage) return error.problem;
    throw error;
  }
}

async function readPage(source: Source, request: PageRequest): Promise<Answer> {
  const { canisterId } = source.address;
  const asked = responseIn(await ask(source, { kind: 'query', canisterId, request }));
  const response = asked.upgrade ? await update(source, request) : asked;
  const { body, callback } = await beginningOf(source, response);
  const whole = { ...response, body };
  // An update's answer is certified by the network, and a body that goes on for long cannot be held to verify it.
  const isVerified = !asked.upgrade && callback === null;
  const headers = isVerified ? await verifiedHeaders(source, { request, response: whole }) : response.headers;
  const answer = answerOf(request, whole, headers);
  if (callback !== null) return { ...answer, more: restOf(source, callback) };
  return isFirstRange(request, whole) ? joined(answer, wholeOf(source, request, whole)) : answer;
}

/** The same request as an update call. */
async function update(source: Source, request: PageRequest): Promise<PageResponse> {
  const { context, address, gone } = source;
  if (request.body.length > MAX_INGRESS_BYTES) throw new NoPage(bodyTooLarge());
  if (context.rounds.waiting() >= MAX_WAITING_CALLS) throw new NoPage(tooManyWaiting());
  const submitted = await ask(source, { kind: 'update', canisterId: address.canisterId, request });
  if (submitted.kind !== 'accepted') throw unexpected(submitted);
  const page = { kind: 'result', messageId: submitted.messageId } as const;
  context.rounds.wanted();
  const result = () => ({ operation: 'gateway/page', body: new Uint8Array(0), page }) as const;
  const answer = await untilAnswered(context, result, { waitMs: UPDATE_WAIT_MS, gone });
  if (answer === null) throw new NoPage(lateAnswer());
  return responseIn(replyIn(answer, address));
}

function answerOf({ method }: PageRequest, { status, body }: PageResponse, fields: HeaderFields): Answer {
  const sent = answerHeaders(fields, { isHead: method === 'HEAD' });
  if (!sent.ok) throw new NoPage(notUnderstood(sent.reason));
  return { status, type: 'none', body, headers: sent.headers };
}

function joined(answer: Answer, { status, length, more }: ReturnType<typeof wholeOf>): Answer {
  const { 'content-range': _first, ...headers } = answer.headers ?? {};
  return { ...answer, status, more, headers: { ...headers, 'content-length': String(length) } };
}
