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

describe('a body in ranges', () => {
  const ALL = Uint8Array.from({ length: 10 }, (_, index) => index);
  const part = (begin: number, end: number, total = ALL.length) =>
    responseOf({
      status: 206,
      headers: [['Content-Range', `bytes ${begin}-${end - 1}/${total}`]],
      body: ALL.slice(begin, end),
    });
  const asking = (answer: (from: string | undefined) => Uint8Array) =>
    served(({ payload }) => reply(answer(/range.bytes=(\d+)-/s.exec(Buffer.from(payload).toString('latin1'))?.[1])));

  async function bodyOf({ body, more }: Answer): Promise<number[]> {
    const bytes = [...(body as Uint8Array)];
    for (let next = await more?.(); next instanceof Uint8Array; next = await more?.()) bytes.push(...next);
    return bytes;
  }

  test('is put together, with 200 and its length, each range as it goes on or overlaps', async () => {
    const { get, calls } = asking((from) =>
      from === undefined ? part(0, 4) : part(Number(from) - 1, Number(from) + 3),
    );
    const answer = await get('/');
    expect([answer.status, answer.headers?.['content-length'], answer.headers?.['content-range']]).toEqual([
      200,
      '10',
      undefined,
    ]);
    expect(await bodyOf(answer)).toEqual([...ALL]);
    expect(calls).toEqual(['query', 'query', 'query']);
  });

  test('stays in ranges for who asks for one', async () => {
    const { get, calls } = asking(() => part(0, 4));
    const { status, headers } = await get('/', { headers: { range: 'bytes=0-3' } });
    expect([status, headers?.['content-range'], calls]).toEqual([206, ['bytes 0-3/10'], ['query']]);
  });

  test('is verified range by range', async () => {
    const { get, calls } = asking((from) => part(Number(from ?? 0), 10 - (from === undefined ? 5 : 0)));
    const answer = await get('/', { headers: { host: `${PAGES}.localhost` } });
    expect([...cause(answer), calls]).toEqual([503, 'backend_response_verification', ['query', 'verify']]);
  });

  test.each<[string, (from: string | undefined) => Uint8Array]>([
    ['leaves a gap', (from) => (from === undefined ? part(0, 3) : part(4, 10))],
    ['goes back', (from) => (from === undefined ? part(0, 3) : part(0, 3))],
    ['changes its length', (from) => (from === undefined ? part(0, 3) : part(3, 9, 9))],
    ['ends in another answer', (from) => (from === undefined ? part(0, 3) : responseOf({ status: 404 }))],
    ['traps', (from) => (from === undefined ? part(0, 3) : new Uint8Array())],
  ])('that %s breaks off', async (_name, answer) => {
    const { get } = asking(answer);
    await expect(bodyOf(await get('/'))).rejects.toThrow();
  });

  test('that never ends is broken off after 1,000 ranges', async () => {
    const total = 10_000;
    const { get, calls } = asking((from = '0') =>
      responseOf({
        status: 206,
        headers: [['content-range', `bytes ${from}-${from}/${total}`]],
        body: Uint8Array.of(1),
      }),
    );
    await expect(bodyOf(await get('/'))).rejects.toThrow();
    expect(calls).toHaveLength(1_000);
  });

  test.each(['bytes 1-3/10', 'bytes 0-2/10', 'bytes 0-10/10', 'bytes */10', 'pages 0-3/10', ''])(
    'does not begin with "%s"',
    async (range) => {
      const body = ALL.slice(0, 4);
      const { get } = served(() => reply(responseOf({ status: 206, headers: [['Content-Range', range]], body })));
      expect(cause(await get('/'))).toEqual([503, 'backend_http_gateway']);
    },
  );
});
