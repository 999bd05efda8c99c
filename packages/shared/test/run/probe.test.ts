import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallResult,
  type CatalogEntry,
  type Fingerprint,
  PROBE_NANOS,
  type Probe,
  type ProbeReply,
  probeName,
  type RunOrder,
} from '../../src/index.ts';
import { AGAIN, entry, FUNDS, HALTED, names, RUNNING, STOPPED, World } from './world.ts';

const PROBE: Probe = {
  method: 'stats',
  arg: '4449444c0000',
  rules: [{ measure: { natural: 0 }, atLeast: 1n, shrinksAtMostPercent: 50 }],
};
const TAKEN = { id: '00aa', takenAt: 50n, size: 200n };
const reply = (...naturals: bigint[]): ProbeReply => ({ size: 20, hash: 'ab', naturals });
const told = (...naturals: bigint[]): Fingerprint => ({
  certainty: 'exact',
  probe: probeName(PROBE),
  reply: reply(...naturals),
});

/** A backup whose take and start went through; `catalog` holds what was there before. */
function taken(catalog: CatalogEntry[] = [], changes: Partial<RunOrder> = {}): World {
  const world = new World({ probe: PROBE, ...changes }, catalog);
  world.ok('status', RUNNING);
  world.ok('list', catalog);
  world.feed(FUNDS);
  world.ok('status', RUNNING);
  world.ok('stop');
  world.ok('status_before_take', HALTED);
  world.ok('take', TAKEN);
  world.ok('start');
  return world;
}

/** And that was asked what is in it. */
function probed(answer: CallResult, catalog: CatalogEntry[] = [], versions = [10n, 11n]): World {
  const world = taken(catalog);
  world.ok('status_behind', { ...RUNNING, version: versions[0] });
  world.answer({ name: 'probe' }, answer);
  if ('ok' in answer) world.ok('status_after_probe', { ...RUNNING, version: versions[1] });
  return world;
}

const result = (world: World) => world.catalog.find(({ id }) => id === TAKEN.id)!;

describe('a backup with a probe', () => {
  it('sends a status behind the start, the probe once both are answered, and a status once that is', () => {
    const world = new World({ probe: PROBE });
    world.ok('status', RUNNING);
    world.ok('list', []);
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    expect(names(world.ok('stop'))).toEqual(['status_before_take', 'take', 'start', 'status_behind']);
    world.ok('status_before_take', HALTED);
    world.ok('take', TAKEN);
    expect(names(world.ok('start'))).toEqual([]);
    expect(names(world.ok('status_behind', { ...RUNNING, version: 10n }))).toEqual(['probe']);
    expect(result(world)).toMatchObject({ state: 'incomplete', good: false });
    expect(names(world.ok('probe', reply(3n)))).toEqual(['status_after_probe']);
    expect(names(world.ok('status_after_probe', { ...RUNNING, version: 11n }))).toEqual(['record']);
    expect(result(world)).toMatchObject({ state: 'complete', good: true, fingerprint: told(3n), versionAfter: 11n });
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', warnings: [] });
  });

  it('is approximate, and good all the same, when something else may have run', () => {
    const world = probed({ ok: reply(3n) }, [], [10n, 12n]);
    expect(result(world)).toMatchObject({ good: true, fingerprint: { certainty: 'approximate' } });
    expect(result(world).versionAfter).toBeUndefined();
  });

  it('is approximate when the status after it fails', () => {
    const world = taken();
    world.ok('status_behind', AGAIN);
    world.ok('probe', reply(3n));
    world.reject('status_after_probe', 'busy', 2);
    expect(result(world)).toMatchObject({ good: true, fingerprint: { certainty: 'approximate' } });
    expect(world.run.outcome).toBe('succeeded');
  });

  it('leaves a suspect when a rule trips, compared with the last good one', () => {
    const before = entry(1, { fingerprint: told(10n) });
    const world = probed({ ok: reply(4n) }, [before]);
    expect(result(world)).toMatchObject({
      state: 'complete',
      good: false,
      doubt: { kind: 'suspect', otherwiseGood: true },
    });
    expect(world.run).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'tripwire_shrunk' }] });
    expect(result(probed({ ok: reply(5n) }, [before])).good).toBe(true);
    expect(result(probed({ ok: reply(0n) })).doubt?.reasons[0]?.code).toBe('tripwire_at_least');
  });

  it.each<[string, CallResult, string]>([
    ['refused', { reject: { code: 5, message: 'IC0503: trapped' } }, 'probe_failed'],
    ['lost', { lost: 'the callback trapped' }, 'probe_unanswered'],
    ['without the natural that a rule is about', { ok: reply() }, 'probe_unreadable'],
  ])('never leaves a good snapshot when the probe is %s', (_, answer, code) => {
    const world = probed(answer);
    expect(result(world)).toMatchObject({ state: 'complete', good: false, doubt: { kind: 'unknown' } });
    expect(result(world).doubt?.reasons[0]?.code).toBe(code);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
  });

  it('gives a probe up after its time, and does not wait for it', () => {
    const world = taken();
    world.ok('status_behind', { ...RUNNING, version: 10n });
    world.now += PROBE_NANOS - 1n;
    world.feed({ kind: 'tick' });
    expect(world.run.phase).toBe('probing');
    world.now += 1n;
    world.feed({ kind: 'tick' });
    expect(world.run.phase).toBe('closed');
    expect(result(world)).toMatchObject({ good: false, fingerprint: { certainty: 'unknown' } });
    const closed = world.run;
    expect(world.ok('probe', reply(3n))).toEqual([]);
    expect(world.run).toEqual(closed);
  });

  it('completes its snapshot when the manager is upgraded meanwhile', () => {
    const world = taken();
    world.ok('status_behind', AGAIN);
    world.feed({ kind: 'restarted' });
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
    expect(result(world)).toMatchObject({ state: 'complete', doubt: { kind: 'unknown' } });
  });

  it('does not probe what was stopped before', () => {
    const world = new World({ probe: PROBE });
    world.ok('status', STOPPED);
    world.ok('list', []);
    world.feed(FUNDS);
    world.ok('status_before_take', STOPPED);
    world.ok('take', TAKEN);
    world.ok('status_behind', STOPPED);
    expect(world.calls()).not.toContain('probe');
    expect(result(world).doubt?.reasons[0]?.code).toBe('probe_not_sent');
  });

  it('works without a stop too, where it is never good', () => {
    const world = new World({ probe: PROBE, mode: 'running' });
    world.ok('status', RUNNING);
    world.ok('list', []);
    world.feed(FUNDS);
    world.ok('status_before_take', RUNNING);
    world.ok('take', TAKEN);
    world.ok('status_behind', RUNNING);
    world.ok('probe', reply(3n));
    world.ok('status_after_probe', { ...RUNNING, version: 8n });
    expect(result(world)).toMatchObject({ good: false, doubt: undefined, fingerprint: { certainty: 'exact' } });
  });

  it.each(['backup', 'restore'] as const)('a %s does not stop what cannot stop, for a probe that is open', (kind) => {
    const world = new World({ kind, probe: PROBE }, [entry(1)]);
    world.openProbe = { method: 'stats', since: 5n };
    world.ok('status', RUNNING);
    world.ok('list', [entry(1)]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'probe_open' } });
    expect(world.calls()).not.toContain('stop');
  });

  it('sends no second probe beside one that is open', () => {
    const world = new World({ probe: PROBE, mode: 'running' });
    world.openProbe = { method: 'stats', since: 5n };
    world.ok('status', RUNNING);
    world.ok('list', []);
    world.feed(FUNDS);
    world.ok('status_before_take', RUNNING);
    world.ok('take', TAKEN);
    world.ok('status_behind', RUNNING);
    expect(world.calls()).not.toContain('probe');
    expect(result(world).doubt?.reasons[0]?.code).toBe('probe_open');
  });
});

describe('a target that stays broken', () => {
  it('never pushes out what was good, never fills the slots and is backed up all the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean(), { maxLength: 40 }), (keep, health) => {
        let catalog: CatalogEntry[] = [];
        let lastGood: string | undefined;
        for (const [i, healthy] of health.entries()) {
          const world = new World({ probe: PROBE, keep }, catalog);
          const id = (i + 100).toString(16).padStart(4, '0');
          world.ok('status', RUNNING);
          world.ok('list', catalog);
          for (const call of [...world.run.pending]) world.ok('delete', null, call.snapshot);
          world.feed(FUNDS);
          world.ok('status', RUNNING);
          world.ok('stop');
          world.takenWell({ id, takenAt: BigInt(i), size: 1n });
          world.ok('probe', reply(healthy ? 10n : 0n));
          world.ok('status_after_probe', { ...RUNNING, version: 11n });
          for (const call of [...world.run.pending]) world.ok('delete', null, call.snapshot);
          expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
          ({ catalog } = world);
          if (healthy) lastGood = id;
          expect(catalog.filter((e) => e.doubt !== undefined).length).toBeLessThanOrEqual(1);
          expect(catalog.filter((e) => e.good).length).toBeLessThanOrEqual(keep);
          expect(catalog.length).toBeLessThanOrEqual(8);
          if (lastGood !== undefined) expect(catalog.find((e) => e.id === lastGood)?.good).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is not picked by a restore', () => {
    const doubt = { kind: 'suspect', reasons: [], otherwiseGood: true } as const;
    const catalog = [entry(1), entry(2, { good: false, doubt })];
    const world = new World({ kind: 'restore' }, catalog);
    world.ok('status', RUNNING);
    world.ok('list', catalog);
    expect(world.run.snapshot).toBe('0001');
  });
});
