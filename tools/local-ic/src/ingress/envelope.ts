import { readCbor } from '../cbor.ts';
import { MAX_DELEGATION_TARGETS, MAX_NONCE_BYTES, MAX_PATH_LABELS, MAX_PATHS } from '../limits.ts';
import { MAX_PRINCIPAL_BYTES, type PrincipalText, principalFromBytes } from '../principal.ts';
import { blobs, bytes, type CborMap, list, Malformed, mapOf, natural, optional, text } from './fields.ts';
import { type Checked, passed, refused } from './refusal.ts';
import { type HashableMap, hashOfMap } from './request-id.ts';

/** A request as a user signed it (interface specification, "Request: Call" and the like). */
export interface Envelope<C extends Content = Content> {
  readonly content: C;
  /** The hash of the content: what is signed, and what the request is called from then on. */
  readonly requestId: Uint8Array;
  readonly senderPublicKey?: Uint8Array;
  readonly senderSignature?: Uint8Array;
  readonly delegations?: readonly SignedDelegation[];
}

interface Common {
  readonly sender: PrincipalText;
  /** Nanoseconds since 1970. */
  readonly expiry: bigint;
  readonly nonce?: Uint8Array;
}

export interface CallContent extends Common {
  readonly type: 'call' | 'query';
  readonly canisterId: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
}

export interface ReadStateContent extends Common {
  readonly type: 'read_state';
  readonly paths: readonly (readonly Uint8Array[])[];
}

export type Content = CallContent | ReadStateContent;
export type ContentType = Content['type'];
export type ContentOf<T extends ContentType> = T extends 'read_state' ? ReadStateContent : CallContent;

export interface SignedDelegation {
  /** DER. */
  readonly publicKey: Uint8Array;
  readonly expiration: bigint;
  /** Canisters that the key may speak to; undefined: all. */
  readonly targets?: readonly PrincipalText[];
  readonly permissions?: 'all' | 'queries';
  /** The hash of the delegation: what the former key signed. */
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads a request of one type. Nothing about who sent it is checked here. */
export function decodeEnvelope<T extends ContentType>(body: Uint8Array, type: T): Checked<Envelope<ContentOf<T>>> {
  try {
    return passed(readEnvelope(body, type) as Envelope<ContentOf<T>>);
  } catch (error) {
    if (error instanceof Malformed) return refused(`The request is malformed: ${error.message}.`);
    throw error;
  }
}

function readEnvelope(body: Uint8Array, type: ContentType): Envelope {
  const envelope = mapOf(decodeCbor(body), 'the envelope');
  const fields = mapOf(envelope.content, 'content');
  const given = text(fields, 'request_type');
  if (given !== type) throw new Malformed(`request_type is "${given}", but this address takes "${type}"`);
  if (fields.sender_info !== undefined) throw new Malformed('sender_info is not served here: leave it out');
  const publicKey = optional(envelope, 'sender_pubkey', bytes);
  const signature = optional(envelope, 'sender_sig', bytes);
  const delegations = optional(envelope, 'sender_delegation', list);
  return {
    content: type === 'read_state' ? readStateContent(fields) : callContent(fields, type),
    requestId: hashOfMap(hashableContent(fields, type)),
    ...(publicKey === undefined ? {} : { senderPublicKey: publicKey }),
    ...(signature === undefined ? {} : { senderSignature: signature }),
    ...(delegations === undefined ? {} : { delegations: delegations.map(readDelegation) }),
  };
}

function decodeCbor(body: Uint8Array): unknown {
  try {
    return readCbor(body);
  } catch (error) {
    throw new Malformed(`it is not CBOR (${error instanceof Error ? error.message : 'unreadable'})`);
  }
}

function common(fields: CborMap): Common {
  const nonce = optional(fields, 'nonce', bytes);
  if (nonce !== undefined && nonce.length > MAX_NONCE_BYTES) {
    throw new Malformed(`nonce has ${nonce.length} bytes; at most ${MAX_NONCE_BYTES} are allowed`);
  }
  return {
    sender: principalField(fields, 'sender'),
    expiry: natural(fields, 'ingress_expiry'),
    ...(nonce === undefined ? {} : { nonce }),
  };
}

function callContent(fields: CborMap, type: 'call' | 'query'): CallContent {
  return {
    ...common(fields),
    type,
    canisterId: principalField(fields, 'canister_id'),
    method: text(fields, 'method_name'),
    arg: bytes(fields, 'arg'),
  };
}

function readStateContent(fields: CborMap): ReadStateContent {
  const paths = list(fields, 'paths').map((path) => blobs(path, 'each of paths'));
  if (paths.length > MAX_PATHS) throw new Malformed(`${paths.length} paths are more than ${MAX_PATHS}`);
  const longest = paths.reduce((most, path) => Math.max(most, path.length), 0);
  if (longest > MAX_PATH_LABELS) throw new Malformed(`a path has ${longest} labels, more than ${MAX_PATH_LABELS}`);
  return { ...common(fields), type: 'read_state', paths };
}

/** The fields that the specification knows; with others beside them, a signature does not fit any more. */
function hashableContent(fields: CborMap, type: ContentType): HashableMap {
  const shared = {
    request_type: type,
    sender: bytes(fields, 'sender'),
    ingress_expiry: natural(fields, 'ingress_expiry'),
    nonce: optional(fields, 'nonce', bytes),
  };
  if (type === 'read_state') return { ...shared, paths: list(fields, 'paths') as readonly Uint8Array[][] };
  return {
    ...shared,
    canister_id: bytes(fields, 'canister_id'),
    method_name: text(fields, 'method_name'),
    arg: bytes(fields, 'arg'),
  };
}

function readDelegation(entry: unknown): SignedDelegation {
  const signed = mapOf(entry, 'each of sender_delegation');
  const fields = mapOf(signed.delegation, 'delegation');
  const publicKey = bytes(fields, 'pubkey');
  const expiration = natural(fields, 'expiration');
  const targets = optional(fields, 'targets', (map, name) => blobs(map[name], name));
  if (targets !== undefined && targets.length > MAX_DELEGATION_TARGETS) {
    throw new Malformed(`a delegation has ${targets.length} targets, more than ${MAX_DELEGATION_TARGETS}`);
  }
  const permissions = optional(fields, 'permissions', text);
  if (permissions !== undefined && permissions !== 'all' && permissions !== 'queries') {
    throw new Malformed(`permissions of a delegation are "all" or "queries", not "${permissions}"`);
  }
  return {
    publicKey,
    expiration,
    ...(targets === undefined ? {} : { targets: targets.map((target) => asPrincipal(target, 'targets')) }),
    ...(permissions === undefined ? {} : { permissions }),
    hash: hashOfMap({ pubkey: publicKey, expiration, targets, permissions }),
    signature: bytes(signed, 'signature'),
  };
}

function principalField(fields: CborMap, name: string): PrincipalText {
  return asPrincipal(bytes(fields, name), name);
}

function asPrincipal(value: Uint8Array, name: string): PrincipalText {
  if (value.length > MAX_PRINCIPAL_BYTES) {
    throw new Malformed(`${name}: a principal has at most ${MAX_PRINCIPAL_BYTES} bytes, this one has ${value.length}`);
  }
  return principalFromBytes(value);
}
