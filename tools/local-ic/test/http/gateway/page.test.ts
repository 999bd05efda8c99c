import { IDL } from '@dfinity/candid';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/http/answer.ts';
import type { CallRequest, CallResult } from '../../../src/types.ts';
import { PAGES, responseOf, served } from './served.ts';

const reply = (data: Uint8Array): CallResult => ({ kind: 'reply', data });
const cause = ({ status, headers }: Answer) => [status, headers?.['x-ic-error-cause']];

describe('tokens of a stream', () => {
  const Chunk = (type: IDL.Type) => IDL.Record({ body: IDL.Vec(IDL.Nat8), token: IDL.Opt(type) });
  const Asset = IDL.Record({ key: IDL.Text, index: IDL.Nat, sha256: IDL.Opt(IDL.Vec(IDL.Nat8)) });
  const List = IDL.Rec();
  List.fill(IDL.Opt(IDL.Tuple(IDL.Nat8, List)));

  test.each<[string, IDL.Type, unknown]>([
    ['the asset canister', Asset, { key: '/a', index: 7n, sha256: [new Uint8Array(32)] }],
    ['text', IDL.Text, 'next'],
    ['a number', IDL.Nat64, 2n ** 60n],
    ['a variant', IDL.Variant({ next: IDL.Nat, last: IDL.Null }), { next: 3n }],
    ['null', IDL.Null, null],
    ['bytes', IDL.Vec(IDL.Nat8), Uint8Array.of(1, 2)],
    ['a recursive type', List, [[1, [[2, []]]]]],
  ])('come back as they were: %s', async (_name, type, token) => {
    const seen: CallRequest[] = [];
    const { get } = served((request) => {
      seen.push(request);
      if (request.method === 'http_request') return reply(responseOf({ body: Uint8Array.of(1), token: [type, token] }));
      return reply(new Uint8Array(IDL.encode([Chunk(type)], [{ body: Uint8Array.of(2), token: [] }])));
    });
    expect([...((await get('/')).body as Uint8Array)]).toEqual([1, 2]);
    const { canisterId, method, payload } = seen[1] as CallRequest;
    expect([canisterId, method]).toEqual([PAGES, 'more']);
    expect(IDL.decode([type], payload)[0]).toEqual(token);
  });
});

describe('an update', () => {
  const upgraded = () => served(() => reply(responseOf({ upgrade: true })));

  test('waits for the round that answers it, and asks for one', async () => {
    const { get, rounds, statuses } = upgraded();
    let wanted = 0;
    rounds.onWanted(() => {
      wanted += 1;
    });
    const answer = get('/', { method: 'POST' });
    await new Promise((resolve) => setImmediate(resolve));
    statuses.set('0', { kind: 'replied', data: responseOf({ status: 201, upgrade: true }) });
    rounds.ended();
    expect([(await answer).status, wanted, rounds.waiting()]).toEqual([201, 1, 0]);
  });

  test('is given up after a minute', async () => {
    const { get, clock, rounds } = upgraded();
    const answer = get('/');
    await clock.advance(60_000);
    expect([cause(await answer), rounds.waiting()]).toEqual([[504, 'backend_timeout'], 0]);
  });

  test('is not sent behind five hundred others', async () => {
    const { get, rounds, calls } = upgraded();
    for (let i = 0; i < 500; i += 1) rounds.onEnd(() => undefined);
    expect(cause(await get('/'))).toEqual([429, 'load_shed']);
    expect(calls).toEqual(['query']);
  });
});

describe('what a canister may not do', () => {
  test.each<[string, () => CallResult, string]>([
    [
      'send more headers than a browser takes',
      () => reply(responseOf({ headers: [['a', 'x'.repeat(300_000)]] })),
      '300001',
    ],
    ['name a header with a space', () => reply(responseOf({ headers: [['a b', 'c']] })), '"a b"'],
    ['answer with a status of four digits', () => reply(responseOf({ status: 1_000 })), '1000'],
    ['answer with 0', () => reply(responseOf({ status: 0 })), '0'],
    ['promise four billion values', () => reply(bomb()), 'cannot be decoded'],
    ['answer with nothing', () => reply(new Uint8Array()), 'cannot be decoded'],
  ])('%s', async (_name, answer, text) => {
    const { get } = served(answer);
    const got = await get('/');
    expect([...cause(got), got.body]).toEqual([503, 'backend_http_gateway', expect.stringContaining(text)]);
  });

  /** A vector of as many nulls as its length can say. */
  function bomb(): Uint8Array {
    return Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 1, 0x6d, 0x7f, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f);
  }
});

test('an instance that is gone is a problem with a page, not a broken connection', async () => {
  const { gateway, host } = served(() => reply(responseOf({})));
  host.run = async () => ({ status: 500, type: 'json', body: '{"message":"The thread ended"}' });
  const answer = await gateway.handle({
    method: 'GET',
    url: `/?canisterId=${PAGES}`,
    headers: { host: '127.0.0.1', accept: 'text/html' },
    body: new Uint8Array(),
  });
  expect([...cause(answer), answer.body]).toEqual([503, 'backend_other', expect.stringContaining('The thread ended')]);
});
