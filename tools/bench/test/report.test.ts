import { expect, test } from 'vitest';
import { type Measure, median } from '../src/measure.ts';
import { missed, table } from '../src/report.ts';

test('the median is the middle, or between the two in the middle', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('an aim is about the ratio where there is one, else about the value', () => {
  const measure: Measure = { name: 'update', value: 40, unit: 'ms', samples: 3, aim: 4 };
  expect(missed(measure)).toBe(true);
  expect(missed({ ...measure, ratio: 3.9 })).toBe(false);
  expect(missed({ ...measure, ratio: 4.1 })).toBe(true);
  expect(missed({ name: 'free', value: 9, unit: 'ms', samples: 1 })).toBe(false);
});

test('the table says what was missed', () => {
  const text = table([
    { name: 'a', value: 1.234, unit: 'ms', samples: 10, ratio: 5, aim: 4 },
    { name: 'b', value: 2, unit: 'rounds', samples: 1, aim: 2 },
  ]);
  expect(text).toMatch(/a +1\.23 ms +10 +5 x {2}at most 4 x: missed/);
  expect(text).toMatch(/b +2 rounds +1 +at most 2 rounds: met/);
});
