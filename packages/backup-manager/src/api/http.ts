/** Health for everybody, through the HTTP gateways. */
import { ascii, type CandidHttpRequest, type CandidHttpResponse, respond, skipHeaders } from '@canister-backup/shared';
import { certificate } from '../platform/certified.ts';
import { historyHead } from '../store/history.ts';
import { publicHttp } from '../store/meta.ts';
import { encode } from './guard.ts';
import { healthReport, targetHealth } from './health.ts';

/** The answer to a stranger's call that the manager would have to pay for. */
export function refused(): Uint8Array {
  return REFUSED;
}

const REFUSED = encode('HttpResponse', {
  status_code: 403,
  headers: [['content-type', 'text/plain']],
  body: ascii('caller_not_allowed: http_request is a query for everybody, and an update only for who has a role.\n'),
});

export function httpRequest({ method, url }: CandidHttpRequest): CandidHttpResponse {
  const source = { open: publicHttp(), report: () => healthReport(), target: targetHealth };
  const { status, headers, body } = respond({ method, url }, source);
  const proof = certificate();
  return {
    status_code: status,
    headers: [
      ...headers.map(([name, value]): [string, string] => [name, value]),
      ...(proof === undefined ? [] : skipHeaders(proof, historyHead())),
    ],
    body: utf8(body),
  };
}

/** Messages of canisters may hold anything; the encoder of the canister is slow, so it is asked only when needed. */
function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return new TextEncoder().encode(text);
    bytes[i] = unit;
  }
  return bytes;
}
