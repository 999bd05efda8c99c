import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/http/answer.ts';
import { serveApi } from '../../src/http/api/serve.ts';
import type { ApiContext } from '../../src/http/context.ts';
import type { OperationCall } from '../../src/http/instance-host.ts';
import { createRounds } from '../../src/http/rounds.ts';
import { createManualClock } from './fake.ts';

/** What the public API does between its socket and the thread that holds the instance: waiting, above all. */

const ANSWERED: Answer = { status: 200, type: 'bytes', body: Uint8Array.of(1) };
const NOT_YET: Answer = { status: 202, type: 'none', body: '' };

function served() {
  const clock = createManualClock();
  const rounds = createRounds();
  const state = { answered: false, wanted: 0, operations: [] as string[] };
  rounds.onWanted(() => {
    state.wanted += 1;
  });
  const run = async ({ operation }: OperationCall): Promise<Answer> => {
    state.operations.push(operation);
    if (operation === 'api/call') return { ...NOT_YET, accepted: new Uint8Array(32) };
    return state.answered ? ANSWERED : NOT_YET;
  };
  const host = { run, create: async () => null, drop: () => undefined, end: async () => undefined };
  const context: ApiContext = { host, clock, key: 0, rounds };
  const call = (version: number, gone = new AbortController().signal) =>
    serveApi(
      context,
      { method: 'POST', url: '', headers: { 'content-type': 'application/cbor' }, body: new Uint8Array(1), gone },
      `v${version}/canister/aaaaa-aa/call`,
    );
  return { clock, rounds, state, call };
}

/** Whether a promise has come to an end by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('a call that was accepted', () => {
  test.each([3, 4])('waits, in version %i, for the round that answers it, and asks for one', async (version) => {
    const { rounds, state, call } = served();
    const answer = call(version);
    expect([await isDone(answer), state.wanted]).toEqual([false, 1]);
    rounds.ended();
    expect(await isDone(answer)).toBe(false);
    state.answered = true;
    rounds.ended();
    expect(await answer).toMatchObject({ status: 200, body: ANSWERED.body });
    expect(rounds.waiting()).toBe(0);
  });

  test('is answered at once if a round has answered it meanwhile', async () => {
    const { state, call } = served();
    state.answered = true;
    expect(await call(4)).toMatchObject({ status: 200 });
  });

  test('is told to ask later after ten seconds, and is not looked after any more', async () => {
    const { clock, rounds, state, call } = served();
    const answer = call(4);
    await clock.advance(9_999);
    expect(await isDone(answer)).toBe(false);
    await clock.advance(1);
    expect(await answer).toMatchObject({ status: 202, body: '' });
    const looked = state.operations.length;
    rounds.ended();
    expect([rounds.waiting(), state.operations.length]).toEqual([0, looked]);
  });

  test('is not looked after when its client has gone away', async () => {
    const { rounds, state, call } = served();
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    const answers = [call(4, early.signal), call(4, late.signal)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds.waiting()).toBe(1);
    late.abort();
    await Promise.all(answers);
    const looked = state.operations.length;
    rounds.ended();
    expect([rounds.waiting(), state.operations.length]).toEqual([0, looked]);
  });

  test('does not wait in version 2, but makes a round come as well', async () => {
    const { state, call } = served();
    expect(await call(2)).toMatchObject({ status: 202, body: '' });
    expect([state.wanted, state.operations]).toEqual([1, ['api/call']]);
  });

  test('does not wait behind five hundred others', async () => {
    const { rounds, call } = served();
    const waiting = Array.from({ length: 500 }, () => call(4));
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds.waiting()).toBe(500);
    expect(await call(4)).toMatchObject({ status: 202 });
    expect(await isDone(Promise.race(waiting))).toBe(false);
  });
});
