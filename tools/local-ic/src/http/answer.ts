import { LocalIcError } from '../errors.ts';
import type { PageReply } from './gateway/types.ts';

/** What a route gives back; the border writes it to the socket. */
export interface Answer {
  readonly status: number;
  readonly type: 'json' | 'text' | 'bytes' | 'none';
  readonly body: string | Uint8Array;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Gives what follows of the body, part by part, until null. If it rejects, the client sees that the body is not whole. */
  readonly more?: () => Promise<Uint8Array | null>;
  /** Between an instance and the server only: the id of a call whose answer is still to come. */
  readonly accepted?: Uint8Array;
  /** Between an instance and the server only: what it has to say to a gateway. */
  readonly page?: PageReply;
}

export const EMPTY_OK: Answer = { status: 200, type: 'none', body: '' };
/** An unknown route: the real server's answer has no body either. */
export const NO_SUCH_ROUTE: Answer = { status: 404, type: 'none', body: '' };
export const WRONG_METHOD: Answer = { status: 405, type: 'none', body: '' };

/** A finished JSON text. */
export function jsonText(status: number, text: string): Answer {
  return { status, type: 'json', body: text };
}

/** `{"message": …}`: the client throws at once when an answer has this key, whatever the status. */
export function failure(status: number, message: string): Answer {
  return jsonText(status, JSON.stringify({ message }));
}

/** A request that cannot be served as it is: HTTP 400 with its message. */
export class BadRequest extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.name = 'BadRequest';
    this.status = status;
  }
}

/** Names of PocketIC's own errors, which its users match on. */
const POCKET_IC_NAMES: Readonly<Record<string, string>> = {
  canister_not_found: 'CanisterNotFound',
  canister_empty: 'CanisterIsEmpty',
  time_into_past: 'SettingTimeIntoPast',
  not_answered: 'Failed to answer to ingress',
};

/** Turns whatever was thrown into an answer: a user's mistake is 400, anything else is our bug and 500. */
export function answerToError(error: unknown): Answer {
  if (error instanceof BadRequest) return failure(error.status, error.message);
  if (error instanceof LocalIcError) return failure(400, errorText(error));
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure(500, `The server failed on this request, which is a bug in local-ic: ${text}`);
}

function errorText(error: LocalIcError): string {
  const name = POCKET_IC_NAMES[error.code];
  return name === undefined || error.message.includes(name) ? error.message : `${name}: ${error.message}`;
}
