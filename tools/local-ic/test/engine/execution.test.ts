import { describe, expect, it } from 'vitest';
import { createLocalIc, type LocalIc, type PrincipalText } from '../../src/index.ts';
import { COUNTERS, code, counters, data, deploy, install, load, query, take, u32, update } from './harness.ts';

function start(text = COUNTERS): { readonly ic: LocalIc; readonly id: PrincipalText } {
  const ic = createLocalIc();
  return { ic, id: deploy(ic, text) };
}

describe('foundation 3: effects are committed or dropped whole', () => {
  it('a trap leaves memory, globals, stable memory, timer and certified data as they were', () => {
    const { ic, id } = start();
    update(ic, id, 'bump');
    expect(code(update(ic, id, 'trap'))).toBe('IC0502');
    expect(counters(query(ic, id, 'show'))).toEqual([1, 1, 1]);
    expect(ic.canister(id)?.globalTimer).toBe(0n);
    expect(counters(update(ic, id, 'bump'))).toEqual([2, 2, 2]);
  });

  it('a query may change what it likes and leaves nothing behind', () => {
    const { ic, id } = start();
    const digest = ic.digest();
    expect(counters(query(ic, id, 'bump_in_query'))).toEqual([1, 1, 1]);
    expect(counters(query(ic, id, 'bump_in_query'))).toEqual([1, 1, 1]);
    expect(Buffer.compare(ic.digest(), digest)).toBe(0);
  });

  it('a trapping upgrade leaves the old code and its state', () => {
    const { ic, id } = start();
    update(ic, id, 'bump');
    expect(code(install(ic, id, '(module (func (export "canister_post_upgrade") unreachable))', 'upgrade'))).toBe(
      'IC0502',
    );
    expect(counters(update(ic, id, 'bump'))).toEqual([2, 2, 2]);
  });

  it('a loaded snapshot brings back memory, private globals and stable memory', () => {
    const { ic, id } = start();
    update(ic, id, 'bump');
    const snapshot = take(ic, id);
    update(ic, id, 'bump');
    data(load(ic, id, snapshot));
    expect(counters(query(ic, id, 'show'))).toEqual([1, 1, 1]);
  });
});

describe('foundation 4: each execution gets a fresh instance', () => {
  it('a changed table is as the module made it in the next execution', () => {
    const { ic, id } = start(`(module
      (import "ic0" "msg_reply" (func $reply))
      (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
      (type $get (func (result i32)))
      (memory 1) (table 2 funcref) (elem (i32.const 0) $one $two)
      (func $one (result i32) (i32.const 1))
      (func $two (result i32) (i32.const 2))
      (func $answer (i32.store (i32.const 0) (call_indirect (type $get) (i32.const 0)))
        (call $append (i32.const 0) (i32.const 4)) (call $reply))
      (func (export "canister_update swap") (table.set 0 (i32.const 0) (table.get 0 (i32.const 1))) (call $answer))
      (func (export "canister_query show") (call $answer)))`);
    expect(u32(update(ic, id, 'swap'))).toBe(2);
    expect(u32(query(ic, id, 'show'))).toBe(1);
  });

  it('a dropped data segment is there again in the next execution', () => {
    const { ic, id } = start(`(module
      (import "ic0" "msg_reply" (func $reply))
      (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
      (memory 1) (data $text "once")
      (func (export "canister_update drop")
        (memory.init $text (i32.const 0) (i32.const 0) (i32.const 4)) (data.drop $text)
        (call $append (i32.const 0) (i32.const 4)) (call $reply)))`);
    expect(Buffer.from(data(update(ic, id, 'drop'))).toString()).toBe('once');
    expect(Buffer.from(data(update(ic, id, 'drop'))).toString()).toBe('once');
  });
});

describe('foundation 5: every execution has a limit', () => {
  it('an endless loop ends as IC0522 and rolls back; the canister stays usable', () => {
    const ic = createLocalIc({ interceptor: { execute: () => ({ instructionLimit: 50_000_000n }) } });
    const id = deploy(ic, COUNTERS);
    expect(code(update(ic, id, 'spin'))).toBe('IC0522');
    expect(counters(update(ic, id, 'bump'))).toEqual([1, 1, 1]);
  });

  it('an endless recursion ends as a stack overflow, whatever the host could take', () => {
    const { ic, id } = start(`(module (import "ic0" "msg_reply" (func $reply)) (memory 1)
      (func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))
      (func (export "canister_update recurse") (drop (call $deeper (i32.const 0))))
      (func (export "canister_update fine") (call $reply)))`);
    const result = update(ic, id, 'recurse');
    expect(result.kind === 'reject' && result.reject.message).toMatch(/stack overflow/);
    data(update(ic, id, 'fine'));
  });
});

describe('foundation 6: the interceptor', () => {
  it('makes the n-th host call of an execution trap', () => {
    let at = 0;
    const ic = createLocalIc({
      interceptor: { execute: (event) => (event.kind === 'update' && at > 0 ? { trapAtHostCall: at } : undefined) },
    });
    const id = deploy(ic, COUNTERS);
    for (at = 1; at <= 5; at += 1) expect(code(update(ic, id, 'bump'))).toBe('IC0502');
    at = 6;
    expect(counters(update(ic, id, 'bump'))).toEqual([1, 1, 1]);
  });

  it('rejects a management call before it runs', () => {
    let refuse = false;
    const reject = { rejectCode: 2, errorCode: 'IC0210', message: 'not now' } as const;
    const ic = createLocalIc({
      interceptor: {
        management: (event) => (refuse && event.method === 'take_canister_snapshot' ? { reject } : undefined),
      },
    });
    const id = deploy(ic, COUNTERS);
    refuse = true;
    expect(() => take(ic, id)).toThrow(/IC0210 not now/);
    expect(ic.canister(id)?.snapshots).toEqual([]);
  });

  it('sees what every execution used', () => {
    const seen: string[] = [];
    const ic = createLocalIc({
      interceptor: {
        executed: (event) => void seen.push(`${event.kind} ${event.method} ${event.trap?.errorCode ?? 'ok'}`),
      },
    });
    const id = deploy(ic, COUNTERS);
    update(ic, id, 'bump');
    update(ic, id, 'trap');
    expect(seen).toEqual(['start  ok', 'init  ok', 'update bump ok', 'update trap IC0502']);
  });
});

describe('callbacks', () => {
  it('a callback of another type than (i32) -> () traps, and the canister stays usable', () => {
    const { ic, id } = start(`(module
      (import "ic0" "msg_reply" (func $reply))
      (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
      (import "ic0" "call_perform" (func $perform (result i32)))
      (memory 1) (data (i32.const 0) "none")
      (table 2 funcref) (elem (i32.const 0) $right $wrong)
      (func $right (param i32) (call $reply))
      (func $wrong (param i32 i32))
      (func $send (param $reject i32)
        (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)
          (i32.const 0) (i32.const 0) (local.get $reject) (i32.const 0))
        (drop (call $perform)))
      (func (export "canister_update wrong") (call $send (i32.const 1)))
      (func (export "canister_update right") (call $send (i32.const 0))))`);
    const wrong = update(ic, id, 'wrong');
    expect(wrong.kind === 'reject' && wrong.reject.message).toMatch(/another type/);
    data(update(ic, id, 'right'));
  });
});
