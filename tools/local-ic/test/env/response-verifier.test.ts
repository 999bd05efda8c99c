import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, utf8 } from '../../src/bytes.ts';
import { certificate } from '../../src/certification/certificate.ts';
import { encodeHashTree, encodeNatural } from '../../src/certification/encoding.ts';
import { labeled, leaf, rootHash } from '../../src/certification/hash-tree.ts';
import { labels } from '../../src/certification/labels.ts';
import { blsPublicKey, blsSecretKey, blsSign } from '../../src/crypto/index.ts';
import { createResponseVerifier } from '../../src/env/response-verifier.ts';
import type { HeaderFields } from '../../src/http/gateway/types.ts';
import { canisterIdFromNumber, principalToBytes } from '../../src/principal.ts';

const CANISTER = canisterIdFromNumber(1n);
const SECRET = blsSecretKey(new Uint8Array(48).fill(1));
const ROOT_KEY = blsPublicKey(SECRET);
const NOW = 1_700_000_000_000_000_000n;
const BODY = utf8('a page');

const treeOf = (body: Uint8Array) => labeled(utf8('http_assets'), labeled(utf8('/'), leaf(sha256(body))));

/** What a page at `/` proves itself with. */
function proof(body: Uint8Array) {
  const pages = treeOf(body);
  const certified = labels([[utf8('certified_data'), leaf(rootHash(pages))]]);
  const tree = labels([
    [utf8('canister'), labeled(principalToBytes(CANISTER), certified)],
    [utf8('time'), leaf(encodeNatural(NOW))],
  ]);
  const path = [utf8('canister'), principalToBytes(CANISTER), utf8('certified_data')];
  const bytes = certificate({ tree, paths: [path], sign: (message) => blsSign(SECRET, message) });
  return { certificate: bytes, tree: encodeHashTree(pages) };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const header = (parts: { readonly certificate: Uint8Array; readonly tree: Uint8Array }) =>
  ['IC-Certificate', `certificate=:${base64(parts.certificate)}:, tree=:${base64(parts.tree)}:`] as const;
const GOOD = proof(BODY);

function verify(headers: HeaderFields, { body = BODY, time = NOW, verifier = createResponseVerifier() } = {}) {
  const response = { status: 200, headers, body, upgrade: false, callback: null };
  const request = { method: 'GET', url: '/', headers: [], body: new Uint8Array() };
  return verifier({ canisterId: CANISTER, request, response, time, rootKey: ROOT_KEY });
}

test('a page that fits its certificate passes, for five minutes', () => {
  expect(verify([header(GOOD)])).toMatchObject({ ok: true, version: 1 });
  expect(verify([header(GOOD)], { time: NOW + 300_000_000_000n })).toMatchObject({ ok: true });
  expect(verify([header(GOOD)], { time: NOW + 300_000_000_001n })).toMatchObject({ ok: false });
});

/** Values in a proof, and where they are. How CBOR frames them, the library reads loosely. */
const VALUES = {
  body: [[0, BODY.length]],
  tree: [placeOf(GOOD.tree, utf8('/')), placeOf(GOOD.tree, sha256(BODY))],
  certificate: [
    placeOf(GOOD.certificate, encodeNatural(NOW)),
    placeOf(GOOD.certificate, principalToBytes(CANISTER)),
    placeOf(GOOD.certificate, rootHash(treeOf(BODY))),
    [GOOD.certificate.indexOf(0x58, -50) + 2, 48],
  ],
} as const;

function placeOf(bytes: Uint8Array, value: Uint8Array): readonly [number, number] {
  const at = Buffer.from(bytes).lastIndexOf(value);
  expect(at).toBeGreaterThan(0);
  return [at, value.length];
}

test('no page passes with one bit of its proof the other way round', () => {
  const verifier = createResponseVerifier();
  const place = fc
    .constantFrom('body' as const, 'tree' as const, 'certificate' as const)
    .chain((part) => fc.tuple(fc.constant(part), fc.constantFrom(...VALUES[part]), fc.nat()));
  fc.assert(
    fc.property(place, ([part, [from, length], bit]) => {
      const parts = { body: BODY.slice(), tree: GOOD.tree.slice(), certificate: GOOD.certificate.slice() };
      const at = from + (bit % length);
      const bytes = parts[part];
      bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
      return !verify([header(parts)], { body: parts.body, verifier }).ok;
    }),
  );
});

test('a tree that overflows the stack of the library does not spoil the next page', () => {
  const verifier = createResponseVerifier();
  const nested = new Uint8Array(190_000).fill(0x81);
  expect(verify([header({ ...GOOD, tree: nested })], { verifier })).toMatchObject({ ok: false });
  expect(verify([header(GOOD)], { verifier })).toMatchObject({ ok: true });
});

test('a body that is small only while it is compressed is not decoded to its end', () => {
  const plain = new Uint8Array(1_000_000);
  const encoding = ['Content-Encoding', 'gzip'] as const;
  expect(verify([header(proof(plain)), encoding], { body: gzipSync(plain) })).toMatchObject({ ok: true });
  const bomb = gzipSync(new Uint8Array(70_000_000));
  expect(verify([header(GOOD), encoding], { body: bomb })).toEqual({
    ok: false,
    reason: expect.stringContaining('67108864'),
  });
});

test('what is no proof is refused with a reason', () => {
  expect(verify([])).toMatchObject({ ok: false, reason: expect.stringMatching(/./) });
  expect(verify([['IC-Certificate', 'certificate=:x']])).toMatchObject({ ok: false });
});
