/** Requests of the public HTTP API that are wrong in one way or another, or right. */
import fc from 'fast-check';
import { Cbor } from 'icp-sdk-core-6/agent';
import { Principal } from 'icp-sdk-core-6/principal';
import { NO_ARGUMENTS } from '../counter.ts';
import { anonymousEnvelope, callContent, readStateContent, type Signer } from '../envelopes.ts';
import { changes, flipped, mutated } from './mutate.ts';
import { ANY_KIND, CLOSED, type Shot } from './shot.ts';

/** Where the requests go. */
export interface ApiTarget {
  /** Path in front of `/api`. */
  readonly prefix: string;
  /** Counts what anybody adds, and what only `signer` does. */
  readonly open: Principal;
  readonly signed: Principal;
  readonly subnet: Principal;
  readonly signer: Signer;
  /** Makes the calls of one batch others than those of the next. */
  readonly batch: number;
}

type Kind = 'call' | 'query' | 'read_state';

interface Good {
  readonly kind: Kind;
  readonly canister: Principal;
  readonly body: Uint8Array;
}

/** Good requests with the time of now, from which the others are made. */
export interface Pool {
  readonly signed: readonly Good[];
  readonly anonymous: readonly Good[];
  /** The calls among them that count in `signed`. */
  readonly adds: readonly Good[];
  readonly late: readonly Good[];
}

const text = (value: string) => new TextEncoder().encode(value);
const ADDS = 4;
const MINUTE_MS = 60_000;

export function poolOf({ signer, signed, open, batch }: ApiTarget): Pool {
  const add = (canister: Principal, index: number, expiresInMs = 2 * MINUTE_MS) =>
    callContent({
      type: 'call',
      canister,
      method: 'add',
      arg: NO_ARGUMENTS,
      nonce: text(`${batch} ${index}`),
      expiresInMs,
    });
  const get = (canister: Principal) => callContent({ type: 'query', canister, method: 'get', arg: NO_ARGUMENTS });
  const state = (canister: Principal) =>
    readStateContent([[text('time')], [text('canister'), canister.toUint8Array(), text('module_hash')]]);
  const good = (kind: Kind, canister: Principal, body: Uint8Array): Good => ({ kind, canister, body });
  const management = { canister: Principal.managementCanister(), method: 'stop_canister' };
  const adds = Array.from({ length: ADDS }, (_, index) => good('call', signed, signer.envelope(add(signed, index))));
  return {
    adds,
    signed: [
      ...adds,
      good('query', signed, signer.envelope(get(signed))),
      good('read_state', signed, signer.envelope(state(signed))),
    ],
    anonymous: [
      good('call', open, anonymousEnvelope(add(open, 0))),
      good('query', open, anonymousEnvelope(get(open))),
      good('read_state', open, anonymousEnvelope(state(open))),
      good('call', open, anonymousEnvelope(callContent({ type: 'call', ...management, arg: NO_ARGUMENTS }))),
    ],
    late: [
      good('call', signed, signer.envelope(add(signed, ADDS, -MINUTE_MS))),
      good('call', signed, signer.envelope(add(signed, ADDS, 10 * MINUTE_MS))),
    ],
  };
}

const VERSIONS: Readonly<Record<Kind, readonly number[]>> = { call: [2, 3, 4], query: [2, 3], read_state: [2, 3] };
const CBOR = { 'content-type': 'application/cbor' };
const MAX_BODY_BYTES = 5 * 1024 ** 2;
const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Requests at `/api`, all kinds mixed. */
export function apiShots(target: ApiTarget, pool: Pool): fc.Arbitrary<Shot> {
  const any = fc.constantFrom(...pool.signed, ...pool.anonymous);
  const at = (good: Good, path = `canister/${good.canister}/${good.kind}`) =>
    fc
      .constantFrom(...VERSIONS[good.kind])
      .map((version) => ({ version, path: `${target.prefix}/api/v${version}/${path}` }));
  const post = (name: string, of: fc.Arbitrary<Good>, allowed: Shot['allowed'], change: Change = unchanged) =>
    of.chain((good) =>
      fc.record({ at: at(good), body: change(good.body) }).map(
        ({ at: { version, path }, body }): Shot => ({
          name: `v${version} ${good.kind}/${name}`,
          request: { method: 'POST', path, headers: CBOR, body },
          allowed,
        }),
      ),
    );
  const signed = fc.constantFrom(...pool.signed);
  return fc.oneof(
    { arbitrary: post('good', signed, [200, 202]), weight: 80 },
    { arbitrary: post('good, anonymous', fc.constantFrom(...pool.anonymous), [200, 202]), weight: 60 },
    {
      arbitrary: post('one bit flipped', signed, [400], (body) => position.map((bit) => flipped(body, bit))),
      weight: 400,
    },
    { arbitrary: post('some bytes changed', any, ANY_KIND, changed), weight: 500 },
    { arbitrary: post('other time', fc.constantFrom(...pool.late), [400]), weight: 60 },
    { arbitrary: post('any bytes', any, [400], () => fc.uint8Array({ maxLength: 300 })), weight: 200 },
    { arbitrary: post('any fields', any, ANY_KIND, () => anyFields), weight: 300 },
    { arbitrary: post('hostile', any, [400], () => fc.constantFrom(...HOSTILE)), weight: 60 },
    { arbitrary: otherPlaces(target, any), weight: 240 },
    { arbitrary: wrongFrame(target, any), weight: 160 },
    { arbitrary: fc.constant(tooLarge(target)), weight: 1 },
  );
}

type Change = (body: Uint8Array) => fc.Arbitrary<Uint8Array>;
const unchanged: Change = (body) => fc.constant(body);
const changed: Change = (body) => changes.map((list) => mutated(body, list));

const word = fc.string({ maxLength: 12, unit: 'grapheme-ascii' });

/** A good request where it does not belong. */
function otherPlaces({ prefix, subnet, open }: ApiTarget, any: fc.Arbitrary<Good>): fc.Arbitrary<Shot> {
  const id = fc.oneof(
    fc.constantFrom(subnet, Principal.managementCanister(), open, Principal.anonymous()).map(String),
    fc.uint8Array({ maxLength: 29 }).map((bytes) => Principal.fromUint8Array(bytes).toText()),
    word.map(encodeURIComponent),
  );
  const path = fc
    .tuple(
      fc.constantFrom('v0', 'v2', 'v3', 'v4', 'v5', 'V2', ''),
      fc.constantFrom('canister', 'subnet', 'node', ''),
      id,
      fc.constantFrom('call', 'query', 'read_state', 'status', 'CALL', ''),
    )
    .map((parts) => `${prefix}/api/${parts.join('/')}`);
  return fc.tuple(path, any).map(([where, { body }]) => ({
    name: 'other places',
    request: { method: 'POST', path: where, headers: CBOR, body },
    allowed: [...ANY_KIND, 405],
  }));
}

/** A good body with another method or type. */
function wrongFrame({ prefix }: ApiTarget, any: fc.Arbitrary<Good>): fc.Arbitrary<Shot> {
  const path = ({ canister, kind }: Good) => `${prefix}/api/v3/canister/${canister}/${kind}`;
  return fc.oneof(
    fc.tuple(any, fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH')).map(([good, method]) => ({
      name: 'other method',
      request: { method, path: path(good), headers: CBOR, body: good.body },
      allowed: [405],
    })),
    fc.tuple(any, fc.constantFrom('application/json', 'text/plain', 'cbor', '')).map(([good, type]) => ({
      name: 'other type',
      request: { method: 'POST', path: path(good), headers: { 'content-type': type }, body: good.body },
      allowed: [400],
    })),
    any.map((good) => ({
      name: 'preflight',
      request: { method: 'OPTIONS', path: path(good) },
      allowed: [200],
    })),
    fc.constant({ name: 'status', request: { method: 'GET', path: `${prefix}/api/v2/status` }, allowed: [200] }),
  );
}

function tooLarge({ prefix, open }: ApiTarget): Shot {
  const body = new Uint8Array(MAX_BODY_BYTES + 1);
  const request = { method: 'POST', path: `${prefix}/api/v3/canister/${open}/call`, headers: CBOR, body };
  return { name: 'too large', request, allowed: [413, CLOSED] };
}

/** An envelope whose fields have the right names, without a signature that fits. */
const anyFields: fc.Arbitrary<Uint8Array> = (() => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ maxLength: 20, unit: 'grapheme-ascii' }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constant(null),
    fc.array(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 4 }), { maxLength: 4 }),
  );
  const fields = ['canister_id', 'method_name', 'arg', 'ingress_expiry', 'nonce', 'paths', 'sender_info'];
  return fc
    .record({
      content: fc.dictionary(fc.constantFrom(...fields), value, { noNullPrototype: true }),
      type: fc.constantFrom('call', 'query', 'read_state'),
      sender: fc.oneof(fc.constant(Uint8Array.of(4)), fc.uint8Array({ maxLength: 30 })),
      more: fc.dictionary(fc.constantFrom('sender_pubkey', 'sender_sig', 'sender_delegation'), value, {
        noNullPrototype: true,
      }),
    })
    .map(({ content, type, sender, more }) =>
      Cbor.encode({ content: { ...content, request_type: type, sender }, ...more }),
    );
})();

/** CBOR that is short to send and long to read. */
const HOSTILE: readonly Uint8Array[] = [
  new Uint8Array(100_000).fill(0x81),
  new Uint8Array(100_000).fill(0xc1),
  new Uint8Array(1_000_000).fill(0x80).fill(0x9f, 0, 1),
  Uint8Array.of(0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0x5b, 0, 0, 1, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0xbb, 0, 0, 0, 1, 0, 0, 0, 0),
  Buffer.concat([Uint8Array.of(0xc2, 0x5a, 0, 0x0f, 0x42, 0x40), new Uint8Array(1_000_000).fill(0xff)]),
  Uint8Array.of(0x5f),
];
