/** A request as a socket hands it on, and what answers it. */
import type { Answer } from './answer.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** Aborted when the client goes away; then nobody waits for the answer. */
  readonly gone?: AbortSignal;
}

/** What answers the requests of a socket. */
export interface RequestHandler {
  /** Never rejects. */
  handle(request: HttpRequest): Promise<Answer>;
  maxBodyBytes(url: string): number;
  /** The answer to a body above that. */
  tooLarge(request: Omit<HttpRequest, 'body'>): Answer;
}
