import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayPin, safetyClaim, slotFree, slotsForHistory } from '../../src/index.ts';

const few = fc.nat({ max: 10 });

describe('the slot ledger', () => {
  it('never gives more slots than there are, and whoever gets one more takes it from the history alone', () => {
    let short = 0;
    fc.assert(
      fc.property(few, fc.nat({ max: 5 }), fc.nat({ max: 1 }), few, (foreign, pins, suspects, paced) => {
        const slots = slotsForHistory({ foreign, pins, suspects, paced });
        const held = foreign + pins + suspects + paced;
        expect(slots).toBe(Math.max(0, 8 - held));
        if (slots > 0) expect(slots + held + 2).toBe(10);
        else short += 1;
        expect(slotsForHistory({ foreign: foreign + 1, pins, suspects, paced })).toBe(Math.max(0, slots - 1));
        expect(mayPin(pins)).toBe(pins < 5);
        expect(slotFree(held)).toBe(held < 10);
      }),
    );
    expect(short).toBeGreaterThan(0);
  });

  it('lets a restore lose no state: taken, known already, or refused', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.nat({ max: 3 }), (empty, unchanged, safeties) => {
        const claim = safetyClaim({ empty, unchanged, safeties });
        seen.add(claim);
        if (claim === 'none') expect(empty).toBe(true);
        if (claim === 'keep') expect(unchanged && safeties > 0).toBe(true);
        if (claim === 'take') expect(safeties).toBeLessThan(2);
        if (claim === 'refuse') expect(!unchanged && safeties >= 2).toBe(true);
      }),
    );
    expect([...seen].sort()).toEqual(['keep', 'none', 'refuse', 'take']);
  });
});
