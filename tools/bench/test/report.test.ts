import { expect, test } from 'vitest';
import { beside, isMet, type Measure, spread, type Timed, timeInTurn, timeInTurnAsync } from '../src/measure.ts';
import { tables, verdict } from '../src/report.ts';

const ONCE = { warmUp: 0, samples: 1 };

test('a spread has the least, the most, and the middle or what is between the two in the middle', () => {
  expect(spread([5, 1, 3])).toEqual({ min: 1, median: 3, max: 5 });
  expect(spread([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(() => spread([])).toThrow('nothing to summarize');
});

test('works are done in turn, and warm-up is not counted', async () => {
  const done: string[] = [];
  const works = ['a', 'b'].map((name) => (index: number) => done.push(`${name}${index}`));
  expect(timeInTurn(works, { warmUp: 1, samples: 2 })).toHaveLength(2);
  expect(done).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  expect(await timeInTurnAsync(works, ONCE)).toEqual([[{ ms: expect.any(Number) }, { ms: expect.any(Number) }]]);
});

test('a ratio compares what was measured in one turn', () => {
  const rows = [
    [1, 2],
    [10, 30],
    [2, 10],
  ].map((row) => row.map((ms) => ({ ms })));
  const [bare, other] = beside(rows, { names: ['bare', 'other'], repetition: ONCE, aim: { of: 'ratio', most: 3 } });
  expect(bare).not.toHaveProperty('ratio');
  expect(bare).not.toHaveProperty('aim');
  expect(other).toMatchObject({ ms: { median: 10 }, ratio: { min: 2, median: 3, max: 5 } });
  expect(isMet(other as Timed)).toBe(true);
});

test('a ratio is of processor times where both have one', () => {
  const rows = [
    [
      { ms: 1, cpu: 1 },
      { ms: 90, cpu: 3 },
    ],
  ];
  const [, other] = beside(rows, { names: ['bare', 'other'], repetition: ONCE });
  expect(other).toMatchObject({ ms: { median: 90 }, cpu: { median: 3 }, ratio: { median: 3 } });
});

const down: Measure = { kind: 'exact', name: 'down', value: 2, unit: 'rounds', aim: 2 };
const ms = { min: 1, median: 1.234, max: 40 };
const cpu = { min: 0.5, median: 0.9, max: 1 };
const fork: Measure = { kind: 'timed', name: 'fork', ms, cpu, samples: 10, warmUp: 3, aim: { of: 'ms', most: 1 } };
const update: Measure = {
  kind: 'timed',
  name: 'update',
  ms,
  samples: 10,
  warmUp: 3,
  ratio: { min: 2, median: 5, max: 9 },
};

test('an aim is about the value, the median or the ratio', () => {
  expect(isMet(down)).toBe(true);
  expect(isMet({ ...down, value: 3 })).toBe(false);
  expect(isMet(fork)).toBe(false);
  expect(isMet(update)).toBeNull();
  expect(isMet({ ...update, aim: { of: 'ratio', most: 5 } })).toBe(true);
  expect(isMet({ ...update, aim: { of: 'ratio', most: 4.9 } })).toBe(false);
});

test('the tables say what is exact, what was timed, and what was missed', () => {
  const text = tables([fork, { ...down, value: 1_234_567 }, update]);
  expect(text).toMatch(/^The same on every machine +aim\ndown +1 234 567 rounds +at most 2 rounds: MISSED\n\nTimes/);
  expect(text).toMatch(/fork +1\.23 ms +1\.00 +40\.0 +0\.900 +10 +3 +at most 1 ms: MISSED/);
  expect(text).toMatch(/update +1\.23 ms +1\.00 +40\.0 +10 +3 +5\.00 x +2\.00 x +9\.00 x$/);
  expect(verdict([fork, down, update])).toBe('Short of the aim: fork.');
  expect(verdict([down, update])).toBe('Every aim is met.');
});
