import { encode, Tag } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { compareBytes, sha256, utf8 } from '../../src/bytes.ts';
import { treeValue } from '../../src/certification/encoding.ts';
import { type HashTree, labeled, leaf, rootHash } from '../../src/certification/hash-tree.ts';
import {
  type CanisterSignature,
  canisterSignatureVerify,
  certificate,
  selfDescribed,
} from '../../src/certification/index.ts';
import { labels } from '../../src/certification/labels.ts';
import { blsPublicKey, blsSecretKey, blsSign, selfAuthenticating } from '../../src/crypto/index.ts';
import { canisterIdFromNumber, principalToBytes } from '../../src/principal.ts';

const ROOT = blsSecretKey(new Uint8Array(48).fill(1));
const SUBNET = blsSecretKey(new Uint8Array(48).fill(2));
const rootKey = blsPublicKey(ROOT);
const subnetId = selfAuthenticating(blsPublicKey(SUBNET));
const canisterId = canisterIdFromNumber(7n);
const seed = utf8('seed');
const message = utf8('\x0Aic-request ...');

const tree = (entries: Readonly<Record<string, HashTree>>): HashTree =>
  labels(Object.entries(entries).map(([name, value]) => [utf8(name), value]));
const level = (entries: readonly (readonly [Uint8Array, HashTree])[]): HashTree =>
  labels([...entries].sort(([a], [b]) => compareBytes(a, b)));
const signatures = (of = message, value = new Uint8Array(0)): HashTree =>
  tree({ sig: level([[sha256(seed), level([[sha256(of), leaf(value)]])]]) });

/** A state in which the canister has certified these signatures. */
function stateOf(signed: HashTree, id = canisterId): HashTree {
  const canister = tree({ certified_data: leaf(rootHash(signed)) });
  return tree({ time: leaf(Uint8Array.of(1)), canister: level([[principalToBytes(id), canister]]) });
}

interface Parts {
  readonly signed?: HashTree;
  readonly state?: HashTree;
  readonly secret?: bigint;
  readonly delegation?: Uint8Array;
}

function signatureOf({ signed = signatures(), state = stateOf(signed), secret = ROOT, delegation }: Parts): Uint8Array {
  const bytes = certificate({
    tree: state,
    paths: [[utf8('canister'), principalToBytes(canisterId), utf8('certified_data')]],
    sign: (text) => blsSign(secret, text),
    ...(delegation === undefined ? {} : { delegation: { subnetId, certificate: delegation } }),
  });
  return encode(new Tag(55_799, { certificate: bytes, tree: treeValue(signed) }));
}

const verify = (signature: Uint8Array, change: Partial<CanisterSignature> = {}) =>
  canisterSignatureVerify({ canisterId, seed, signature, message, rootKey, ...change });

describe("a canister's signature", () => {
  test('is one that the root certifies', () => {
    expect(verify(signatureOf({}))).toBe(true);
  });

  test.each<[string, Partial<CanisterSignature>]>([
    ['message', { message: utf8('another') }],
    ['seed', { seed: utf8('another') }],
    ['canister', { canisterId: canisterIdFromNumber(8n) }],
    ['network', { rootKey: blsPublicKey(SUBNET) }],
  ])('is of no other %s', (_name, change) => {
    expect(verify(signatureOf({}), change)).toBe(false);
  });

  test.each<[string, Parts]>([
    ['whose tree is not the certified one', { state: stateOf(signatures(utf8('another'))) }],
    ['that stands for something else than nothing', { signed: signatures(message, Uint8Array.of(1)) }],
    ['of another canister', { state: stateOf(signatures(), canisterIdFromNumber(8n)) }],
    ['certified by no key of the network', { secret: SUBNET }],
  ])('%s is none', (_name, parts) => {
    expect(verify(signatureOf(parts))).toBe(false);
  });

  test('bytes are none', () => {
    for (const bytes of [new Uint8Array(0), utf8('x'), encode({}), encode({ certificate: utf8('x'), tree: [0] })]) {
      expect(verify(bytes)).toBe(false);
    }
  });

  test('labels out of order show nothing', () => {
    const hidden = labeled(utf8('sig'), level([[sha256(seed), level([[sha256(message), leaf(new Uint8Array(0))]])]]));
    const signed: HashTree = { kind: 'fork', left: labeled(utf8('z'), leaf(utf8('x'))), right: hidden };
    expect(verify(signatureOf({ signed }))).toBe(false);
  });
});

describe("a signature under a subnet's key", () => {
  const range = (first: bigint, last: bigint) =>
    leaf(selfDescribed([[first, last].map((end) => principalToBytes(canisterIdFromNumber(end)))]));
  const subnet = (entries: Readonly<Record<string, HashTree>>) =>
    tree({
      time: leaf(Uint8Array.of(1)),
      subnet: level([[principalToBytes(subnetId), tree({ public_key: leaf(blsPublicKey(SUBNET)), ...entries })]]),
    });
  const APPLICATION = { type: leaf(utf8('application')), canister_ranges: range(0n, 9n) };
  const delegated = (state: HashTree, secret = ROOT) => {
    const delegation = certificate({
      tree: state,
      paths: [[utf8('subnet')], [utf8('canister_ranges')]],
      sign: (text) => blsSign(secret, text),
    });
    return verify(signatureOf({ secret: SUBNET, delegation }));
  };

  test('is one if the root lets the subnet speak for the canister', () => {
    expect(delegated(subnet(APPLICATION))).toBe(true);
  });

  test('is one with ranges in shards', () => {
    const { subnet: subnets, time } = {
      subnet: level([
        [principalToBytes(subnetId), tree({ public_key: leaf(blsPublicKey(SUBNET)), type: APPLICATION.type })],
      ]),
      time: leaf(Uint8Array.of(1)),
    };
    const shard = level([[principalToBytes(canisterIdFromNumber(0n)), range(0n, 9n)]]);
    expect(
      delegated(tree({ subnet: subnets, time, canister_ranges: level([[principalToBytes(subnetId), shard]]) })),
    ).toBe(true);
  });

  test.each<[string, HashTree, bigint?]>([
    ['for a canister of another range', subnet({ ...APPLICATION, canister_ranges: range(8n, 9n) })],
    ['on a subnet of no known type', subnet({ canister_ranges: APPLICATION.canister_ranges })],
    ['on a cloud engine', subnet({ ...APPLICATION, type: leaf(utf8('cloud_engine')) })],
    ['with a delegation that the root did not sign', subnet(APPLICATION), SUBNET],
  ])('is none %s', (_name, state, secret) => {
    expect(delegated(state, secret)).toBe(false);
  });
});
