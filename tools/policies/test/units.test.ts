import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCycles, readDuration, readTimeOfDay, writeCycles, writeDuration, writeTimeOfDay } from '../src/units.ts';

const natural = fc.bigInt({ min: 0n, max: 10n ** 12n - 1n });

describe('units', () => {
  test('what is written is read as the same', () => {
    fc.assert(fc.property(natural, (seconds) => readDuration(writeDuration(seconds)) === seconds));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), (cycles) => readCycles(writeCycles(cycles)) === cycles),
    );
    fc.assert(fc.property(fc.integer({ min: 0, max: 1439 }), (at) => readTimeOfDay(writeTimeOfDay(at)) === at));
  });

  test.each([
    ['90s', 90n],
    ['15m', 900n],
    ['6h', 21_600n],
    ['7d', 604_800n],
  ])('%s is a time', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds);
    expect(writeDuration(seconds)).toBe(text);
  });

  test.each([
    ['500b', 500_000_000_000n],
    ['2T', 2_000_000_000_000n],
    ['1_000', 1000n],
  ])('%s are cycles', (text, cycles) => {
    expect(readCycles(text)).toBe(cycles);
  });

  test('what is no quantity is none', () => {
    expect(['', '6', '6 h', '-1h', '1.5h', '6H'].map(readDuration)).toEqual(Array(6).fill(undefined));
    expect(['', 't', '_1', '1.5t', '1g'].map(readCycles)).toEqual(Array(5).fill(undefined));
    expect(['24:00', '9:00', '12:60', ''].map(readTimeOfDay)).toEqual(Array(4).fill(undefined));
  });
});
