import { expect, test } from 'vitest';
import { Nan, PLAIN, PREFIXED, Shape, SIMD } from '../../src/wasm/opcodes.ts';
import { assemble } from './harness.ts';
import { FAMILIES, type Family, SIMD_FAMILIES } from './operators.ts';

/** Bytes of an operator as the assembler writes it: what stands between the local.gets and the last end. */
function encode(operator: string, [, operands, result]: Family): Uint8Array {
  const gets = operands.map((_, i) => `local.get ${i}`).join(' ');
  const code = `${gets} ${operator.replace('@', ' ')}`;
  const bytes = assemble(`(module (func (param ${operands.join(' ')}) (result ${result}) ${code}))`);
  // No locals (0), then the local.gets: unique in so small a module.
  const prefix = [0, ...operands.flatMap((_, i) => [0x20, i])];
  const at = Buffer.from(bytes).indexOf(Buffer.from(prefix));
  return bytes.subarray(at + prefix.length, bytes.length - 1);
}

test.each([...FAMILIES, ...SIMD_FAMILIES].map((family) => [family[0][0] ?? '', family] as const))(
  'operators like %s move the operand stack as their type says',
  (_, family) => {
    const [operators, operands] = family;
    for (const operator of operators) {
      const [first, ...rest] = encode(operator, family);
      const prefixed = first === 0xfd || first === 0xfc;
      const table = first === 0xfd ? SIMD : first === 0xfc ? PREFIXED : PLAIN;
      const index = prefixed ? lebValue(rest) : (first as number);
      expect(table.shape[index], operator).not.toBe(Shape.Unknown);
      expect(table.delta[index], operator).toBe(1 - operands.length);
      const floats = /^f(32|64)(x\d)?\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote\w*|promote\w*)$/;
      expect(table.nan[index] !== Nan.None, operator).toBe(floats.test(operator));
    }
  },
);

function lebValue([low, high]: readonly number[]): number {
  return low !== undefined && low >= 0x80 ? (low & 0x7f) | (((high ?? 0) & 0x7f) << 7) : (low ?? 0);
}
