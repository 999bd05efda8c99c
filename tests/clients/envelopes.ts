/** Requests made by hand, so that each part of one can be wrong: ids, signatures and CBOR are agent-js's own. */
import { Cbor, Expiry, type HttpAgentRequest, type Identity, SubmitRequestType } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';

export interface CallFields {
  readonly canisterId: Principal;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly sender: Principal;
  /** Milliseconds from now. */
  readonly expiresIn?: number;
  readonly nonce?: Uint8Array;
  readonly type?: 'call' | 'query';
}

const MINUTE_MS = 60_000;

export function callContent({ canisterId, method, arg, sender, ...more }: CallFields): Record<string, unknown> {
  return {
    request_type: more.type ?? SubmitRequestType.Call,
    canister_id: canisterId,
    method_name: method,
    arg,
    sender,
    ingress_expiry: Expiry.fromDeltaInMilliseconds(more.expiresIn ?? 2 * MINUTE_MS),
    ...(more.nonce === undefined ? {} : { nonce: more.nonce }),
  };
}

export function readStateContent(
  sender: Principal,
  paths: readonly (readonly Uint8Array[])[],
): Record<string, unknown> {
  return {
    request_type: 'read_state',
    paths,
    sender,
    ingress_expiry: Expiry.fromDeltaInMilliseconds(2 * MINUTE_MS),
  };
}

/** The envelope as an identity signs it. */
export async function sign(identity: Identity, content: Record<string, unknown>): Promise<Record<string, unknown>> {
  const request = { endpoint: 'call', request: {}, body: content } as unknown as HttpAgentRequest;
  const { body } = (await identity.transformRequest(request)) as { body: Record<string, unknown> };
  return body;
}

export interface HttpAnswer {
  readonly status: number;
  /** Decoded, if it is CBOR. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** Posts an envelope behind `/api/`, and gives what comes back. */
export async function post(url: string, path: string, envelope: unknown): Promise<HttpAnswer> {
  const body = envelope instanceof Uint8Array ? envelope : Cbor.encode(envelope);
  const headers = { 'content-type': 'application/cbor' };
  const response = await fetch(`${url}/api/${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isCbor = response.headers.get('content-type') === 'application/cbor';
  return {
    status: response.status,
    body: isCbor ? Cbor.decode<Record<string, unknown>>(bytes) : {},
    text: isCbor ? '' : new TextDecoder().decode(bytes),
  };
}

/** These bytes with one bit the other way round. */
export function flipped(bytes: Uint8Array, byte: number, bit = 0): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[byte] = (copy[byte] as number) ^ (1 << bit);
  return copy;
}

export const ANONYMOUS: Principal = Principal.anonymous();
