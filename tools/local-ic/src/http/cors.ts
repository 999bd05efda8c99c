/** Pages of any origin may read what is served. */
import type { Answer } from './answer.ts';

const EXPOSED = 'accept-ranges, content-length, content-range, x-request-id, x-ic-canister-id';
const ALLOWED =
  'user-agent, dnt, if-none-match, if-modified-since, cache-control, content-type, range, cookie, x-requested-with, x-ic-canister-id';
const MAX_AGE_SECONDS = '7200';
const VARY = 'origin, access-control-request-method, access-control-request-headers';

/** Pages of any origin may read: nothing here depends on cookies. The lists are those of mainnet (dfinity/ic-gateway, cors.rs). */
export const CORS: NonNullable<Answer['headers']> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
  vary: VARY,
};

/** The answer to a preflight request. */
export function preflight(methods: string): Answer {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ALLOWED,
    'access-control-max-age': MAX_AGE_SECONDS,
    vary: VARY,
  };
  return { status: 200, type: 'none', body: '', headers };
}
