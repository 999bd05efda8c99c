/** Requests of the public API, made and signed by hand: ids and CBOR are agent-js's own. */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { Cbor, Expiry, requestIdOf } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';

export type Content = Readonly<Record<string, unknown>>;

/** Somebody with an Ed25519 key. */
export interface Signer {
  readonly principal: Principal;
  /** The CBOR of an envelope around this content. */
  envelope(content: Content): Uint8Array;
}

/** DER in front of the 32 bytes of an Ed25519 key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const REQUEST_DOMAIN = Buffer.from('\x0Aic-request');

/** The signer whose key follows from a name. */
export function signerOf(name: string): Signer {
  const seed = createHash('sha256').update(name).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const principal = Principal.selfAuthenticating(publicKey);
  return {
    principal,
    envelope(content) {
      const whole = { ...content, sender: principal };
      const signature = sign(null, Buffer.concat([REQUEST_DOMAIN, requestIdOf(whole)]), key);
      return Cbor.encode({ content: whole, sender_pubkey: publicKey, sender_sig: new Uint8Array(signature) });
    },
  };
}

/** An envelope of somebody without a key. */
export function anonymousEnvelope(content: Content): Uint8Array {
  return Cbor.encode({ content: { ...content, sender: Principal.anonymous() } });
}

export interface CallFields {
  readonly type: 'call' | 'query';
  readonly canister: Principal;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly nonce?: Uint8Array;
  /** Milliseconds from now; default: two minutes. */
  readonly expiresInMs?: number;
}

const DEFAULT_EXPIRY_MS = 120_000;
const expiry = (milliseconds = DEFAULT_EXPIRY_MS) => Expiry.fromDeltaInMilliseconds(milliseconds);

export function callContent({ type, canister, method, arg, nonce, expiresInMs }: CallFields): Content {
  return {
    request_type: type,
    canister_id: canister,
    method_name: method,
    arg,
    ingress_expiry: expiry(expiresInMs),
    ...(nonce === undefined ? {} : { nonce }),
  };
}

export function readStateContent(paths: readonly (readonly Uint8Array[])[]): Content {
  return { request_type: 'read_state', paths, ingress_expiry: expiry() };
}

export function idOf(content: Content, sender: Principal): Uint8Array {
  return requestIdOf({ ...content, sender });
}
