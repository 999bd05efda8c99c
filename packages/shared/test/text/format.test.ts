import { expect, test } from 'vitest';
import { count, duration, megabytes, when, whenToTheMinute } from '../../src/index.ts';

test('one of a thing has no s', () => {
  expect([0, 1, 2n, 1n].map((number) => count(number, 'target'))).toEqual([
    '0 targets',
    '1 target',
    '2 targets',
    '1 target',
  ]);
});

test('times, spans and sizes have their units', () => {
  const nanos = 1_767_279_659_999_999_999n;
  expect(when(nanos)).toBe('2026-01-01 15:00:59 UTC');
  expect(whenToTheMinute(nanos)).toBe('2026-01-01 15:00 UTC');
  expect(duration(90_061_000_000_000n)).toBe('1 day 1 hour 1 minute 1 second');
  expect(duration(999_999_999n)).toBe('0 seconds');
  expect(megabytes(11_468_800)).toBe('11.5 MB');
});
