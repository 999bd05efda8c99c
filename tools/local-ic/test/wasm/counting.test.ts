import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble, Guest, prepare } from './harness.ts';
import { count, program, toText } from './programs.ts';

const LIMIT = 3000;

test('random programs cost what an interpreter counts, on every path, and stop at the limit', () => {
  let ended = 0;
  let stopped = 0;
  fc.assert(
    fc.property(program, fc.integer(), (nodes, argument) => {
      const expected = count(nodes, argument, LIMIT);
      const looks: number[] = [];
      const g: Guest = new Guest(prepare(assemble(toText(nodes))), {
        msg_reply: () => {
          looks.push(LIMIT - Number(g.gas));
        },
      });
      const actual = g.call('f', [argument], { gas: BigInt(LIMIT) });
      if (!expected.ended || expected.used > LIMIT) {
        stopped += 1;
        expect(actual).toMatchObject({ outOfGas: true, result: { trap: 'unreachable' } });
        return;
      }
      ended += 1;
      expect(actual).toEqual({
        result: undefined,
        used: BigInt(expected.used),
        outOfGas: false,
        stackOverflow: false,
      });
      // An import sees all that came before it paid, some of what follows too, and never a refund.
      expect(looks).toHaveLength(expected.looks.length);
      looks.forEach((seen, i) => {
        expect(seen).toBeGreaterThanOrEqual(expected.looks[i] ?? 0);
        expect(seen).toBeGreaterThanOrEqual(looks[i - 1] ?? 0);
        expect(seen).toBeLessThanOrEqual(expected.used);
      });
      // One instruction less is not enough; exactly as many are.
      expect(g.call('f', [argument], { gas: BigInt(expected.used) }).outOfGas).toBe(false);
      if (expected.used > 0) {
        expect(g.call('f', [argument], { gas: BigInt(expected.used) - 1n }).outOfGas).toBe(true);
      }
    }),
    { numRuns: 600 },
  );
  expect(ended).toBeGreaterThan(60);
  expect(stopped).toBeGreaterThan(10);
});

describe('nobody sees a charge that is taken back: the exact budget suffices on every path', () => {
  const NOPS = 'nop '.repeat(40);
  /** Where the meter can be looked at, and by whom. */
  const LOOKS = {
    'an import': 'call $look',
    'a function that checks': 'i32.const 0 call $deep',
    'an indirect call': 'i32.const 0 i32.const 0 call_indirect (type $t)',
    'a bulk operator': 'i32.const 0 i32.const 0 i32.const 1 memory.fill',
    'a loop': 'loop local.get 2 i32.eqz i32.const 1 local.set 2 br_if 0 end',
  };
  /** Ways that go on at a costly label, or past it. */
  const SHAPES: Readonly<Record<string, (look: string) => string>> = {
    'br_if to the label': (look) => `block block ${look} local.get 0 br_if 0 local.get 1 br_if 1 end ${NOPS} end nop`,
    'if without else': (look) => `block ${look} local.get 0 if local.get 1 br_if 1 ${NOPS} end ${NOPS} end nop`,
    'if inside a loop': (look) =>
      `block loop ${look} local.get 0 if local.get 1 br_if 2 i32.const 0 local.tee 0 br_if 1 end ${NOPS} end end`,
    'the first of two': (look) =>
      `block block block ${look} local.get 0 br_if 0 local.get 1 br_if 1 return end ${NOPS} end ${NOPS} end`,
    'behind an arm': (look) => `block local.get 0 if ${look} else br 1 end local.get 1 if return end end ${NOPS}`,
    'the head of a loop': (look) =>
      `block loop block local.get 0 br_if 0 local.get 1 br_if 2 end ${NOPS} ${look} local.get 3 i32.eqz
        i32.const 1 local.set 3 br_if 0 end end`,
  };
  const CASES = Object.entries(SHAPES).flatMap(([shape, code]) =>
    Object.entries(LOOKS).map(([name, look]) => [shape, name, code(look)] as const),
  );

  test.each(CASES)('%s, %s', (_, __, code) => {
    const seen: number[] = [];
    const g: Guest = new Guest(
      prepare(
        assemble(`(module (import "ic0" "msg_reply" (func $look)) (type $t (func (param i32))) (memory 1)
          (table funcref (elem $deep)) (func $deep (param i32) local.get 0 if local.get 0 call $deep end)
          (func (export "f") (param i32 i32) (local i32 i32) ${code}))`),
      ),
      { msg_reply: () => seen.push(Number(g.gas)) },
    );
    for (const args of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      const { used } = g.call('f', args);
      seen.length = 0;
      expect(g.call('f', args, { gas: used })).toMatchObject({ used, outOfGas: false, result: undefined });
      for (const left of seen) expect(left).toBeGreaterThanOrEqual(0);
      expect(g.call('f', args, { gas: used - 1n }).outOfGas).toBe(true);
    }
  });
});
