/** How long the status of a message can be asked for (replica: `IngressHistoryState::insert`, and `prune` each round). */
import { describe, expect, it } from 'vitest';
import { ANONYMOUS, createLocalIc, type LocalIc } from '../../src/index.ts';
import { deploy } from './harness.ts';

/** Replies at once, or when a call of `raw_rand` is answered. */
const CANISTER = `(module
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $payload (param i32 i32)))
  (import "ic0" "call_perform" (func $perform (result i32)))
  (memory 1) (data (i32.const 0) "raw_rand") (data (i32.const 8) "DIDL\\00\\00")
  (table 1 funcref) (elem (i32.const 0) $answered)
  (func $answered (param i32) (call $reply))
  (func (export "canister_update now") (call $reply))
  (func (export "canister_update later")
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $payload (i32.const 8) (i32.const 6))
    (drop (call $perform))))`;

const SECOND = 1_000_000_000n;
const TTL = 300n * SECOND;

describe('the status of an ingress message', () => {
  let late = false;
  const ic: LocalIc = createLocalIc({
    interceptor: { deliver: ({ kind }) => (late && kind === 'response' ? { delay: true } : undefined) },
  });
  const canisterId = deploy(ic, CANISTER);

  function submit(method: string, expiry?: bigint): () => string {
    const request = { sender: ANONYMOUS, canisterId, method, payload: new Uint8Array(0), ...(expiry && { expiry }) };
    const submitted = ic.submit(request);
    if (submitted.kind === 'refused') throw new Error(submitted.reject.message);
    return () => ic.ingressStatus(submitted.messageId)?.kind ?? 'unknown';
  }

  const pass = (nanos: bigint) => {
    ic.setTime(ic.time() + nanos);
    ic.tick();
  };

  it('stays for the time a message may live after its answer, though the message expired before that', () => {
    late = true;
    const status = submit('later');
    ic.tick();
    pass(TTL + 60n * SECOND);
    expect(status()).toBe('processing');
    late = false;
    ic.tick();
    ic.tick();
    expect(status()).toBe('replied');
    pass(TTL - SECOND);
    expect(status()).toBe('replied');
    pass(2n * SECOND);
    expect(status()).toBe('unknown');
  });

  it('of one that was never begun is rejected, and stays as long', () => {
    ic.setTime(ic.time() + SECOND);
    const status = submit('now', ic.time());
    pass(SECOND);
    expect(status()).toBe('rejected');
    pass(TTL - SECOND);
    expect(status()).toBe('rejected');
    pass(2n * SECOND);
    expect(status()).toBe('unknown');
  });

  it('is not forgotten before the message expires, so that it cannot be executed twice', () => {
    const status = submit('now', ic.time() + TTL + 30n * SECOND);
    ic.tick();
    pass(TTL + SECOND);
    expect(status()).toBe('replied');
    pass(30n * SECOND);
    expect(status()).toBe('unknown');
  });

  it('is forgotten in the order of the answers, whatever waits', () => {
    late = true;
    const waits = submit('later');
    ic.tick();
    const answered = [submit('now'), submit('now')];
    ic.tick();
    pass(TTL + SECOND);
    expect([waits, ...answered].map((status) => status())).toEqual(['processing', 'unknown', 'unknown']);
    late = false;
    ic.tick();
    ic.tick();
    expect(waits()).toBe('replied');
  });
});
