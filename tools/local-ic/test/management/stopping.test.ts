import { expect, test } from 'vitest';
import { EMPTY_REPLY } from '../../src/management/method.ts';
import { processStopping } from '../../src/management/stopping.ts';
import { ALICE, accepted, BOB, byId, openCall, refusal, type Subnet, testSubnet } from './subnet.ts';

const MINUTE = 60_000_000_000n;

function endRound(subnet: Subnet): void {
  processStopping(subnet.state, subnet.state.blockTime, (request, answer) => subnet.answers.push({ request, answer }));
}

test('stop makes a running canister Stopping at once, and the end of the round makes it Stopped', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  expect(subnet.call(ALICE, 'stop_canister', byId(canister)).kind).toBe('waits');
  expect(canister.status.kind).toBe('stopping');
  expect(canister.version).toBe(1n);
  endRound(subnet);
  expect(canister.status).toEqual({ kind: 'stopped' });
  expect(canister.version).toBe(2n);
  expect(subnet.answers.map(({ answer }) => answer)).toEqual([{ reply: EMPTY_REPLY }]);
});

test('stop of a stopped canister succeeds immediately and still counts the version', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  canister.status = { kind: 'stopped' };
  accepted(subnet.call(ALICE, 'stop_canister', byId(canister)));
  expect(canister.version).toBe(1n);
  expect(canister.status.kind).toBe('stopped');
});

test('an open call keeps a canister Stopping; each waiter times out after its own five minutes', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  openCall(canister, { kind: 'ingress', sender: BOB, messageId: new Uint8Array(32) });
  subnet.call(ALICE, 'stop_canister', byId(canister));
  subnet.state.blockTime += MINUTE;
  subnet.call(ALICE, 'stop_canister', byId(canister));
  subnet.state.blockTime += 4n * MINUTE - 1n;
  endRound(subnet);
  expect(subnet.answers).toHaveLength(0);
  subnet.state.blockTime += 1n;
  endRound(subnet);
  expect(subnet.answers).toHaveLength(1);
  expect(subnet.answers[0]?.answer).toMatchObject({
    reject: { rejectCode: 2, errorCode: 'IC0206', message: 'Stop canister request timed out' },
    prefixed: false,
  });
  expect(canister.status).toMatchObject({ kind: 'stopping' });
  canister.callContexts.clear();
  endRound(subnet);
  expect(subnet.answers).toHaveLength(2);
  expect(canister.status.kind).toBe('stopped');
});

test('an outstanding callback alone keeps a canister Stopping', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  const none = { index: 0, env: 0 };
  canister.callbacks.set(0, {
    id: 0,
    callContextId: 0,
    receiver: canister.id,
    method: '',
    reply: none,
    reject: none,
    cleanup: null,
    cyclesSent: 0n,
    prepaid: 0n,
    deadline: 0n,
    deleted: true,
  });
  subnet.call(ALICE, 'stop_canister', byId(canister));
  endRound(subnet);
  expect(canister.status.kind).toBe('stopping');
});

test('start cancels pending stops, with one text for users and another for canisters', () => {
  const subnet = testSubnet();
  const manager = subnet.addCanister();
  const canister = subnet.addCanister({ controllers: [ALICE, manager.id] });
  subnet.call(ALICE, 'stop_canister', byId(canister));
  subnet.call(manager.id, 'stop_canister', byId(canister));
  accepted(subnet.call(ALICE, 'start_canister', byId(canister)));
  expect(canister.status).toEqual({ kind: 'running' });
  expect(canister.version).toBe(3n);
  expect(subnet.answers.map(({ answer }) => answer)).toMatchObject([
    { reject: { errorCode: 'IC0511', message: `Canister ${canister.id}'s stop request was cancelled.` } },
    { reject: { rejectCode: 5, message: `Canister ${canister.id}'s stop request cancelled` }, prefixed: false },
  ]);
});

test('only a controller may stop and start, and unknown canisters are named', () => {
  const subnet = testSubnet();
  const canister = subnet.addCanister();
  for (const method of ['stop_canister', 'start_canister']) {
    expect(refusal(subnet.call(BOB, method, byId(canister)))).toBe(
      `IC0512 Only the controllers of the canister ${canister.id} can control it.`,
    );
    expect(refusal(subnet.call(BOB, method, byId({ id: ALICE })))).toBe(`IC0301 Canister ${ALICE} not found.`);
  }
  expect(canister.version).toBe(0n);
});
