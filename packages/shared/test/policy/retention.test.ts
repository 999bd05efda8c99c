import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_KEEP, type OwnSnapshot, type RetentionPolicy, type Rules, retention } from '../../src/index.ts';

function own(id: number, changes: Partial<OwnSnapshot> = {}): OwnSnapshot {
  return { id: id.toString().padStart(4, '0'), takenAt: BigInt(id), complete: true, good: true, ...changes };
}

const snapshots = fc
  .array(fc.record({ complete: fc.boolean(), proven: fc.boolean(), at: fc.bigInt({ min: 0n, max: 5n }) }), {
    maxLength: 12,
  })
  .map((list) =>
    list.map(({ complete, proven, at }, i) => own(i, { complete, good: complete && proven, takenAt: at })),
  );
const policy = fc.record({ keep: fc.integer({ min: 1, max: MAX_KEEP }), foreign: fc.integer({ min: 0, max: 10 }) });

function byAge(list: readonly OwnSnapshot[]): OwnSnapshot[] {
  return [...list].sort((a, b) => Number(b.takenAt - a.takenAt) || (a.id < b.id ? 1 : -1));
}

describe('retention', () => {
  it('never drops the newest good snapshot nor the newest complete one', () => {
    fc.assert(
      fc.property(snapshots, policy, (list, rule) => {
        const kept = new Set(retention(list, rule).flatMap((d) => (d.keep ? [d.id] : [])));
        const newestGood = byAge(list).find((s) => s.good);
        const newest = byAge(list).find((s) => s.complete);
        for (const snapshot of [newestGood, newest]) if (snapshot !== undefined) expect(kept).toContain(snapshot.id);
      }),
    );
  });

  it('keeps what the policy says and the slots allow, and one more at most', () => {
    fc.assert(
      fc.property(snapshots, policy, (list, rule) => {
        const kept = retention(list, rule).filter((d) => d.keep).length;
        const complete = list.filter((s) => s.complete).length;
        const room = Math.min(rule.keep, Math.max(0, 8 - rule.foreign));
        expect(kept).toBeGreaterThanOrEqual(Math.min(complete, room));
        expect(kept).toBeLessThanOrEqual(Math.max(room, 2));
      }),
    );
  });

  it('decides about each snapshot once, newest first, and never about others', () => {
    fc.assert(
      fc.property(snapshots, policy, (list, rule) => {
        expect(retention(list, rule).map((d) => d.id)).toEqual(byAge(list).map((s) => s.id));
      }),
    );
  });

  it('says why', () => {
    const list = [
      own(1),
      own(2, { good: false }),
      own(3),
      own(4, { complete: false, good: false }),
      own(5, { good: false }),
    ];
    expect(retention(list, { keep: 3, foreign: 0 })).toEqual([
      { id: '0005', keep: true, reason: 'newest' },
      { id: '0004', keep: false, reason: 'incomplete' },
      { id: '0003', keep: true, reason: 'newest_good' },
      { id: '0002', keep: true, reason: 'within_keep' },
      { id: '0001', keep: false, reason: 'beyond_keep' },
    ]);
    expect(retention([own(1), own(2)], { keep: 8, foreign: 7 })[1]).toEqual({
      id: '0001',
      keep: false,
      reason: 'no_slot',
    });
  });
});

const HOUR = 3_600_000_000_000n;
const RULES: Rules = { last: 2, hourly: 0, daily: 4, weekly: 2, monthly: 0 };

/** Snapshots every six hours for so many days, from a Thursday on, oldest first. */
function sixHourly(days: number): OwnSnapshot[] {
  return Array.from({ length: days * 4 }, (_, i) => own(i + 1, { takenAt: BigInt(i + 1) * 6n * HOUR - HOUR }));
}

const reasonsOf = (list: readonly OwnSnapshot[], policy: RetentionPolicy) =>
  retention(list, policy).flatMap(({ id, keep, reason }) => (keep ? [[Number(id), reason]] : []));

describe('retention by rules', () => {
  it('keeps the last of each time, and says by which rule', () => {
    // Day 14 is a Thursday again: 56 is its last, 52 that of Wednesday, and 44 that of the week before, on Sunday 11.
    expect(reasonsOf(sixHourly(14), { keep: 8, foreign: 0, rules: RULES })).toEqual([
      [56, 'newest_good'],
      [55, 'last'],
      [52, 'daily'],
      [48, 'daily'],
      [44, 'weekly'],
    ]);
    expect(reasonsOf(sixHourly(17), { keep: 8, foreign: 0, rules: RULES })).toEqual([
      [68, 'newest_good'],
      [67, 'last'],
      [64, 'daily'],
      [60, 'daily'],
      [56, 'daily'],
      [44, 'weekly'],
    ]);
  });

  it('reaches far back also with few slots', () => {
    const few = reasonsOf(sixHourly(17), { keep: 8, foreign: 5, rules: RULES }).map(([id]) => id);
    expect(few).toEqual([68, 67, 64]);
    const rules = { last: 2, hourly: 0, daily: 4, weekly: 4, monthly: 3 };
    expect(reasonsOf(sixHourly(100), { keep: 5, foreign: 0, rules }).map(([, reason]) => reason)).toEqual([
      'newest_good',
      'last',
      'daily',
      'weekly',
      'monthly',
    ]);
  });

  it('comes to the same, snapshot by snapshot, as if all had been kept', () => {
    const all = sixHourly(120);
    for (const rules of [RULES, { last: 1, hourly: 2, daily: 2, weekly: 2, monthly: 2 }]) {
      let kept: OwnSnapshot[] = [];
      for (const [i, snapshot] of all.entries()) {
        const policy = { keep: 8, foreign: 0, rules };
        const ids = new Set(reasonsOf([...kept, snapshot], policy).map(([id]) => id));
        kept = [...kept, snapshot].filter(({ id }) => ids.has(Number(id)));
        const whole = reasonsOf(all.slice(0, i + 1), policy).map(([id]) => id);
        expect(kept.map(({ id }) => Number(id)).reverse()).toEqual(whole);
      }
    }
  });

  it('prefers what is good within a day', () => {
    const list = sixHourly(3).map((snapshot, i) => ({ ...snapshot, good: i % 4 === 1 }));
    const rules = { last: 0, hourly: 0, daily: 3, weekly: 0, monthly: 0 };
    expect(reasonsOf(list, { keep: 8, foreign: 0, rules }).map(([id]) => id)).toEqual([12, 10, 6, 2]);
  });
});

const rules = fc.option(
  fc.record({
    last: fc.nat({ max: 9 }),
    hourly: fc.nat({ max: 3 }),
    daily: fc.nat({ max: 9 }),
    weekly: fc.nat({ max: 4 }),
    monthly: fc.nat({ max: 4 }),
  }),
  { nil: undefined },
);
const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom('good', 'good', 'good', 'complete', 'incomplete'),
      manual: fc.boolean(),
      pinned: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
      at: fc.bigInt({ min: 0n, max: 3000n }),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.map(({ kind, manual, pinned, at }, i) =>
      own(i, { complete: kind !== 'incomplete', good: kind === 'good', manual, pinned, takenAt: at * HOUR }),
    ),
  );

describe('whatever the history', () => {
  const keptIds = (list: readonly OwnSnapshot[], policy: RetentionPolicy) =>
    new Set(retention(list, policy).flatMap((d) => (d.keep ? [d.id] : [])));

  it('the newest good one, the newest one and what is pinned stay, and no more than there is room for', () => {
    fc.assert(
      fc.property(history, policy, rules, (list, base, chosen) => {
        const kept = keptIds(list, { ...base, rules: chosen });
        const pins = list.filter((s) => s.pinned);
        const rest = byAge(list).filter((s) => !s.pinned);
        for (const s of [...pins, rest.find((s) => s.good), rest.find((s) => s.complete)]) {
          if (s !== undefined) expect(kept).toContain(s.id);
        }
        const slots = Math.max(0, 8 - base.foreign - pins.length);
        const most = Math.min(Math.min(base.keep, slots) + 2, slots + 1);
        expect(kept.size - pins.length).toBeLessThanOrEqual(Math.max(most, 3));
      }),
      { numRuns: 2000 },
    );
  });

  it('a good backup by hand makes none of the timer go', () => {
    fc.assert(
      fc.property(history, policy, rules, (list, base, chosen) => {
        const ofTimer = list.filter((s) => !s.manual);
        const byHand = own(99, { manual: true, takenAt: 4000n * HOUR });
        const before = keptIds(ofTimer, { ...base, rules: chosen });
        const after = keptIds([...ofTimer, byHand], { ...base, rules: chosen });
        for (const { id, complete, good } of ofTimer) {
          // One that was kept only because it was the newest of all is not the newest any more.
          const newest = complete && !good && id === byAge(ofTimer).find((s) => s.complete && !s.pinned)?.id;
          if (before.has(id) && !newest) expect(after).toContain(id);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
