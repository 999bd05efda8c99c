import { expect, it } from 'vitest';
import { Random } from '../src/random.ts';

const numbers = (seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: 100 }, () => random.below(1000));
};

it('gives equal numbers for equal seeds and others for others', () => {
  expect(numbers(1)).toEqual(numbers(1));
  const seeds = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
  expect(new Set(seeds.map((seed) => numbers(seed).join())).size).toBe(seeds.length);
});

it('reaches every number of a range', () => {
  const random = new Random(7);
  const seen = new Set(Array.from({ length: 1000 }, () => random.between(3, 9)));
  expect([...seen].sort()).toEqual([3, 4, 5, 6, 7, 8, 9]);
});
