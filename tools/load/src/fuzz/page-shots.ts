/** Requests of the HTTP gateway, and answers of a canister that says anything. */
import fc from 'fast-check';
import type { Principal } from 'icp-sdk-core-6/principal';
import { responseBytes, saying } from '../parrot.ts';
import { changes, mutated } from './mutate.ts';
import type { Shot } from './shot.ts';

/** What a gateway itself says; the canister has no page of its own. */
const NO_PAGE = [400, 404, 405, 503] as const;
/** A canister may answer with any. */
const ANY_ANSWER = Array.from({ length: 800 }, (_, index) => 200 + index);

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'];
const visible = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.replace(/[\s#]/g, '-'));
const latin1 = fc
  .uint8Array({ maxLength: 20 })
  .map((bytes) => Buffer.from(bytes.map((byte) => byte | 0x80)).toString('latin1'));

/** Requests for pages of the parrot, all kinds mixed. */
export function pageShots(parrot: Principal): fc.Arbitrary<Shot> {
  return fc.oneof(
    { arbitrary: anywhere(parrot), weight: 4 },
    { arbitrary: said(parrot), weight: 4 },
    { arbitrary: proved(parrot), weight: 2 },
  );
}

/** Any host, path and method, and headers that gateways look at. */
function anywhere(parrot: Principal): fc.Arbitrary<Shot> {
  const id = fc.constantFrom(parrot.toText(), 'aaaaa-aa', '2vxsx-fae', 'raw', 'x');
  const domain = fc.constantFrom(
    'localhost',
    'raw.localhost',
    'raw',
    '127.0.0.1',
    '[::1]',
    'example.com',
    'localhost.',
  );
  const host = fc.oneof(
    fc.tuple(id, domain).map((parts) => parts.join('.')),
    domain,
    visible,
  );
  const query = fc.oneof(id, visible).map((text) => `?canisterId=${text}`);
  const place = fc.array(fc.oneof(visible, latin1, fc.constantFrom('..', '%', '%2e', '%00', '')), { maxLength: 4 });
  const path = fc
    .tuple(place, fc.oneof(query, fc.constant('')), fc.constantFrom('', '', '', 'http://localhost', 'http://x:y@z'))
    .map(([parts, rest, origin]) => `${origin}/${parts.join('/')}${rest}`);
  const record = { host, path, method: fc.constantFrom(...METHODS), accept: fc.constantFrom('text/html', '*/*', '') };
  const headers = {
    referer: fc.oneof(
      visible,
      query.map((text) => `http://localhost/${text}`),
    ),
    range: visible,
  };
  return fc.record({ ...record, ...headers }).map(({ path: where, method, ...rest }) => ({
    name: 'page/anywhere',
    // Node refuses such bytes before it knows the method, with a body that no client of HEAD expects.
    request: { method, path: method === 'HEAD' ? where.replace(/[\x80-\xff]/g, '-') : where, headers: rest },
    allowed: method === 'OPTIONS' ? [200, 400] : NO_PAGE,
  }));
}

const name = fc.constantFrom(
  ...['Content-Type', 'Content-Length', 'Content-Range', 'Content-Encoding', 'Transfer-Encoding', 'Connection'],
  ...['Set-Cookie', 'Location', 'Vary', 'Date', 'Upgrade', 'Trailer', 'X-Own', 'access-control-allow-origin'],
);
const value = fc.oneof(
  visible,
  fc.constantFrom('chunked', '7', 'gzip', 'bytes 0-6/9', 'close', '', '\u00fc', '\u2028'),
);
const header = fc.oneof(
  { arbitrary: fc.tuple(name, value), weight: 20 },
  { arbitrary: fc.tuple(visible, fc.oneof(value, fc.constant('a\r\nb: c'))), weight: 1 },
);
const response = fc.record({
  status: fc.oneof(
    { arbitrary: fc.constantFrom(200, 204, 206, 301, 304, 404), weight: 5 },
    { arbitrary: fc.integer({ min: 200, max: 999 }), weight: 4 },
    { arbitrary: fc.nat(65_535), weight: 1 },
  ),
  headers: fc.array(header, { maxLength: 5 }),
  body: fc.uint8Array({ maxLength: 200 }),
  upgrade: fc.integer({ min: 0, max: 20 }).map((one) => one === 0),
  parts: fc.oneof(fc.constant([]), fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 })),
});

/** What a canister says at its raw address: as a response should be, changed in some bytes, or anything. */
function said(parrot: Principal): fc.Arbitrary<Shot> {
  const good = response.map((fields) => responseBytes({ ...fields, canister: parrot }));
  const changed = fc.tuple(good, changes).map(([bytes, list]) => mutated(bytes, list));
  const answer = fc.oneof(good, changed, fc.uint8Array({ maxLength: 100 }));
  return fc.tuple(answer, fc.constantFrom('POST', 'PUT', 'PATCH')).map(([bytes, method]) => ({
    name: 'page/said',
    request: { method, path: '/', headers: { host: `${parrot}.raw.localhost` }, body: saying(bytes) },
    allowed: ANY_ANSWER,
  }));
}

/** Proofs that prove nothing. */
function proved(parrot: Principal): fc.Arbitrary<Shot> {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom(
      new Uint8Array(40_000).fill(0x81),
      Uint8Array.of(0xd9, 0xd9, 0xf7, 0x81, 0x00),
      Uint8Array.of(0xd9, 0xd9, 0xf7, 0xa2),
    ),
  );
  const field = fc
    .tuple(fc.constantFrom('certificate', 'tree', 'expr_path', 'version'), bytes)
    .map(([name, value]) => `${name}=:${Buffer.from(value).toString('base64')}:`);
  const proof = fc.array(fc.oneof(field, fc.constantFrom('version=1', 'version=2', 'version=3'), visible));
  const expression = fc.oneof(
    visible,
    fc.constantFrom('default_certification(ValidationArgs{no_certification:Empty{}})', '('.repeat(20_000)),
  );
  return fc.tuple(response, proof, expression).map(([fields, parts, text]) => {
    const headers = [
      ...fields.headers,
      ['IC-Certificate', parts.join(', ')],
      ['IC-CertificateExpression', text],
    ] as const;
    const answer = responseBytes({ ...fields, headers: headers as never, upgrade: false, parts: [], canister: parrot });
    return {
      name: 'page/proved',
      request: { method: 'POST', path: '/', headers: { host: `${parrot}.localhost` }, body: saying(answer) },
      allowed: [503],
    };
  });
}
