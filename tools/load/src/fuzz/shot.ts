import type { HttpRequest } from '../http.ts';

/** One request, and what may come back. */
export interface Shot {
  /** What it tries, for the report: `v3 call/flipped`. */
  readonly name: string;
  readonly request: HttpRequest;
  /** HTTP statuses that are right. */
  readonly allowed: readonly number[];
}

/** The connection ends without an answer: only where the server has said so before the client has sent it all. */
export const CLOSED = 0;

/** What a request that is refused, for whatever reason, is answered. */
export const REFUSED = [400, 403, 404] as const;
/** What a request is answered that may happen to be a good one. */
export const ANY_KIND = [200, 202, ...REFUSED] as const;
