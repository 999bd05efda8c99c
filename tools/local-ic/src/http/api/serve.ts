/**
 * The public HTTP API (interface specification, "HTTPS Interface") in front of one instance. It looks at paths and
 * headers only; what the bodies say is for the thread that holds the instance.
 */
import { MAX_API_BODY_BYTES } from '../../limits.ts';
import { type Answer, answerToError, NO_SUCH_ROUTE } from '../answer.ts';
import type { Clock } from '../clock.ts';
import type { InstanceHost } from '../instance-host.ts';
import type { HttpRequest } from '../pocket-ic.ts';
import type { Rounds } from '../rounds.ts';
import { type ApiPath, matchApi } from './paths.ts';

export interface ApiContext {
  readonly host: InstanceHost;
  readonly clock: Clock;
  /** The instance, and what tells that it has run a round. */
  readonly key: number;
  readonly rounds: Rounds;
}

/** Milliseconds that a synchronous call waits for its certificate (http-api reference, section 5). */
const CALL_WAIT_MS = 10_000;

/** Calls of one instance that wait at the same time; further ones are told to ask again. */
const MAX_WAITING_CALLS = 500;

/** Pages of any origin may ask: nothing here depends on cookies. */
const CORS = { 'access-control-allow-origin': '*' } as const;
const ACCEPTED: Answer = { status: 202, type: 'none', body: '' };
const PREFLIGHT: Answer = {
  status: 204,
  type: 'none',
  body: '',
  headers: {
    ...CORS,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'accept, content-type',
    'access-control-max-age': '600',
  },
};

/** Answers a request whose path goes on with `rest` behind `/api/`. Never rejects. */
export async function serveApi(context: ApiContext, request: HttpRequest, rest: string): Promise<Answer> {
  if (request.method === 'OPTIONS') return PREFLIGHT;
  try {
    const answer = await answerApi(context, request, rest);
    return { ...answer, headers: { ...CORS, ...answer.headers } };
  } catch (error) {
    return answerToError(error);
  }
}

async function answerApi(context: ApiContext, request: HttpRequest, rest: string): Promise<Answer> {
  const match = matchApi(request.method, rest);
  if (match.kind === 'not_found') return NO_SUCH_ROUTE;
  if (match.kind === 'wrong_method') return problem(405, `This address takes ${match.allowed}, not ${request.method}.`);
  const { path } = match;
  if (path.operation !== 'api/status' && mediaType(request) !== 'application/cbor') {
    return problem(415, 'The content-type must be application/cbor.');
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
  return accepted === undefined ? answer : acceptedCall(context, path, accepted);
}

function acceptedCall(context: ApiContext, path: ApiPath, messageId: Uint8Array): Promise<Answer> | Answer {
  context.rounds.wanted();
  const waits = path.sync && context.rounds.waiting() < MAX_WAITING_CALLS;
  return waits ? untilAnswered(context, messageId) : ACCEPTED;
}

/** The certificate as soon as a round has answered the call; 202, empty, if that takes too long. */
function untilAnswered({ host, clock, key, rounds }: ApiContext, messageId: Uint8Array): Promise<Answer> {
  return new Promise((resolve) => {
    let late = false;
    const finish = (answer: Answer) => {
      late = true;
      timer.cancel();
      stop();
      resolve(answer);
    };
    const look = async () => {
      if (late) return;
      const body = messageId.slice();
      const answer = await host.run({ key, operation: 'api/certificate', body, path: null, blob: null });
      if (answer.status !== 202 && !late) finish(answer);
    };
    const timer = clock.after(CALL_WAIT_MS, () => finish(ACCEPTED));
    const stop = rounds.onEnd(() => void look());
    void look();
  });
}

function mediaType({ headers }: HttpRequest): string {
  const header = headers['content-type'];
  return (typeof header === 'string' ? header : '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function problem(status: number, text: string): Answer {
  return { status, type: 'text', body: text };
}
