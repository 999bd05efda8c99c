import { encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../../src/bytes.ts';
import { domainSeparator } from '../../src/certification/index.ts';
import { selfAuthenticating } from '../../src/crypto/index.ts';
import { hashOfMap } from '../../src/ingress/request-id.ts';
import { createLocalIc } from '../../src/local-ic.ts';
import { canisterIdFromNumber, principalToBytes } from '../../src/principal.ts';
import type { ApiAddress, LocalIc } from '../../src/types.ts';
import { ed25519Signer } from '../crypto/keys.ts';

/** Whatever comes in, the answer is a refusal of the user's kind, never an exception; and nothing is left of it. */

const ic = createLocalIc();
const address: ApiAddress = { kind: 'canister', id: ic.defaultEffectiveCanisterId() };
const subnet: ApiAddress = { kind: 'subnet', id: ic.subnetId() };
const signer = ed25519Signer();
const sender = principalToBytes(selfAuthenticating(signer.publicKey));

function signed(content: Record<string, Uint8Array | string | bigint | Uint8Array[][]>): Record<string, unknown> {
  const message = concatBytes(domainSeparator('ic-request'), hashOfMap(content));
  return { content, sender_pubkey: signer.publicKey, sender_sig: signer.sign(message) };
}

const ingress_expiry = ic.time() + 60_000_000_000n;
const ENVELOPES = [
  signed({
    request_type: 'call',
    canister_id: principalToBytes(address.id),
    method_name: 'm',
    arg: utf8('DIDL'),
    sender,
    ingress_expiry,
    nonce: new Uint8Array(8),
  }),
  signed({
    request_type: 'call',
    canister_id: new Uint8Array(0),
    method_name: 'install_code',
    arg: utf8('DIDL\x00\x00'),
    sender,
    ingress_expiry,
  }),
  signed({
    request_type: 'query',
    canister_id: principalToBytes(address.id),
    method_name: 'm',
    arg: utf8(''),
    sender,
    ingress_expiry,
  }),
  signed({ request_type: 'read_state', paths: [[utf8('time')], [utf8('subnet')]], sender, ingress_expiry }),
].map((envelope) => encode(new Tag(55_799, envelope)));

const STATUSES = [400, 403, 404, 413];

function sendEverywhere(body: Uint8Array): void {
  for (const at of [address, subnet]) {
    for (const answer of [ic.api.call(at, body), ic.api.query(at, body), ic.api.readState(at, body)]) {
      if (!answer.ok) expect(STATUSES).toContain(answer.refusal.status);
    }
  }
}

describe('the public API is asked', () => {
  test('for what is well-formed, as a check of this test', () => {
    const results = ENVELOPES.map((body) => [
      ic.api.call(address, body),
      ic.api.query(address, body),
      ic.api.readState(address, body),
    ]);
    expect(results.map((answers) => answers.map(({ ok }) => ok))).toEqual([
      [true, false, false],
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), sendEverywhere), { numRuns: 1_000 });
  });

  test('requests with some bytes changed, cut or doubled', () => {
    const change = fc.record({
      at: fc.nat(400),
      value: fc.nat(255),
      kind: fc.constantFrom('set', 'cut', 'double', 'insert'),
    });
    const property = fc.property(
      fc.constantFrom(...ENVELOPES),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (body, changes) => sendEverywhere(changes.reduce(apply, body)),
    );
    fc.assert(property, { numRuns: 1_500 });
  });

  test('any CBOR with the fields of a request', () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ maxLength: 20 }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.constant(null),
      fc.array(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 4 }), { maxLength: 4 }),
      fc.double(),
    );
    const fields = ['request_type', 'canister_id', 'method_name', 'arg', 'sender', 'ingress_expiry', 'nonce', 'paths'];
    const content = fc.dictionary(fc.constantFrom(...fields), value);
    const type = fc.constantFrom('call', 'query', 'read_state');
    const envelope = fc.dictionary(fc.constantFrom('sender_pubkey', 'sender_sig', 'sender_delegation'), value);
    const property = fc.property(content, type, envelope, (given, request_type, more) =>
      sendEverywhere(encode({ content: { ...given, request_type, sender: Uint8Array.of(4) }, ...more })),
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  test.each<[string, Uint8Array]>([
    ['ten thousand arrays in one another', new Uint8Array(10_000).fill(0x81)],
    ['an array that says it has 2^63 elements', Uint8Array.of(0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['bytes that say they are 2^40', Uint8Array.of(0x5b, 0, 0, 1, 0, 0, 0, 0, 0, 0)],
    ['a map that says it has 2^32 entries', Uint8Array.of(0xbb, 0, 0, 0, 1, 0, 0, 0, 0)],
    ['tags in one another', new Uint8Array(10_000).fill(0xc1)],
    ['bytes of unknown length without an end', Uint8Array.of(0x5f)],
    ['a map with __proto__', encode({ content: new Map([['__proto__', 1]]) })],
  ])('%s', (_name, body) => {
    const before = process.memoryUsage().heapUsed;
    sendEverywhere(body);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 ** 2);
  });

  test('and is afterwards as it was before', () => {
    const untouched: LocalIc = createLocalIc();
    for (const [index, body] of ENVELOPES.entries()) if (index < 2) untouched.api.call(address, body);
    expect(ic.digest()).toEqual(untouched.digest());
    expect(ic.canister(canisterIdFromNumber(0n))).toBeUndefined();
  });
});

function apply(body: Uint8Array, { at, value, kind }: { at: number; value: number; kind: string }): Uint8Array {
  const index = at % body.length;
  const [head, tail] = [body.subarray(0, index), body.subarray(index)];
  if (kind === 'cut') return head.length > 0 ? head : body;
  if (kind === 'double') return concatBytes(body, tail);
  if (kind === 'insert') return concatBytes(head, Uint8Array.of(value), tail);
  return concatBytes(head, Uint8Array.of(value), tail.subarray(1));
}
