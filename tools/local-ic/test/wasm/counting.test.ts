import fc from 'fast-check';
import { expect, test } from 'vitest';
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
