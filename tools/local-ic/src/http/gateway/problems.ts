import { REJECT, type Reject } from '../../errors.ts';
import type { PrincipalText } from '../../principal.ts';

/**
 * Why a gateway has no page, as a value. Statuses and causes are those of the gateways on mainnet (dfinity/ic-gateway,
 * error_cause.rs), so that what a client does about them here it will do there.
 */
export interface PageProblem {
  readonly status: 400 | 404 | 405 | 413 | 429 | 503 | 504;
  /** The stable code, in the header `x-ic-error-cause`. */
  readonly cause: string;
  readonly title: string;
  /** What it means and what to do. */
  readonly description: string;
  /** What the IC, the canister or the verification said. */
  readonly detail?: string;
}

type MakeProblem = (detail?: string) => PageProblem;

function problem(status: PageProblem['status'], cause: string, [title, description]: [string, string]): MakeProblem {
  return (detail) => ({ status, cause, title, description, ...(detail === undefined ? {} : { detail }) });
}

export const malformedRequest = problem(400, 'client_malformed_request', [
  'Malformed request',
  'The address or a header of this request has characters that do not belong there. Percent-encode them.',
]);

export const noAuthority = problem(400, 'client_no_authority', [
  'Missing or malformed host',
  'The request must name its host: <canister id>.localhost, or 127.0.0.1 with ?canisterId=<canister id>.',
]);

export const unknownDomain = problem(400, 'client_unknown_domain', [
  'Unknown domain',
  'No canister is served at this host: use <canister id>.localhost, or <canister id>.raw.localhost for answers that are not verified.',
]);

export const canisterNotResolved = problem(400, 'canister_id_not_resolved', [
  'Which canister?',
  'The address names no canister. The pages of one are at http://<canister id>.localhost:<port>/ and at http://127.0.0.1:<port>/?canisterId=<canister id>; agents use this address as their host.',
]);

export const canisterIdIncorrect = problem(400, 'canister_id_incorrect', [
  'Incorrect canister id',
  'What the address names as the canister is not a canister id.',
]);

export const methodNotAllowed = problem(405, 'client_method_not_allowed', [
  'Method not allowed',
  'Gateways pass GET, HEAD, POST, PUT, DELETE, PATCH and OPTIONS to canisters.',
]);

export const bodyTooLarge = problem(413, 'client_body_too_large', [
  'Payload too large',
  'The body of this request is larger than a message to a canister may be. Send it in parts.',
]);

export const tooManyWaiting = problem(429, 'load_shed', [
  'Too many requests',
  'Too many requests wait for their answer already. Try again in a moment.',
]);

export const lateAnswer = problem(504, 'backend_timeout', [
  'No answer in time',
  'The request was sent as an update call, and the canister has not answered it yet. It may still do so: look before you repeat it.',
]);

export const notVerified = problem(503, 'backend_response_verification', [
  'Response verification failed',
  "The answer does not fit the canister's certificate, and cannot be trusted. The same address with raw (<canister id>.raw.localhost) shows it without verification.",
]);

export const notUnderstood = problem(503, 'backend_http_gateway', [
  'The answer is not an HTTP response',
  'The canister answered, but not as the HTTP gateway protocol says. Its http_request must reply with an HttpResponse.',
]);

export const backendFailed = problem(503, 'backend_other', [
  'The network could not answer',
  'This is no fault of the request. Try again in a moment.',
]);

const notFound = problem(404, 'canister_not_found', [
  'Canister not found',
  'There is no such canister on this network.',
]);

const frozen = problem(503, 'canister_frozen', [
  'The canister is frozen',
  'It has too few cycles to answer. Top it up.',
]);

const rejected = problem(503, 'canister_reject', ['Request rejected', 'The canister rejected the request.']);

const failed = (title: string, description: string) => problem(503, 'canister_error', [title, description]);

/** What some errors of a canister mean for somebody who wanted a page; the others mean a bug in the canister. */
const CANISTER_ERRORS: Readonly<Record<string, MakeProblem>> = {
  IC0508: failed('The canister is stopped', 'Somebody stopped it. Start it to see its pages.'),
  IC0509: failed('The canister is stopping', 'Somebody stopped it. Start it to see its pages.'),
  IC0536: failed(
    'The canister has no pages',
    'It has no method http_request (or http_request_update) that could answer.',
  ),
  IC0537: failed('The canister is empty', 'No module is installed in it. Install one to see its pages.'),
};
const trapped = failed('The canister failed', 'It trapped, or used up what one message may use. Its log may say more.');

/** `code` and message are the IC's own. */
export function rejectProblem(reject: Reject, canisterId: PrincipalText): PageProblem {
  const detail = `${reject.errorCode ?? 'no error code'}: ${reject.message}`;
  if (reject.rejectCode === REJECT.DestinationInvalid) return notFound(`${detail} (${canisterId})`);
  if (reject.errorCode === 'IC0207') return frozen(detail);
  if (reject.rejectCode === REJECT.CanisterReject || reject.errorCode === 'IC0406') return rejected(detail);
  if (reject.rejectCode === REJECT.CanisterError) {
    return (CANISTER_ERRORS[reject.errorCode ?? ''] ?? trapped)(detail);
  }
  return backendFailed(detail);
}
