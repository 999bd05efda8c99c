import { concatBytes } from '../../bytes.ts';
import { MAX_STREAM_CALLBACKS, MAX_VERIFIED_STREAM_CALLBACKS } from '../../limits.ts';
import type { Answer } from '../answer.ts';
import { ask, NoPage, type Source, unexpected } from './ask.ts';
import { notUnderstood } from './problems.ts';
import type { CallbackToken, PageResponse } from './types.ts';

export interface Beginning {
  readonly body: Uint8Array;
  /** Null if the body is whole. */
  readonly callback: CallbackToken | null;
}

/** The body, as far as it is there after the few calls in which it must be whole to be verified. */
export async function beginningOf(source: Source, response: PageResponse): Promise<Beginning> {
  const parts = [response.body];
  let { callback } = response;
  while (callback !== null && parts.length <= MAX_VERIFIED_STREAM_CALLBACKS) {
    const part = await next(source, callback);
    parts.push(part.body);
    callback = part.callback;
  }
  return { body: parts.length === 1 ? response.body : concatBytes(...parts), callback };
}

/** The rest of a body; rejects if it does not end within the calls that a gateway makes. */
export function restOf(source: Source, first: CallbackToken): NonNullable<Answer['more']> {
  let callback: CallbackToken | null = first;
  let calls = MAX_VERIFIED_STREAM_CALLBACKS;
  return async () => {
    if (callback === null) return null;
    if (calls === MAX_STREAM_CALLBACKS) throw new NoPage(notUnderstood(`The body has no end after ${calls} calls.`));
    calls += 1;
    const part = await next(source, callback);
    callback = part.callback;
    return part.body;
  };
}

async function next(source: Source, callback: CallbackToken): Promise<Beginning> {
  const reply = await ask(source, { kind: 'callback', canisterId: source.address.canisterId, callback });
  if (reply.kind !== 'chunk') throw unexpected(reply);
  return reply;
}
