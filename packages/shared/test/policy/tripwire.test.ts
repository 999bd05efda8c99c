import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  baselineFor,
  type CatalogEntry,
  certaintyOf,
  type Doubt,
  failure,
  judge,
  marked,
  type Probe,
  type ProbeReply,
  planRetention,
  type Rule,
  rollingSlot,
} from '../../src/index.ts';

const CANISTER = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
const reply = (size: number, ...naturals: bigint[]): ProbeReply => ({ size, hash: '', naturals });
const probe = (...rules: Rule[]): Probe => ({ method: 'stats', arg: '', rules });
const reason = failure('marked_suspect', { canister: CANISTER, by: 'me', since: 0n });
const doubt = (kind: Doubt['kind']): Doubt => ({ kind, reasons: [reason], otherwiseGood: true });

function entry(number: number, changes: Partial<CatalogEntry> = {}): CatalogEntry {
  return {
    id: number.toString(16).padStart(4, '0'),
    canister: CANISTER,
    takenAt: BigInt(number),
    size: 1n,
    runId: 1n,
    mode: 'stop',
    state: 'complete',
    good: changes.doubt === undefined,
    ...changes,
  };
}

const told = (name: string, answer: ProbeReply) => ({ certainty: 'exact' as const, probe: name, reply: answer });
const codes = (rule: Rule, now: ProbeReply, baseline?: ProbeReply) => {
  const { tripped, unreadable } = judge(probe(rule), now, { canister: CANISTER, baseline });
  return [...tripped, ...unreadable].map(({ code }) => code);
};

describe('rules', () => {
  it('at least', () => {
    const rule: Rule = { measure: { natural: 0 }, atLeast: 10n };
    expect(codes(rule, reply(5, 10n))).toEqual([]);
    expect(codes(rule, reply(5, 9n))).toEqual(['tripwire_at_least']);
  });

  it('at most so many percent smaller than before, exactly at the limit', () => {
    const rule: Rule = { measure: 'reply_bytes', shrinksAtMostPercent: 20 };
    expect(codes(rule, reply(80), reply(100))).toEqual([]);
    expect(codes(rule, reply(79), reply(100))).toEqual(['tripwire_shrunk']);
    expect(codes(rule, reply(0))).toEqual([]);
    expect(codes({ ...rule, shrinksAtMostPercent: 0 }, reply(99), reply(100))).toEqual(['tripwire_shrunk']);
  });

  it('about a natural that the answer does not have cannot be judged', () => {
    expect(codes({ measure: { natural: 2 }, atLeast: 0n }, reply(5, 1n, 2n))).toEqual(['probe_unreadable']);
  });

  it('growth never trips, and what trips at some size trips below it', () => {
    const size = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(size, size, size, fc.integer({ min: 0, max: 99 }), (a, b, before, percent) => {
        const rule: Rule = { measure: 'reply_bytes', shrinksAtMostPercent: percent };
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(codes(rule, reply(before + a), reply(before))).toEqual([]);
        if (codes(rule, reply(more), reply(before)).length > 0) {
          expect(codes(rule, reply(less), reply(before))).toEqual(['tripwire_shrunk']);
        }
      }),
    );
  });
});

describe('the baseline', () => {
  it('is the newest answer to the same probe that nobody doubts', () => {
    const list = [
      entry(1, { fingerprint: told('a', reply(1)) }),
      entry(2, { fingerprint: told('a', reply(2)) }),
      entry(3, { fingerprint: told('b', reply(3)) }),
      entry(4, { fingerprint: told('a', reply(4)), doubt: doubt('suspect') }),
      entry(5, { fingerprint: told('a', reply(5)), state: 'incomplete', good: false }),
      entry(6),
    ];
    expect(baselineFor('a', list)?.size).toBe(2);
    expect(baselineFor('c', list)).toBeUndefined();
    expect(baselineFor('a', list.map(accepted))?.size).toBe(4);
  });
});

describe('the slot for what is in doubt', () => {
  it('holds the newest; the others go, and nothing else does', () => {
    const kinds = fc.constantFrom<Doubt['kind'] | undefined>('suspect', 'unknown', 'marked', 'unproven', undefined);
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 12 }), (list) => {
        const entries = list.map((kind, i) => entry(i + 1, kind ? { doubt: doubt(kind) } : {}));
        const { kept, gone } = rollingSlot(entries);
        const aside = entries.filter((e) => e.doubt?.kind === 'suspect' || e.doubt?.kind === 'unknown');
        expect(kept).toBe(aside.at(-1));
        expect(gone).toEqual(aside.slice(0, -1));
      }),
    );
  });
});

describe('a target that is broken for weeks', () => {
  it.each([
    [8, 7],
    [7, 7],
    [3, 3],
  ])('with %i good snapshots leaves %i of them, and two slots of the ten free after each run', (keep, left) => {
    let snapshots = Array.from({ length: keep }, (_, i) => entry(i + 1));
    for (let run = 1; run <= 20; run += 1) {
      snapshots = [...snapshots, entry(100 + run, { doubt: doubt('suspect') })];
      const kept = planRetention(snapshots, { keep, foreign: 0 }, 0n).flatMap(({ id, keep }) => (keep ? [id] : []));
      snapshots = snapshots.filter(({ id }) => kept.includes(id));
      expect(snapshots.filter(({ good }) => good)).toHaveLength(left);
      expect(snapshots.length).toBeLessThanOrEqual(8);
    }
  });
});

describe('what people decide', () => {
  it('marking takes a good one back, and accepting gives it back', () => {
    const good = entry(1);
    const adopted = entry(2, { good: false, doubt: doubt('unproven') });
    expect(marked(adopted, reason)).toMatchObject({ good: false, doubt: { kind: 'marked', otherwiseGood: true } });
    expect(marked(good, reason)).toMatchObject({ good: false, doubt: { kind: 'marked', otherwiseGood: true } });
    expect(accepted(marked(good, reason))).toEqual({ ...good, doubt: undefined });
  });

  it('accepting does not prove a stop that was not', () => {
    const running = entry(1, { good: false, doubt: { ...doubt('suspect'), otherwiseGood: false } });
    expect(accepted(running)).toMatchObject({ good: false, doubt: undefined });
  });

  it('marking every snapshot lets retention delete neither the newest nor the newest that was good', () => {
    const good = [1, 2, 3].map((n) => marked(entry(n), reason));
    const unproven = entry(4, { good: false });
    for (const [keep, kept] of [
      [1, ['0004', '0003']],
      [3, ['0004', '0003', '0002']],
    ] as const) {
      const plan = planRetention([...good, unproven], { keep, foreign: 0 }, 0n);
      expect(plan.flatMap(({ id, keep }) => (keep ? [id] : []))).toEqual(kept);
    }
  });

  it('marking leaves the reasons of the tripwire', () => {
    const suspect = entry(1, { doubt: doubt('suspect') });
    expect(marked(suspect, reason)).toBe(suspect);
  });
});

describe('the certainty', () => {
  const exact = { before: 10n, started: 11n, probed: 12n, again: true };

  it('is exact only if nothing but the start and the probe ran', () => {
    expect(certaintyOf(exact)).toBe('exact');
    expect(certaintyOf({ ...exact, probed: 11n })).toBe('exact');
    expect(certaintyOf({ before: 10n, started: 10n, probed: 11n, again: false })).toBe('exact');
  });

  it.each([
    ['something ran around the take', { ...exact, started: 12n, probed: 13n }],
    ['something ran beside the probe', { ...exact, probed: 13n }],
    ['without a stop, something ran around the take', { before: 10n, started: 11n, probed: 12n, again: false }],
    ['the version before is not known', { ...exact, before: undefined }],
    ['the version between is not known', { ...exact, started: undefined }],
    ['the version after is not known', { ...exact, probed: undefined }],
    ['the version fell', { ...exact, probed: 10n }],
  ])('is approximate if %s', (_, versions) => {
    expect(certaintyOf(versions)).toBe('approximate');
  });
});
