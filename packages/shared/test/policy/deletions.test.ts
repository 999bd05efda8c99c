import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Allowance,
  afterChange,
  afterPaced,
  aged,
  deletionsNow,
  MAX_KEEP,
  type Planned,
  paceOf,
  planRetention,
  SHRINK_SLACK_NANOS,
  SHRINK_SPACING_NANOS,
} from '../../src/index.ts';

const MINUTE = 60_000_000_000n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

function own(id: number, changes: Partial<Planned> = {}): Planned {
  return { id: String(id).padStart(4, '0'), takenAt: BigInt(id) * MINUTE, state: 'complete', good: true, ...changes };
}

const timer = (now: bigint, more: Partial<Allowance> = {}): Allowance => ({ now, manual: false, paced: true, ...more });
const POLICY = { keep: 8, foreign: 0 };

describe('what may go', () => {
  const eight = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => own(n));

  it('is one for one under one policy, however short its interval is', () => {
    const { ids } = deletionsNow([...eight, own(9)], POLICY, timer(9n * MINUTE, { from: 8n * MINUTE, every: MINUTE }));
    expect(ids).toEqual(['0001']);
  });

  it('is nothing of an older policy before its interval is over; new ones replace each other', () => {
    const daily = eight.map((snapshot) => ({ ...snapshot, every: DAY }));
    const allowance = timer(30n * MINUTE, { from: 8n * MINUTE, every: MINUTE });
    const one = deletionsNow([...daily, own(20)], POLICY, allowance);
    expect(one.ids).toEqual([]);
    expect(one.decisions.filter(({ reason }) => reason === 'paced').length).toBe(8);
    const two = deletionsNow([...daily, own(20), own(21)], POLICY, allowance);
    expect(two).toMatchObject({ ids: ['0020'], usedReplacement: true });
    const later = deletionsNow([...daily, own(20), own(21)], POLICY, { ...allowance, now: 8n * MINUTE + DAY });
    expect(later.ids).toEqual(['0020', '0001']);
    expect(later.pacedFrom).toBe(8n * MINUTE + DAY);
  });

  it('is a suspect of an older policy by its pace, and one of this policy at once', () => {
    const doubt = { kind: 'suspect', reasons: [], otherwiseGood: true } as const;
    const of = (every?: bigint) => [own(1), own(2, { good: false, doubt, every }), own(3, { good: false, doubt })];
    const allowance = timer(4n * MINUTE, { from: 0n, every: MINUTE });
    expect(deletionsNow(of(), POLICY, allowance).ids).toEqual(['0002']);
    expect(deletionsNow(of(DAY), POLICY, allowance).ids).toEqual([]);
    expect(deletionsNow(of(DAY), POLICY, { ...allowance, now: DAY }).ids).toEqual(['0002']);
  });

  it('is by hand only what was taken by hand, and older ones no faster than the pace', () => {
    const hand = (n: number) => own(n, { origin: 'manual' });
    const list = [...eight.slice(0, 6), hand(7), hand(8), hand(100), hand(101)];
    const by = { ...timer(101n * MINUTE, { from: 90n * MINUTE, every: HOUR }), manual: true };
    expect(deletionsNow(list, POLICY, by).ids).toEqual([]);
    expect(deletionsNow(list, POLICY, { ...by, from: undefined }).ids).toEqual(['0007']);
    expect(deletionsNow([...list, hand(102), hand(103)], { ...POLICY, keep: 7 }, by).ids).toEqual(['0100']);
  });
});

describe('the pace', () => {
  it('counts from what was due by the policy before', () => {
    const schedule = { kind: 'every', seconds: 3600n } as const;
    expect(afterChange(undefined, { schedule, state: { next: 5n * HOUR } })).toBe(4n * HOUR);
    expect(afterChange(6n * HOUR, { schedule, state: { next: 5n * HOUR } })).toBe(6n * HOUR);
  });

  it('takes back what came early, and saves nothing up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ wait: fc.bigInt({ min: 0n, max: 3n * DAY }), every: fc.bigInt({ min: 0n, max: DAY }) }), {
          minLength: 2,
          maxLength: 30,
        }),
        (steps) => {
          let from: bigint | undefined;
          let now = 1000n * DAY;
          const gone: { at: bigint; pace: bigint }[] = [];
          for (const { wait, every } of steps) {
            const pace = paceOf({ every });
            const soonest = from === undefined ? now : from + pace;
            now = (soonest > now ? soonest : now) + (wait % 3n === 0n ? 0n : wait);
            from = afterPaced(from, pace, now);
            gone.push({ at: now, pace });
          }
          for (let first = 0; first < gone.length; first += 1) {
            let paces = 0n;
            for (let last = first + 1; last < gone.length; last += 1) {
              paces += gone[last]!.pace;
              const took = gone[last]!.at - gone[first]!.at;
              expect(took).toBeGreaterThanOrEqual(paces - SHRINK_SLACK_NANOS);
            }
            const next = gone[first + 1];
            if (next !== undefined) expect(next.at - gone[first]!.at).toBeGreaterThanOrEqual(SHRINK_SPACING_NANOS);
          }
        },
      ),
    );
  });
});

const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom('good', 'good', 'good', 'good', 'complete', 'incomplete', 'suspect', 'settled', 'safety'),
      every: fc.constantFrom(undefined, undefined, 1n * MINUTE, HOUR, DAY),
      origin: fc.constantFrom(undefined, undefined, 'manual', 'adopted') as fc.Arbitrary<Planned['origin']>,
      pinned: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      at: fc.bigInt({ min: 0n, max: 3000n }),
    }),
    { maxLength: 14 },
  )
  .map((list) =>
    list.map(({ kind, every, origin, pinned, at }, i) =>
      own(i, {
        takenAt: at * MINUTE,
        state: kind === 'incomplete' ? 'incomplete' : 'complete',
        good: kind === 'good',
        every,
        origin,
        ...(pinned && { pin: 'kept' }),
        ...(kind === 'suspect' && { doubt: { kind: 'suspect', reasons: [], otherwiseGood: true } }),
        ...(kind === 'settled' && { safetyUntil: 1n }),
        ...(kind === 'safety' && { safetyUntil: 10n ** 20n }),
      }),
    ),
  );
const allowances = fc.record({
  now: fc.bigInt({ min: 3000n, max: 6000n }).map((n) => n * MINUTE),
  manual: fc.boolean(),
  paced: fc.boolean(),
  replaced: fc.boolean(),
  from: fc.option(
    fc.bigInt({ min: 0n, max: 6000n }).map((n) => n * MINUTE),
    { nil: undefined },
  ),
  every: fc.constantFrom(undefined, MINUTE, HOUR, DAY),
});
const policy = fc.record({ keep: fc.integer({ min: 1, max: MAX_KEEP }), foreign: fc.integer({ min: 0, max: 10 }) });

describe('whatever the history', () => {
  it('one run lets go at most what it replaces and one by its pace, never what is older too soon, nor the last good one', () => {
    const reached = { replaced: 0, paced: 0, held: 0, manual: 0 };
    fc.assert(
      fc.property(history, policy, allowances, (list, base, allowance) => {
        const byId = new Map(list.map((snapshot) => [snapshot.id, snapshot]));
        const { ids, pacedFrom, usedReplacement, decisions } = deletionsNow(list, base, allowance);
        expect(new Set(ids).size).toBe(ids.length);
        expect(decisions.length).toBe(list.length);
        const gone = ids.map((id) => byId.get(id)!);
        const dropped = new Set(planRetention(list, base, allowance.now).flatMap((d) => (d.keep ? [] : [d.id])));
        const copies = gone.filter((one) => one.state === 'complete' && one.safetyUntil === undefined);
        const counted = copies.filter((one) => one.doubt === undefined || one.every !== undefined);
        for (const one of gone) {
          expect(one.pin).toBeUndefined();
          if (one.safetyUntil !== undefined) expect(one.safetyUntil).toBe(1n);
        }
        expect(counted.length).toBeLessThanOrEqual((allowance.paced ? 1 : 0) + (allowance.replaced ? 0 : 1));
        const older = counted.filter(({ every }) => every !== undefined);
        expect(older.length).toBeLessThanOrEqual(allowance.paced ? 1 : 0);
        for (const one of older) {
          expect(pacedFrom).toBeDefined();
          const soonest = allowance.from === undefined ? 0n : allowance.from + paceOf(one);
          expect(allowance.now).toBeGreaterThanOrEqual(soonest);
        }
        if (!allowance.paced) expect(pacedFrom).toBeUndefined();
        if (allowance.manual) for (const one of counted) expect(one.origin).toBe('manual');
        const newest = [...list]
          .filter((one) => one.good && one.pin === undefined && one.safetyUntil === undefined)
          .sort((a, b) => Number(b.takenAt - a.takenAt) || (a.id < b.id ? 1 : -1))[0];
        if (newest !== undefined) expect(ids).not.toContain(newest.id);
        reached.replaced += usedReplacement ? 1 : 0;
        reached.paced += older.length;
        reached.manual += allowance.manual ? counted.length : 0;
        reached.held += decisions.some(({ id, reason }) => reason === 'paced' && dropped.has(id)) ? 1 : 0;
      }),
      { numRuns: 3000 },
    );
    for (const times of Object.values(reached)) expect(times).toBeGreaterThan(30);
  });

  it('a policy that changes brings nothing forward', () => {
    const reached = { went: 0, waited: 0 };
    fc.assert(
      fc.property(history, policy, allowances, (list, base, allowance) => {
        const before = deletionsNow(list, base, { ...allowance, manual: false });
        const schedule = { kind: 'every', seconds: (allowance.every ?? HOUR) / 1_000_000_000n } as const;
        const next = allowance.now + (allowance.every ?? HOUR) / 2n;
        const from = afterChange(allowance.from, { schedule, state: { next } });
        const older = aged(list, allowance.every ?? HOUR);
        const changed = { ...allowance, manual: false, from, every: MINUTE };
        const after = deletionsNow(older, { ...base, keep: 1 }, changed);
        const copies = after.counted.length;
        expect(copies).toBeLessThanOrEqual(1);
        if (copies === 1) reached.went += 1;
        if (copies < before.counted.length) reached.waited += 1;
        if (allowance.from !== undefined) expect(from).toBeGreaterThanOrEqual(allowance.from);
        const atOnce = deletionsNow(older, { ...base, keep: 1 }, { ...changed, from: allowance.now });
        expect(atOnce.counted).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    for (const times of Object.values(reached)) expect(times).toBeGreaterThan(30);
  });
});
