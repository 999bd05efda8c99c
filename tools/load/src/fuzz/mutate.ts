/** Changes of bytes, as values, so that a seed gives the same ones again. */
import fc from 'fast-check';

export interface Change {
  /** Where, as a part of the length. */
  readonly at: number;
  readonly value: number;
  readonly kind: 'set' | 'cut' | 'double' | 'insert';
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  value: fc.nat(255),
  kind: fc.constantFrom('set', 'cut', 'double', 'insert'),
});

export const changes = fc.array(change, { minLength: 1, maxLength: 4 });

export function mutated(body: Uint8Array, list: readonly Change[]): Uint8Array {
  return list.reduce(apply, body);
}

function apply(body: Uint8Array, { at, value, kind }: Change): Uint8Array {
  const index = Math.floor(at * body.length);
  const [head, tail] = [body.subarray(0, index), body.subarray(index)];
  if (kind === 'cut') return head;
  if (kind === 'double') return Buffer.concat([body, tail]);
  return Buffer.concat([head, Uint8Array.of(value), kind === 'insert' ? tail : tail.subarray(1)]);
}

/** These bytes with one bit the other way round; `at` is a part of all bits. */
export function flipped(body: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(body);
  const bit = Math.floor(at * body.length * 8);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
