import { describe, expect, test } from 'vitest';
import { METER } from '../../src/wasm/index.ts';
import { guest } from './harness.ts';

/** Instructions of one call of "f", with the given arguments. */
function used(body: string, ...args: number[]): bigint {
  const params = args.map(() => 'i32').join(' ');
  return guest(`(module (memory 1) (func (export "f") (param ${params}) ${body}))`).call('f', args).used;
}

describe('one instruction each, block, loop, else and end free', () => {
  test.each([
    ['nothing', '', 0n],
    ['a constant and its drop', 'i32.const 1 drop', 2n],
    ['a block that nothing branches to', 'block i32.const 1 drop end nop', 3n],
    ['a branch over code', 'block br 0 nop nop end nop', 2n],
    ['code behind a return', 'nop return nop nop', 2n],
    ['nested blocks', 'block block block nop end end end', 1n],
    ['a loop without a way back', 'loop nop end nop', 2n],
  ])('%s', (_, body, expected) => {
    expect(used(body)).toBe(expected);
  });

  test.each([
    ['if without else, taken', 'local.get 0 if nop nop end nop', 1, 5n],
    ['if without else, not taken', 'local.get 0 if nop nop end nop', 0, 3n],
    ['if with else, first arm', 'local.get 0 if nop nop nop else nop end nop', 1, 6n],
    ['if with else, second arm', 'local.get 0 if nop nop nop else nop end nop', 0, 4n],
    ['an arm that returns', 'local.get 0 if return end nop nop', 1, 3n],
    ['beside an arm that returns', 'local.get 0 if return end nop nop', 0, 4n],
    ['br_if taken', 'block local.get 0 br_if 0 nop nop end nop', 1, 3n],
    ['br_if not taken', 'block local.get 0 br_if 0 nop nop end nop', 0, 5n],
    ['br_if out of two blocks', 'block block local.get 0 br_if 1 nop end nop end nop', 1, 3n],
    ['br_if that stays', 'block block local.get 0 br_if 1 nop end nop end nop', 0, 5n],
    ['br_table, first', 'block block local.get 0 br_table 0 1 end nop nop end nop', 0, 5n],
    ['br_table, default', 'block block local.get 0 br_table 0 1 end nop nop end nop', 7, 3n],
    ['ten rounds of a loop', 'loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end nop', 10, 51n],
    ['a loop left from inside', 'block loop local.get 0 br_if 1 i32.const 1 local.set 0 br 0 end end nop', 0, 8n],
  ])('%s', (_, body, argument, expected) => {
    expect(used(body, argument)).toBe(expected);
  });

  test('calls cost one, and what is called costs its own', () => {
    const text = `(module (func $two (result i32) i32.const 1 i32.const 2 i32.add)
      (func (export "f") call $two call $two drop drop))`;
    expect(guest(text).call('f').used).toBe(2n + 2n + 2n * 3n);
  });

  test('an indirect call, and a tail call', () => {
    const text = `(module (type $t (func)) (table funcref (elem $g)) (func $g nop)
      (func (export "indirect") i32.const 0 call_indirect (type $t) nop)
      (func (export "tail") return_call $g))`;
    expect(guest(text).call('indirect').used).toBe(4n);
    expect(guest(text).call('tail').used).toBe(2n);
  });

  test('bulk operators cost one more for each byte or element', () => {
    expect(used('i32.const 0 i32.const 7 i32.const 100 memory.fill')).toBe(104n);
    expect(used('i32.const 0 i32.const 200 i32.const 1000 memory.copy')).toBe(1004n);
    const text = `(module (memory 1) (data $d "0123456789") (table $t 8 funcref) (elem $e func $f $f $f)
      (func $f (export "init") i32.const 0 i32.const 0 i32.const 10 memory.init $d)
      (func (export "table") i32.const 0 i32.const 0 i32.const 3 table.init $e)
      (func (export "tcopy") i32.const 0 i32.const 0 i32.const 8 table.copy)
      (func (export "tfill") i32.const 0 ref.null func i32.const 5 table.fill)
      (func (export "tgrow") (result i32) ref.null func i32.const 5 table.grow))`;
    expect(guest(text).call('init').used).toBe(14n);
    expect(guest(text).call('table').used).toBe(7n);
    expect(guest(text).call('tcopy').used).toBe(12n);
    expect(guest(text).call('tfill').used).toBe(9n);
    expect(guest(text).call('tgrow').used).toBe(8n);
  });

  test('a bulk operator that would exceed the limit does nothing', () => {
    const g = guest(`(module (memory (export "m") 1)
      (func (export "f") i32.const 0 i32.const 7 i32.const 65536 memory.fill))`);
    const { outOfGas, result } = g.call('f', [], { gas: 50_000n });
    expect(outOfGas).toBe(true);
    expect(result).toEqual({ trap: 'unreachable' });
    expect(new Uint8Array((g.instance.exports.m as WebAssembly.Memory).buffer).every((byte) => byte === 0)).toBe(true);
  });
});

describe('the limit', () => {
  const COUNTDOWN = `(module (func (export "f") (param i32)
    loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end))`;

  test('is enough when it is exactly what is used, and not one less', () => {
    for (const rounds of [1, 2, 3, 1000, 20_000]) {
      const exact = BigInt(rounds) * 5n;
      expect(guest(COUNTDOWN).call('f', [rounds], { gas: exact })).toMatchObject({ outOfGas: false, used: exact });
      const short = guest(COUNTDOWN).call('f', [rounds], { gas: exact - 1n });
      expect(short.outOfGas).toBe(true);
      expect(short.result).toEqual({ trap: 'unreachable' });
    }
  });

  test('ends a loop without end soon after it is reached', () => {
    const g = guest('(module (func (export "f") loop nop nop nop br 0 end))');
    const { outOfGas, used: spent } = g.call('f', [], { gas: 100_000_000n });
    expect(outOfGas).toBe(true);
    expect(spent).toBeLessThan(100_000_000n + 20_000n);
    expect(g.call('f', [], { gas: 1000n }).outOfGas).toBe(true);
  });

  test('ends work that doubles with every level of a shallow recursion', () => {
    const g = guest(`(module (func $f (export "f") (param i32)
      local.get 0 if local.get 0 i32.const 1 i32.sub call $f local.get 0 i32.const 1 i32.sub call $f end))`);
    const { outOfGas, used: spent } = g.call('f', [60], { gas: 10_000_000n });
    expect(outOfGas).toBe(true);
    expect(spent).toBeLessThan(10_100_000n);
  });

  test('ends a chain of tail calls', () => {
    const g = guest('(module (func $f (export "f") return_call $f))');
    expect(g.call('f', [], { gas: 1_000_000n })).toMatchObject({ outOfGas: true, stackOverflow: false });
  });

  test('an instance without a budget runs nothing', () => {
    const g = guest('(module (func (export "f") loop br 0 end))');
    expect(g.run(() => undefined, { gas: 0n }).used).toBe(0n);
    expect(g.call('f', [], { gas: 0n }).outOfGas).toBe(true);
  });

  test('a trap keeps what was used; the next execution starts clean', () => {
    const g = guest(`(module (func (export "f") (param i32) (result i32)
      (local i32) loop local.get 1 i32.const 1 i32.add local.tee 1 i32.const 1000 i32.lt_u br_if 0 end
      i32.const 1 local.get 0 i32.div_s))`);
    const good = g.call('f', [1]);
    expect(good.used).toBe(1000n * 7n + 3n - 1n + 1n);
    const bad = g.call('f', [0]);
    expect(bad.result).toEqual({ trap: 'divide by zero' });
    expect(bad.used).toBe(good.used);
    expect(g.call('f', [1])).toEqual(good);
  });

  test('imports see an exact meter and may take from it', () => {
    const seen: bigint[] = [];
    const g = guest(
      `(module (import "ic0" "msg_reply" (func $look)) (func $inner call $look nop)
        (func (export "f") nop nop call $look nop call $inner nop))`,
      {
        msg_reply: () => {
          seen.push(1000n - g.gas);
          g.global(METER.gas).value = g.gas - 100n;
        },
      },
    );
    expect(g.call('f', [], { gas: 1000n }).used).toBe(8n + 200n);
    expect(seen).toEqual([6n, 108n]);
  });

  test('an import that takes more than there is ends the execution', () => {
    const g = guest('(module (import "ic0" "msg_reply" (func $take)) (func (export "f") call $take nop))', {
      msg_reply: () => {
        g.global(METER.gas).value = -1n;
      },
    });
    expect(g.call('f')).toMatchObject({ outOfGas: true, result: { trap: 'unreachable' } });
  });
});
