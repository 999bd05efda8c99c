import { describe, expect, it } from 'vitest';
import {
  createLocalIc,
  type DeliverEvent,
  type Interceptor,
  type LocalIc,
  type PrincipalText,
} from '../../src/index.ts';
import { data, deploy, u32 } from './harness.ts';

/** Calls the management method `raw_rand` and replies with 1, or with 100 + the reject code. */
const CALLER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reject_code" (func $code (result i32)))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $payload (param i32 i32)))
  (import "ic0" "call_perform" (func $perform (result i32)))
  (memory 1) (data (i32.const 0) "raw_rand") (data (i32.const 8) "DIDL\\00\\00")
  (table 2 funcref) (elem (i32.const 0) $replied $rejected)
  (func $answer (param i32)
    (i32.store (i32.const 32) (local.get 0)) (call $append (i32.const 32) (i32.const 4)) (call $reply))
  (func $replied (param i32) (call $answer (i32.const 1)))
  (func $rejected (param i32) (call $answer (i32.add (i32.const 100) (call $code))))
  (func (export "canister_update ask")
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (call $payload (i32.const 8) (i32.const 6))
    (drop (call $perform))))`;

/** How many rounds a call takes, and what it says. */
function ask(deliver: Interceptor['deliver']): { readonly rounds: number; readonly says: number } {
  let active = false;
  const ic: LocalIc = createLocalIc({ interceptor: { deliver: (event) => (active ? deliver?.(event) : undefined) } });
  const id: PrincipalText = deploy(ic, CALLER);
  active = true;
  const before = ic.round();
  const result = ic.call({
    sender: '2vxsx-fae' as PrincipalText,
    canisterId: id,
    method: 'ask',
    payload: new Uint8Array(0),
  });
  return { rounds: ic.round() - before, says: u32({ kind: 'reply', data: data(result) }) };
}

describe('foundation 6: the interceptor at the border between canisters', () => {
  const undisturbed = ask(undefined);

  it('is told of the request and of its answer', () => {
    const seen: string[] = [];
    ask((event: DeliverEvent) => {
      seen.push(`${event.kind} ${event.method} of ${event.callee}`);
      return undefined;
    });
    expect(seen).toEqual(['request raw_rand of aaaaa-aa', 'response raw_rand of aaaaa-aa']);
  });

  it.each(['request', 'response'] as const)('holds a %s back for as many rounds as it wants', (kind) => {
    const delayed = ask((event) => (event.kind === kind && event.delayed < 3 ? { delay: true } : undefined));
    expect(delayed).toEqual({ says: 1, rounds: undisturbed.rounds + 3 });
  });

  it.each(['request', 'response'] as const)('answers a %s with a reject of its own', (kind) => {
    const reject = { rejectCode: 2, errorCode: null, message: 'not now' } as const;
    expect(ask((event) => (event.kind === kind ? { reject } : undefined)).says).toBe(102);
  });
});
