import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_KEEP, type OwnSnapshot, retention } from '../../src/index.ts';

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
