import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTarget, resolveAddress } from '../../../src/http/gateway/address.ts';
import { PAGES } from './served.ts';

const DOMAINS = { names: ['localhost', 'ic.test'], any: false };

function addressOf(url: string, host: string | undefined, options: { referer?: string; any?: boolean } = {}) {
  const target = readTarget({ url, headers: { host } });
  if (!target.ok) return target.problem.cause;
  const { referer, any = false } = options;
  const found = resolveAddress(target.value, { referer, domains: { ...DOMAINS, any } });
  return found.ok ? found.value : found.problem.cause;
}

test.each([
  [`${PAGES}.ic.test`, { canisterId: PAGES, verify: true }],
  [`${PAGES}.raw.ic.test`, { canisterId: PAGES, verify: false }],
  [`a--b--${PAGES}.ic.test`, { canisterId: PAGES, verify: true }],
  [`raw.${PAGES}.ic.test`, 'client_unknown_domain'],
  [`${PAGES}.example`, 'client_unknown_domain'],
  [`${PAGES}..localhost`, 'client_no_authority'],
  ['1.2.3.4', 'canister_id_not_resolved'],
  [`${'a.'.repeat(140)}localhost`, 'client_no_authority'],
  [undefined, 'client_no_authority'],
])('the host %s', (host, expected) => {
  expect(addressOf('/', host)).toEqual(expected);
});

test('without domains of its own, a gateway takes the first label of any host', () => {
  expect(addressOf('/', `${PAGES}.example`, { any: true })).toEqual({ canisterId: PAGES, verify: true });
  expect(addressOf(`/?canisterId=${PAGES}`, 'example', { any: true })).toEqual({ canisterId: PAGES, verify: true });
  expect(addressOf('/', `${PAGES}.raw.localhost`, { any: true })).toEqual({ canisterId: PAGES, verify: false });
});

test('a referer counts last, and only if it is one', () => {
  const referer = `http://x/?canisterId=${PAGES}`;
  expect(addressOf('/?canisterId=x', 'localhost', { referer })).toBe('canister_id_incorrect');
  expect(addressOf('/', 'x.localhost', { referer })).toEqual({ canisterId: PAGES, verify: true });
  expect(addressOf('/', 'localhost', { referer: 'nonsense' })).toBe('canister_id_not_resolved');
});

test('whatever a request says, there is a canister or a reason', () => {
  const piece = fc.constantFrom(
    PAGES,
    'raw',
    '.',
    'localhost',
    '?canisterId=',
    '&',
    '%',
    '/',
    'http://',
    ':',
    '[',
    '--',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  fc.assert(
    fc.property(text, text, text, fc.boolean(), (url, host, referer, any) => {
      const found = addressOf(url, host, { referer, any });
      return typeof found === 'string' || found.canisterId.includes('-');
    }),
  );
});
