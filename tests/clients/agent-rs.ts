/**
 * Requests byte by byte as agent-rs writes them, which is the agent in dfx (ic-transport-types, `Envelope`): CBOR with its
 * self-describing tag, maps in the order of the struct's fields, what is `None` left out, every call with a nonce.
 */
import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { requestIdOf } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';

type Value = string | bigint | Uint8Array | readonly Value[] | { readonly [field: string]: Value | undefined };

const SELF_DESCRIBED = Uint8Array.of(0xd9, 0xd9, 0xf7);
/** Major types of RFC 8949. */
const MAJOR = { unsigned: 0, bytes: 2, text: 3, array: 4, map: 5 } as const;

function head(major: number, value: bigint | number): Buffer {
  const number = BigInt(value);
  if (number < 24n) return Buffer.of((major << 5) | Number(number));
  const width = [1, 2, 4, 8].find((bytes) => number < 1n << BigInt(8 * bytes)) as number;
  const digits = Buffer.from(number.toString(16).padStart(2 * width, '0'), 'hex');
  return Buffer.concat([Buffer.of((major << 5) | (24 + Math.log2(width))), digits]);
}

export function cbor(value: Value): Buffer {
  if (typeof value === 'bigint') return head(MAJOR.unsigned, value);
  if (typeof value === 'string') return Buffer.concat([head(MAJOR.text, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(MAJOR.bytes, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(MAJOR.array, value.length), ...value.map(cbor)]);
  const fields = Object.entries(value).flatMap(([name, field]) =>
    field === undefined ? [] : [cbor(name), cbor(field)],
  );
  return Buffer.concat([head(MAJOR.map, fields.length / 2), ...fields]);
}

/** An identity as `dfx identity new` makes it: a key on secp256k1. */
export class DfxIdentity {
  readonly principal: Principal;
  private readonly publicKey: Uint8Array;
  private readonly secretKey: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    this.publicKey = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    this.secretKey = privateKey;
    this.principal = Principal.selfAuthenticating(this.publicKey);
  }

  /** The envelope's bytes, and the request's id. */
  sign(content: Record<string, Value | undefined>): { readonly bytes: Uint8Array; readonly requestId: Uint8Array } {
    const requestId = requestIdOf(content as Record<string, unknown>);
    const signer = createSign('sha256').update(Buffer.concat([Buffer.from('\x0Aic-request'), requestId]));
    const signature = signer.sign({ key: this.secretKey, dsaEncoding: 'ieee-p1363' });
    const envelope = { content, sender_pubkey: this.publicKey, sender_sig: new Uint8Array(signature) };
    return { bytes: Buffer.concat([SELF_DESCRIBED, cbor(envelope)]), requestId };
  }
}

/** Nanoseconds: dfx says four minutes, and agent-rs cuts the seconds off. */
function expiry(): bigint {
  const minutes = BigInt(Math.floor(Date.now() / 60_000) + 4);
  return minutes * 60_000_000_000n;
}

export interface CallTo {
  readonly canister: Principal;
  readonly method: string;
  readonly arg: Uint8Array;
}

export function callOf(sender: Principal, { canister, method, arg }: CallTo) {
  return {
    request_type: 'call',
    nonce: new Uint8Array(randomBytes(16)),
    ingress_expiry: expiry(),
    sender: sender.toUint8Array(),
    canister_id: canister.toUint8Array(),
    method_name: method,
    arg,
  };
}

export function queryOf(sender: Principal, { canister, method, arg }: CallTo) {
  return {
    request_type: 'query',
    ingress_expiry: expiry(),
    sender: sender.toUint8Array(),
    canister_id: canister.toUint8Array(),
    method_name: method,
    arg,
  };
}

export function readStateOf(sender: Principal, paths: readonly (readonly Uint8Array[])[]) {
  return { request_type: 'read_state', ingress_expiry: expiry(), sender: sender.toUint8Array(), paths };
}
