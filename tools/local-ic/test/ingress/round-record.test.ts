import { encode } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { createLocalIc, loadLocalIc } from '../../src/local-ic.ts';
import { ANONYMOUS, type PrincipalText, principalToBytes } from '../../src/principal.ts';
import type { LocalIc } from '../../src/types.ts';
import { deploy } from '../engine/harness.ts';

/** Counts calls in memory, prints each, and sets a timer that counts a hundred. */
const COUNTER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
  (memory 1)
  (func $add (param $n i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $n))))
  (func (export "canister_update count")
    (call $add (i32.const 1))
    (drop (call $timer (i64.add (call $time) (i64.const 2))))
    (call $append (i32.const 0) (i32.const 4))
    (call $reply))
  (func (export "canister_global_timer") (call $add (i32.const 100)))
  (func (export "canister_query get") (call $append (i32.const 0) (i32.const 4)) (call $reply)))`;

const address = (id: PrincipalText) => ({ kind: 'canister', id }) as const;

function send(ic: LocalIc, id: PrincipalText, nonce: number): void {
  const content = {
    request_type: 'call',
    canister_id: principalToBytes(id),
    method_name: 'count',
    arg: new Uint8Array(0),
    sender: principalToBytes(ANONYMOUS),
    ingress_expiry: ic.time() + 60_000_000_000n,
    nonce: Uint8Array.of(nonce),
  };
  const result = ic.api.call(address(id), encode({ content }));
  expect(result).toMatchObject({ ok: true, value: { kind: 'accepted' } });
}

function count(ic: LocalIc, id: PrincipalText): number {
  const result = ic.query({ sender: ANONYMOUS, canisterId: id, method: 'get', payload: new Uint8Array(0) });
  if (result.kind !== 'reply') throw new Error(result.reject.message);
  return new DataView(result.data.slice().buffer).getUint32(0, true);
}

/** A run of rounds with calls and without, and what a restart does to the clock. */
function run(ic: LocalIc, id: PrincipalText): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let round = 0; round < 20; round += 1) {
    if (round % 3 === 0) send(ic, id, round);
    if (round % 6 === 0) send(ic, id, 100 + round);
    if (round === 11) ic.setCertifiedTime(ic.time() + 5_000_000_000n);
    ic.setTime(ic.time() + BigInt(round % 4));
    records.push(ic.nextRoundRecord());
    ic.tick();
  }
  return records;
}

describe('records of rounds', () => {
  const start = () => {
    const ic = createLocalIc();
    const id = deploy(ic, COUNTER);
    return { ic, id, saved: ic.save() };
  };

  test('run again on the state before them, they give the state after them, bit by bit', () => {
    const { ic, id, saved } = start();
    const records = run(ic, id);
    const again = loadLocalIc(saved);
    for (const record of records) again.replayRound(record);
    expect(count(again, id)).toBe(count(ic, id));
    expect(count(ic, id)).toBeGreaterThan(100);
    expect(again.digest()).toEqual(ic.digest());
  });

  test('those that a state has seen are left out', () => {
    const { ic, id, saved } = start();
    const records = run(ic, id);
    const again = loadLocalIc(saved);
    for (const record of [...records.slice(0, 9), ...records]) again.replayRound(record);
    expect(again.digest()).toEqual(ic.digest());
  });

  test('a gap is refused', () => {
    const { ic, id, saved } = start();
    const [, second] = run(ic, id);
    expect(() => loadLocalIc(saved).replayRound(second as Uint8Array)).toThrow(/is missing/);
  });
});
