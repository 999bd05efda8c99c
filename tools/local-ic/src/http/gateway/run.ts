import { ANONYMOUS, type PrincipalText } from '../../principal.ts';
import type { LocalIc } from '../../types.ts';
import type { Answer } from '../answer.ts';
import { decodeChunk, decodeResponse, encodeQuery, encodeUpdate } from './candid.ts';
import type { CallbackToken, PageCall, PageReply, PageVerifier } from './types.ts';

/**
 * A gateway's part in the thread that holds the instance. Each call is at most one query, so that others get their turn
 * in between. The answer is 202 while an update has none, else 200 with the reply in `page`.
 */
export function runPage(ic: LocalIc, call: PageCall, verify: PageVerifier): Answer {
  const page = replyTo(ic, call, verify);
  return page === null ? { status: 202, type: 'none', body: '' } : { status: 200, type: 'none', body: '', page };
}

function replyTo(ic: LocalIc, call: PageCall, verify: PageVerifier): PageReply | null {
  switch (call.kind) {
    case 'query': {
      const { canisterId, request } = call;
      const asked = ask(ic, canisterId, { method: 'http_request', payload: encodeQuery(request) });
      return asked instanceof Uint8Array ? response(asked) : asked;
    }
    case 'update':
      return update(ic, call.canisterId, encodeUpdate(call.request));
    case 'result':
      return result(ic, call.messageId);
    case 'callback':
      return chunk(ic, call.canisterId, call.callback);
    case 'verify': {
      const { canisterId, request, response: answered } = call;
      const pair = { canisterId, request, response: answered, time: ic.certifiedTime(), rootKey: ic.rootKey() };
      return { kind: 'verified', verification: verify(pair) };
    }
  }
}

function ask(
  ic: LocalIc,
  canisterId: PrincipalText,
  { method, payload }: { readonly method: string; readonly payload: Uint8Array },
): Uint8Array | PageReply {
  const asked = ic.query({ sender: ANONYMOUS, canisterId, method, payload });
  return asked.kind === 'reply' ? asked.data : { kind: 'rejected', reject: asked.reject };
}

function update(ic: LocalIc, canisterId: PrincipalText, payload: Uint8Array): PageReply {
  const submitted = ic.submit({ sender: ANONYMOUS, canisterId, method: 'http_request_update', payload });
  return submitted.kind === 'accepted' ? submitted : { kind: 'rejected', reject: submitted.reject };
}

function result(ic: LocalIc, messageId: Uint8Array): PageReply | null {
  const status = ic.ingressStatus(messageId);
  if (status?.kind === 'replied') return response(status.data);
  return status?.kind === 'rejected' ? { kind: 'rejected', reject: status.reject } : null;
}

function response(reply: Uint8Array): PageReply {
  const decoded = decodeResponse(reply);
  return decoded.ok ? { kind: 'response', response: decoded.value } : { kind: 'malformed', reason: decoded.reason };
}

function chunk(ic: LocalIc, canisterId: PrincipalText, callback: CallbackToken): PageReply {
  if (callback.canisterId !== canisterId) {
    return { kind: 'malformed', reason: `The streaming callback is a method of ${callback.canisterId}, not its own.` };
  }
  const asked = ask(ic, canisterId, { method: callback.method, payload: callback.argument });
  if (!(asked instanceof Uint8Array)) return asked;
  const decoded = decodeChunk(asked);
  if (!decoded.ok) return { kind: 'malformed', reason: decoded.reason };
  const { body, argument } = decoded.value;
  return { kind: 'chunk', body, callback: argument === null ? null : { ...callback, argument } };
}
