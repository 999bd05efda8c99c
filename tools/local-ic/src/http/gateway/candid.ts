/** The Candid that gateways and canisters speak (HTTP gateway protocol specification, "Canister HTTP interface"). */
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';
import { candidProblem } from '../../candid-guard.ts';
import type { CallbackToken, HeaderFields, PageRequest, PageResponse } from './types.ts';

const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const Blob = IDL.Vec(IDL.Nat8);
const UPDATE_REQUEST = { method: IDL.Text, url: IDL.Text, headers: Headers, body: Blob };
const UpdateRequest = IDL.Record(UPDATE_REQUEST);
const QueryRequest = IDL.Record({ ...UPDATE_REQUEST, certificate_version: IDL.Opt(IDL.Nat16) });

/** Tokens are of whatever type the canister likes; so, with them, are its callbacks. */
const Strategy = IDL.Variant({ Callback: IDL.Record({ callback: IDL.Unknown, token: IDL.Unknown }) });
const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: Headers,
  body: Blob,
  upgrade: IDL.Opt(IDL.Bool),
  streaming_strategy: IDL.Opt(Strategy),
});
const CallbackResponse = IDL.Record({ body: Blob, token: IDL.Opt(IDL.Unknown) });

/** A decoded value that knows its type (`IDL.Unknown`); primitive ones come in a box. */
interface Typed {
  readonly type: () => IDL.Type;
}
interface ResponseValue {
  readonly status_code: number;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
  readonly upgrade: [] | [boolean];
  readonly streaming_strategy: [] | [{ readonly Callback: { readonly callback: unknown; readonly token: Typed } }];
}
interface ChunkValue {
  readonly body: Uint8Array;
  readonly token: [] | [Typed];
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** The newest version of response verification that gateways know. */
const CERTIFICATE_VERSION = 2;

export function encodeQuery(request: PageRequest): Uint8Array {
  return bytesOf(QueryRequest, { ...request, certificate_version: [CERTIFICATE_VERSION] });
}

export function encodeUpdate(request: PageRequest): Uint8Array {
  return bytesOf(UpdateRequest, request);
}

export function decodeResponse(reply: Uint8Array): Decoded<PageResponse> {
  return decoding(reply, (own) => {
    const [value] = IDL.decode([Response], own) as unknown as [ResponseValue];
    const [strategy] = value.streaming_strategy;
    return {
      status: value.status_code,
      headers: value.headers,
      body: value.body,
      upgrade: value.upgrade[0] === true,
      callback: strategy === undefined ? null : callbackOf(strategy.Callback),
    };
  });
}

/** A part of a body, and the argument for the next; null at the end. */
export function decodeChunk(
  reply: Uint8Array,
): Decoded<{ readonly body: Uint8Array; readonly argument: Uint8Array | null }> {
  return decoding(reply, (own) => {
    const [{ body, token }] = IDL.decode([CallbackResponse], own) as unknown as [ChunkValue];
    return { body, argument: token[0] === undefined ? null : tokenArgument(token[0]) };
  });
}

function callbackOf({ callback, token }: { readonly callback: unknown; readonly token: Typed }): CallbackToken {
  if (!Array.isArray(callback) || typeof callback[1] !== 'string') throw new Error('the callback is no function');
  const [canister, method] = callback as [Principal, string];
  return { canisterId: canister.toText(), method, argument: tokenArgument(token) };
}

function tokenArgument(token: Typed): Uint8Array {
  const type = token.type();
  return bytesOf(type, type instanceof IDL.NullClass ? null : Object(token).valueOf());
}

function bytesOf(type: IDL.Type, value: unknown): Uint8Array {
  return new Uint8Array(IDL.encode([type], [value]));
}

function decoding<T>(reply: Uint8Array, decode: (own: Uint8Array) => T): Decoded<T> {
  const problem = candidProblem(reply);
  if (problem !== null) return { ok: false, reason: `The reply cannot be decoded: ${problem}.` };
  try {
    // The decoder begins at the start of the buffer, wherever in it the bytes are.
    return { ok: true, value: decode(reply.slice()) };
  } catch (error) {
    return { ok: false, reason: `The reply cannot be decoded: ${error instanceof Error ? error.message : error}.` };
  }
}
