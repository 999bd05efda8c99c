import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallResult,
  type CatalogEntry,
  type Command,
  type Probe,
  type RunOrder,
  SAFE_TO_LOAD_BYTES,
  WATCHDOG_NANOS,
} from '../../src/index.ts';
import { entry, HALTED, RUNNING, World } from './world.ts';

/** What may happen next, decided by numbers so that fast-check can shrink it. */
const happening = fc.record({
  // Mostly what comes next anyway, so that runs get far; in between what does not belong there.
  what: fc.constantFrom(
    ...new Array<'next'>(16).fill('next'),
    'answer',
    'funds',
    'tick',
    'late_tick',
    'restarted',
    'again',
    'cancel',
  ),
  which: fc.nat({ max: 5 }),
  how: fc.constantFrom(...new Array<'ok'>(12).fill('ok'), 'transient', 'limited', 'permanent', 'lost'),
  status: fc.constantFrom(...new Array<'running'>(8).fill('running'), 'stopped', 'stopping'),
  rich: fc.constantFrom(...new Array<true>(9).fill(true), false),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const setting = fc.record({
  kind: fc.constantFrom('backup', 'backup', 'backup', 'restore', 'restore', 'adopt', 'delete') as fc.Arbitrary<
    RunOrder['kind']
  >,
  purpose: fc.constantFrom(undefined, undefined, 'undo', 'forced') as fc.Arbitrary<RunOrder['purpose']>,
  mode: fc.constantFrom('stop', 'running') as fc.Arbitrary<RunOrder['mode']>,
  keep: fc.integer({ min: 1, max: 8 }),
  ours: fc.array(
    fc.constantFrom('good', 'complete', 'incomplete', 'deleting', 'safety', 'settled', 'suspect', 'pinned', 'manual'),
    {
      maxLength: 10,
    },
  ),
  large: fc.boolean(),
  askedBy: fc.constantFrom('timer', 'somebody'),
  mayShrink: fc.boolean(),
  maxDowntime: fc.constantFrom(undefined, 10n),
  skipUnchanged: fc.boolean(),
  // What the probe finds, and whether it was open before; undefined for a policy without one.
  probe: fc.constantFrom(undefined, undefined, 0n, 5n, 9n),
  open: fc.constantFrom(false, false, false, true),
  foreign: fc.nat({ max: 9 }),
});
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

/** States of `setting.ours` that the catalog does not know by that name, all of complete snapshots. */
const COMPLETE: Record<string, Partial<CatalogEntry>> = {
  good: { good: true },
  safety: { safetyUntil: 10n ** 15n },
  settled: { safetyUntil: 5n },
  pinned: { good: true, pin: 'kept' },
  manual: { good: true, origin: 'manual' },
  suspect: { doubt: { kind: 'suspect', reasons: [], otherwiseGood: true } },
};

const PROBE: Probe = { method: 'count', arg: '', rules: [{ measure: { natural: 0 }, atLeast: 5n }] };

function world({ kind, purpose, mode, keep, ours, probe, open, ...more }: Setting): World {
  const catalog = ours.map((state, i) =>
    entry(i + 1, {
      good: false,
      state: state as 'deleting',
      ...(COMPLETE[state] && { state: 'complete' }),
      ...COMPLETE[state],
    }),
  );
  const asks = kind === 'backup' && probe !== undefined ? PROBE : undefined;
  const { askedBy, mayShrink, maxDowntime, skipUnchanged } = more;
  const wished = {
    purpose: kind === 'restore' ? purpose : undefined,
    ...(kind === 'delete' && { wanted: catalog[keep]?.id ?? 'f0' }),
    ...(kind === 'adopt' && { adopts: { ids: ['f0'], good: true } }),
  };
  const asked = { kind, mode, keep, probe: asks, askedBy, mayShrink, maxDowntime, skipUnchanged };
  const at = new World({ ...asked, ...wished }, catalog);
  if (open) at.openProbe = { method: 'count', since: 1n };
  return at;
}

function answerOf(name: string, at: World, setting: Setting, status: string): unknown {
  if (name === 'status' || name === 'status_before_start') return { ...RUNNING, status };
  if (name === 'status_before_take') return at.run.stopSent && status !== 'stopping' ? HALTED : { ...RUNNING, status };
  if (name === 'status_behind') return behind(at, status);
  if (name === 'take') return { id: '0a0a', takenAt: at.now, size: setting.large ? SAFE_TO_LOAD_BYTES : 1n };
  if (name.startsWith('status_')) return RUNNING;
  if (name === 'probe') return { size: 9, hash: '', naturals: [setting.probe] };
  if (name === 'info') return { history: [] };
  if (name !== 'list') return null;
  const foreign = Array.from({ length: setting.foreign }, (_, i) => ({ id: `f${i}`, takenAt: 0n, size: 1n }));
  return [...at.catalog.map(({ id, takenAt, size }) => ({ id, takenAt, size })), ...foreign].slice(0, 10);
}

/** What our start makes of the version; more, if something else happened. */
function behind({ run }: World, status: string): unknown {
  const version = (run.version ?? 0n) + (run.startConfirmed ? 1n : 0n);
  return { ...RUNNING, version: status === 'stopping' ? version + 1n : version };
}

function result(event: Happening, value: unknown): CallResult {
  if (event.how === 'ok') return { ok: value };
  if (event.how === 'lost') return { lost: 'the callback trapped' };
  if (event.how === 'permanent')
    return { reject: { code: 5, message: 'IC0512: Only the controllers can control it.' } };
  if (event.how === 'limited') return { reject: { code: 2, message: 'IC0210: rate limited' } };
  return { reject: { code: 2, message: 'IC0201: full' } };
}

function happen(at: World, event: Happening, setting: Setting): void {
  at.now += 1n;
  const { pending, phase } = at.run;
  const call = pending[event.what === 'next' ? 0 : event.which % Math.max(1, pending.length)];
  if (event.what === 'next' && call === undefined) {
    const rich = { kind: 'funds', available: event.rich ? 1000n : 0n, perCall: 1n } as const;
    if (phase === 'funding') at.feed(rich);
  } else if ((event.what === 'answer' || event.what === 'next') && call !== undefined) {
    at.answer(call, result(event, answerOf(call.name, at, setting, event.status)));
  } else if (event.what === 'funds') {
    at.feed({ kind: 'funds', available: event.rich ? 1000n : 0n, perCall: 1n });
  } else if (event.what === 'again') {
    at.answer({ name: 'take' }, result(event, answerOf('take', at, setting, event.status)));
  } else if (event.what === 'late_tick') {
    at.now += WATCHDOG_NANOS;
    at.feed({ kind: 'tick' });
  } else if (event.what === 'cancel') {
    at.feed({ kind: 'cancel', by: 'somebody' });
  } else if (event.what === 'tick' || event.what === 'restarted') {
    at.feed({ kind: event.what });
  }
}

/** Faults have stopped: everything that is asked is answered, and the clock goes on. */
function heal(at: World, setting: Setting): number {
  let steps = 0;
  for (; at.run.phase !== 'closed' && steps < 100; steps += 1) {
    const call = at.run.pending[0];
    if (call !== undefined) at.ok(call.name, answerOf(call.name, at, setting, 'running'), call.snapshot);
    else if (at.run.phase === 'funding') at.feed({ kind: 'funds', available: 1000n, perCall: 1n });
    else {
      at.now += WATCHDOG_NANOS;
      at.feed({ kind: 'tick' });
    }
  }
  return steps;
}

/** By the answer to a start, or, where that was lost, by the status that was asked for then. */
const seenRunning = ({ run }: World) => run.startConfirmed || run.statusAfter === 'running';

const isCall = (name: string) => (command: Command) => command.do === 'call' && command.call.name === name;

function play(check: (at: World, setting: Setting) => void, after: 'each' | 'end'): void {
  fc.assert(
    fc.property(setting, fc.array(happening, { maxLength: 40 }), (start, events) => {
      const at = world(start);
      for (const event of events) {
        happen(at, event, start);
        if (after === 'each') check(at, start);
      }
      heal(at, start);
      check(at, start);
    }),
    { numRuns: 2000 },
  );
}

describe('whatever happens to a run', () => {
  it('it ends soon after the faults do', () => {
    fc.assert(
      fc.property(setting, fc.array(happening, { maxLength: 40 }), (start, events) => {
        const at = world(start);
        for (const event of events) happen(at, event, start);
        expect(heal(at, start)).toBeLessThan(40);
        expect(at.run.phase).toBe('closed');
        expect(at.run.outcome).toBeDefined();
        expect(at.run.endedAt).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('once a stop was sent to a target that ran, a start is sent after it, and the run is not closed before', () => {
    play((at) => {
      const stop = at.log.findIndex(isCall('stop'));
      if (stop < 0 || at.run.statusBefore !== 'running' || !at.run.stopSent) return;
      if (at.run.phase !== 'closed') return;
      expect(at.log.slice(stop).some(isCall('start'))).toBe(true);
      expect(at.run.startConfirmed || at.run.startSettled).toBe(true);
    }, 'each');
  });

  it('nothing is stopped that did not run, and nothing is stopped twice', () => {
    fc.assert(
      fc.property(setting, fc.array(happening, { maxLength: 40 }), (start, events) => {
        const at = world(start);
        const stopped = events.map((event) => ({ ...event, status: 'stopped' as const }));
        for (const event of stopped) happen(at, event, start);
        expect(at.log.some(isCall('stop'))).toBe(false);
        expect(at.log.some(isCall('start'))).toBe(false);
      }),
    );
    // A restore goes round a second time if its load was refused for its rate.
    play(
      (at) => expect(at.log.filter(isCall('stop')).length).toBeLessThanOrEqual(at.run.kind === 'restore' ? 2 : 1),
      'end',
    );
  });

  it('only what is ours is deleted, after it was marked, and never the newest good one', () => {
    fc.assert(
      fc.property(setting, fc.array(happening, { maxLength: 40 }), (start, events) => {
        const at = world(start);
        const newestGood = at.catalog.filter((e) => e.good).at(-1)?.id;
        const marked = new Set<string>();
        for (const event of events) happen(at, event, start);
        heal(at, start);
        const listedAway = new Set(at.log.flatMap((c) => (c.do === 'forget' ? [c.id] : [])));
        let replaced = false;
        for (const command of at.log) {
          if (command.do === 'record' && command.entry.good) replaced = true;
          if (command.do === 'record' && command.entry.state === 'deleting') marked.add(command.entry.id);
          if (command.do !== 'call' || command.call.name !== 'delete') continue;
          const named = start.kind === 'delete' && command.call.snapshot === at.run.wanted;
          if (!named) expect(marked).toContain(command.call.snapshot);
          if (!replaced && !listedAway.has(newestGood ?? '')) expect(command.call.snapshot).not.toBe(newestGood);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('what is pinned or the way back stays, and history shrinks by one at most, and only if it may', () => {
    fc.assert(
      fc.property(setting, fc.array(happening, { maxLength: 40 }), (start, events) => {
        const at = world(start);
        const before = new Map(at.catalog.map((entry) => [entry.id, entry]));
        for (const event of events) happen(at, event, start);
        heal(at, start);
        const deleted = at.log.flatMap((c) => (c.do === 'call' && c.call.name === 'delete' ? [c.call.snapshot] : []));
        const entries = [...new Set(deleted)].flatMap((id) => before.get(id ?? '') ?? []);
        for (const entry of entries) {
          expect(entry.pin).toBeUndefined();
          if (entry.safetyUntil !== undefined) expect(entry.safetyUntil).toBeLessThanOrEqual(at.now);
        }
        if (start.kind !== 'backup') return;
        const copies = entries.filter((e) => e.state === 'complete' && e.safetyUntil === undefined && !e.doubt);
        const extra = start.mayShrink ? 1 : 0;
        expect(copies.length).toBeLessThanOrEqual(1 + extra);
        const ofTimer = copies.filter((e) => e.origin !== 'manual');
        if (start.askedBy !== 'timer') expect(ofTimer.length).toBeLessThanOrEqual(extra);
      }),
      { numRuns: 2000 },
    );
  });

  it('a snapshot is good only if its stop was proven and its run is complete', () => {
    play((at) => {
      const ours = at.catalog.find((e) => e.id === '0a0a');
      if (ours?.good !== true) return;
      expect(at.run.kind).toBe('backup');
      expect(at.run.statusAtTake).toBe('stopped');
      // A start that was only found to be owed by the status before the take goes out behind the status after it.
      const started = at.run.startConfirmed && at.run.startsSent === 1 && at.run.startLate !== true;
      expect(at.run.versionStarted).toBe(at.run.version! + (started ? 1n : 0n));
      expect(at.run.outcome).toBe('succeeded');
      expect(seenRunning(at) || !at.run.stopSent || at.run.statusBefore !== 'running').toBe(true);
    }, 'each');
  });

  it('a probe is sent once at most, to what ran, after its start, and never while one is open', () => {
    play((at) => {
      const probes = at.log.flatMap((command, i) => (isCall('probe')(command) ? [i] : []));
      if (probes.length === 0) return;
      expect(probes.length).toBe(1);
      expect(at.openProbe).toBeUndefined();
      expect(at.log.slice(0, probes[0]).some(isCall('take'))).toBe(true);
      if (at.run.stopSent) expect(seenRunning(at)).toBe(true);
    }, 'each');
  });

  it('what a policy wants probed is good only if it answered and no rule tripped', () => {
    play((at, start) => {
      const ours = at.catalog.find((e) => e.id === '0a0a');
      if (at.run.probe === undefined || ours?.state !== 'complete' || ours.safetyUntil !== undefined) return;
      expect(ours.fingerprint).toBeDefined();
      const fine = at.run.probeReply !== undefined && (start.probe ?? 0n) >= 5n;
      expect(ours.good).toBe(at.run.statusAtTake === 'stopped' && fine);
      expect(ours.doubt === undefined).toBe(fine);
    }, 'each');
  });

  it('a restore loads only what it picked, after its safety snapshot, and never forgets the way back', () => {
    play((at, { purpose, ours }) => {
      if (at.run.kind !== 'restore') return;
      const loads = at.log.flatMap((command, i) => (isCall('load')(command) ? [{ command, i }] : []));
      const unsettled = ours.indexOf('safety');
      for (const { i } of loads) {
        const kept = at.log.slice(0, i).some((command) => command.do === 'record' && command.entry.id === '0a0a');
        if (purpose !== 'undo' && (purpose === 'forced' || unsettled < 0)) expect(kept).toBe(true);
      }
      for (const { command } of loads) {
        const id = command.do === 'call' ? command.call.snapshot : undefined;
        expect(id === at.run.snapshot || (at.run.fallback === true && id === at.run.safety)).toBe(true);
        const picked = at.log.length > 0 && Number.parseInt(id ?? '', 16) - 1;
        if (purpose === undefined) expect(ours[picked as number]).toMatch(/^(good|pinned|manual)$/);
        if (purpose === 'undo') expect(picked).toBe(unsettled);
      }
      const deleted = at.log.flatMap((c) => (c.do === 'call' && c.call.name === 'delete' ? [c.call.snapshot] : []));
      ours.forEach((state, i) => {
        if (state === 'safety') expect(deleted).not.toContain((i + 1).toString(16).padStart(4, '0'));
      });
    }, 'each');
  });

  it('a restore that is over says which state the target is in, unless that cannot be known', () => {
    play((at) => {
      if (at.run.kind !== 'restore' || at.run.phase !== 'closed') return;
      const unknown = [at.run.error, ...at.run.warnings].some((error) =>
        ['load_unknown', 'left_empty', 'nothing_to_load'].includes(error?.code ?? ''),
      );
      expect(at.run.state === undefined).toBe(unknown);
      if (at.run.state !== undefined) expect(at.run.done).toBe(at.run.state === 'snapshot');
      if (at.run.outcome === 'succeeded') expect(at.run.state).toBe('snapshot');
    }, 'end');
  });

  it('a closed run stays as it is', () => {
    fc.assert(
      fc.property(setting, fc.array(happening, { maxLength: 30 }), fc.array(happening), (start, events, later) => {
        const at = world(start);
        for (const event of events) happen(at, event, start);
        heal(at, start);
        const closed = at.run;
        for (const event of later) happen(at, event, start);
        expect(at.run).toEqual(closed);
      }),
    );
  });
});
