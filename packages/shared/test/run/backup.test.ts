import { describe, expect, it } from 'vitest';
import { START_RETRY_NANOS, WATCHDOG_NANOS, watchAt } from '../../src/index.ts';
import { listed, taken, toStopping, toTaking } from './backup-steps.ts';
import { AGAIN, entry, FUNDS, HALTED, names, RUNNING, STOPPED, World } from './world.ts';

describe('a backup with a stop', () => {
  it('sends status and stop together, then take and start together', () => {
    const world = new World();
    expect(names(world.log)).toEqual(['status', 'list']);
    world.ok('status', RUNNING);
    expect(names(world.ok('list', []))).toEqual(['measure_funds']);
    expect(names(world.feed(FUNDS))).toEqual(['status', 'stop']);
    world.ok('status', RUNNING);
    expect(names(world.ok('stop'))).toEqual(['status_before_take', 'take', 'start', 'status_behind']);
    world.ok('status_before_take', HALTED);
    expect(names(world.ok('take', taken))).toEqual(['record']);
    expect(world.catalog).toMatchObject([{ id: '00aa', state: 'incomplete', good: false }]);
    world.ok('start');
    world.ok('status_behind', AGAIN);
    expect(world.catalog).toMatchObject([{ id: '00aa', state: 'complete', good: true, moduleHash: 'aa', version: 9n }]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', snapshot: '00aa', startConfirmed: true });
  });

  it('deletes what retention drops only after the new one is recorded, and remembers what could not be deleted', () => {
    const world = toTaking(new World({ keep: 2 }, [entry(1), entry(2), entry(3)]));
    expect(names(world.takenWell(taken))).toEqual(['record', 'shrunk', 'record', 'record', 'delete', 'delete']);
    expect(world.run.phase).toBe('pruning');
    world.ok('delete', null, '0001');
    world.answer({ name: 'delete', snapshot: '0002' }, { reject: { code: 2, message: 'busy' } });
    expect(world.run).toMatchObject({ outcome: 'succeeded', deleted: ['0001'], warnings: [{ code: 'delete_failed' }] });
    expect(world.catalog.find((e) => e.id === '0002')).toMatchObject({ state: 'deleting', good: false });
    const next = toTaking(new World({ keep: 2 }, world.catalog));
    const last = next.takenWell({ ...taken, id: '00ab', takenAt: 60n });
    expect(last).toContainEqual({ do: 'call', call: { name: 'delete', snapshot: '0002' } });
  });

  describe('whose target somebody else stops at the same moment', () => {
    function toTakingStopped(status: object): World {
      const world = toStopping(new World());
      world.ok('status', status);
      expect(names(world.ok('stop'))).toEqual(['status_before_take', 'take', 'status_behind']);
      return world;
    }

    function takenAt(world: World, version: bigint): string[] {
      const commands = names(world.ok('status_before_take', { ...STOPPED, version }));
      world.ok('take', taken);
      world.ok('status_behind', { ...STOPPED, version });
      return commands;
    }

    it.each([
      ['stopped', STOPPED, 8n],
      ['stopped, and installed something', STOPPED, 9n],
      ['stopping', { ...STOPPED, status: 'stopping' }, 9n],
      ['stopping, with open calls that ran', { ...STOPPED, status: 'stopping' }, 12n],
    ])('leaves it as they left it, %s', (_, status, version) => {
      const world = toTakingStopped(status);
      expect(takenAt(world, version)).toEqual([]);
      expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', startsSent: 0 });
    });

    it('starts it if they had started it again before our stop came', () => {
      const world = toTakingStopped(STOPPED);
      expect(takenAt(world, 10n)).toEqual(['start']);
      world.reject('start', 'busy', 2);
      expect(world.run).toMatchObject({ phase: 'taking', startsSent: 2 });
      world.ok('start');
      expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', startConfirmed: true });
    });

    it.each([
      ['leaves it as they left it', 8n, []],
      ['starts it if they had started it again', 10n, ['start']],
    ])('%s, also when the stop does not come to an end', (_, version, commands) => {
      const world = toStopping(new World());
      world.ok('status', STOPPED);
      expect(names(world.reject('stop', 'Stop canister request timed out', 2))).toEqual(['status']);
      expect(names(world.ok('status', { ...STOPPED, version }))).toEqual(commands);
      for (const _start of commands) world.ok('start');
      expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed' });
    });

    it('leaves it if no version tells', () => {
      const world = toTakingStopped({ ...STOPPED, version: undefined });
      takenAt(world, 7n);
      expect(world.run).toMatchObject({ phase: 'closed', startsSent: 0 });
    });
  });

  it('leaves a target stopped that was stopped before, and counts its snapshot as good', () => {
    const world = new World();
    world.ok('status', STOPPED);
    world.ok('list', []);
    expect(names(world.feed(FUNDS))).toEqual(['status_before_take', 'take', 'status_behind']);
    world.ok('status_before_take', STOPPED);
    world.ok('take', taken);
    world.ok('status_behind', STOPPED);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', startConfirmed: false });
    expect(world.catalog).toMatchObject([{ good: true }]);
    expect(world.calls()).not.toContain('start');
  });

  it('does not touch a target without code', () => {
    const world = new World();
    world.ok('status', { status: 'running' });
    world.ok('list', []);
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'empty_target' } });
    expect(world.calls()).toEqual(['status', 'list']);
  });

  it('does not touch a target that somebody is stopping', () => {
    const world = new World();
    world.ok('status', { status: 'stopping' });
    world.ok('list', []);
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'target_stopping' } });
    expect(world.calls()).toEqual(['status', 'list']);
  });
});

describe('a backup that cannot be', () => {
  it('ends before the stop when others hold the slots, and says which', () => {
    const world = new World();
    const foreign = Array.from({ length: 8 }, (_, i) => ({ id: `f${i}`, takenAt: 1n, size: 9n }));
    world.ok('status', RUNNING);
    world.ok('list', foreign);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'slots_full' } });
    expect(world.run.error?.message).toContain('f7, 9 bytes');
    expect(world.calls()).toEqual(['status', 'list']);
  });

  it('makes room first when every slot is taken and some are ours to give up', () => {
    const ours = Array.from({ length: 8 }, (_, i) => entry(i + 1));
    const world = new World({}, ours);
    world.ok('status', RUNNING);
    const foreign = ['f1', 'f2'].map((id) => ({ id, takenAt: 1n, size: 9n }));
    const commands = world.ok('list', [...listed(world), ...foreign]);
    expect(commands.filter((c) => c.do === 'call')).toEqual([
      { do: 'call', call: { name: 'delete', snapshot: '0001' } },
      { do: 'call', call: { name: 'delete', snapshot: '0002' } },
    ]);
    world.ok('delete', null, '0001');
    expect(names(world.ok('delete', null, '0002'))).toEqual(['forget', 'measure_funds']);
  });

  it('ends before the stop when the manager has too few cycles, and says how many', () => {
    const world = new World();
    world.ok('status', RUNNING);
    world.ok('list', []);
    world.feed({ kind: 'funds', available: 7n, perCall: 1n });
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'not_enough_cycles' } });
    expect(world.calls()).toEqual(['status', 'list']);
  });

  it('ends at once when the manager lost control', () => {
    const world = new World();
    world.reject('status', 'IC0512: Only the controllers of the canister can control it.');
    world.reject('list', 'IC0512: Only the controllers of the canister can control it.');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'not_controller' } });
  });

  it('forgets snapshots that somebody deleted', () => {
    const world = new World({}, [entry(1)]);
    world.ok('status', RUNNING);
    expect(names(world.ok('list', []))).toEqual(['forget', 'measure_funds']);
  });
});

describe('a target that was running is started again', () => {
  it('when the take fails', () => {
    const world = toTaking(new World());
    world.ok('status_before_take', HALTED);
    world.reject('take', 'IC0207: too few cycles', 2);
    expect(world.run.phase).toBe('taking');
    world.ok('start');
    world.ok('status_behind', AGAIN);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'target_out_of_cycles' } });
  });

  it.each([
    ['Stop canister request timed out', 'stop_timeout'],
    ['the queue is full', 'stop_failed'],
  ])('when the stop fails: %s', (message, code) => {
    const world = toStopping(new World());
    world.ok('status', RUNNING);
    expect(names(world.reject('stop', message, 2))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code } });
  });

  it('when the answer to the stop is lost', () => {
    const world = toStopping(new World());
    expect(names(world.answer({ name: 'stop' }, { lost: 'the callback trapped' }))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted' });
  });

  it('when the answer to the status beside the stop is lost', () => {
    const world = toStopping(new World());
    world.answer({ name: 'status' }, { lost: 'the callback trapped' });
    expect(names(world.ok('stop'))).toContain('start');
  });

  it('when the manager is upgraded in the middle', () => {
    const world = toStopping(new World());
    expect(names(world.feed({ kind: 'restarted' }))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted' });
  });

  it('when the watchdog finds no progress, and not before', () => {
    const world = toStopping(new World());
    world.now += WATCHDOG_NANOS - 1n;
    expect(world.feed({ kind: 'tick' })).toEqual([]);
    world.now += 1n;
    expect(names(world.feed({ kind: 'tick' }))).toEqual(['start']);
  });

  it('three times at once when starts fail, then once a minute, until it runs', () => {
    const world = toTaking(new World());
    world.ok('status_before_take', HALTED);
    world.ok('take', taken);
    expect(names(world.reject('start', 'busy', 2))).toEqual(['start']);
    world.ok('status_behind', HALTED);
    expect(names(world.reject('start', 'busy', 2))).toEqual(['start']);
    expect(world.reject('start', 'busy', 2)).toEqual([]);
    expect(watchAt(world.run)).toBe(world.now + START_RETRY_NANOS);
    world.now += START_RETRY_NANOS;
    expect(names(world.feed({ kind: 'tick' }))).toEqual(['status_before_start']);
    expect(names(world.ok('status_before_start', HALTED))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
  });

  it('also if it is not ours for a while, which the run says once', () => {
    const world = toTaking(new World());
    const refusal = 'IC0512: Only the controllers of the canister can control it.';
    world.ok('status_before_take', HALTED);
    world.ok('take', taken);
    world.ok('status_behind', HALTED);
    for (let i = 0; i < 3; i += 1) {
      expect(world.reject('start', refusal)).toEqual([]);
      expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'start_failed' }, warnings: [] });
      world.now += START_RETRY_NANOS;
      expect(names(world.feed({ kind: 'tick' }))).toEqual(['status_before_start']);
      expect(names(world.reject('status_before_start', refusal))).toEqual(['start']);
    }
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', startConfirmed: true });
    expect(world.catalog).toMatchObject([{ state: 'incomplete', good: false }]);
  });

  it('unless it is gone, which the run says', () => {
    const world = toTaking(new World());
    world.ok('status_before_take', HALTED);
    world.ok('take', taken);
    world.reject('status_behind', 'IC0301: Canister not found.', 3);
    world.reject('start', 'IC0301: Canister not found.', 3);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'start_failed' } });
  });
});

describe('a take whose answer is lost', () => {
  const older = { ...taken, id: '0009', takenAt: 900n };
  const fresh = { ...taken, takenAt: 1001n };

  function lost(): World {
    const world = new World();
    world.ok('status', RUNNING);
    world.ok('list', [older]);
    world.feed(FUNDS);
    world.ok('status', RUNNING);
    world.ok('stop');
    world.ok('status_before_take', HALTED);
    expect(names(world.answer({ name: 'take' }, { lost: 'trapped' }))).toEqual(['list']);
    world.ok('start');
    world.ok('status_behind', AGAIN);
    expect(world.run.phase).toBe('taking');
    return world;
  }

  it('was not carried out if the list behind it shows nothing new', () => {
    const world = lost();
    world.ok('list', [older]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted' });
    expect(world.run.error).toMatchObject({
      code: 'take_not_carried_out',
      context: expect.arrayContaining([['cause', 'trapped']]),
    });
  });

  it('may have been if it does: that one is named, and left alone, because nobody can tell whose it is', () => {
    const world = lost();
    world.ok('list', [older, fresh]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted', error: { code: 'take_unknown' } });
    expect(world.run.error?.context).toContainEqual(['appeared', fresh.id]);
    expect(world.catalog).toEqual([]);
  });

  it('stays unknown if the list is lost as well', () => {
    const world = lost();
    world.answer({ name: 'list' }, { lost: 'trapped' });
    expect(world.run).toMatchObject({ phase: 'closed', error: { code: 'take_unknown' } });
  });
});

describe('an answer that comes after it was given up', () => {
  it('still brings the snapshot into the catalog', () => {
    const world = toTaking(new World());
    world.feed({ kind: 'restarted' });
    world.ok('status_before_start', AGAIN);
    world.ok('list', []);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'interrupted' });
    world.ok('take', taken);
    expect(world.catalog).toMatchObject([{ id: '00aa', state: 'incomplete', good: false }]);
    expect(world.run.outcome).toBe('interrupted');
  });
});

describe('a backup without a stop', () => {
  it('takes at once, never stops nor starts, and is never good', () => {
    const world = new World({ mode: 'running' });
    world.ok('status', RUNNING);
    world.ok('list', []);
    expect(names(world.feed(FUNDS))).toEqual(['status_before_take', 'take', 'status_behind']);
    world.ok('status_before_take', RUNNING);
    world.ok('take', taken);
    world.ok('status_behind', RUNNING);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded' });
    expect(world.catalog).toMatchObject([{ state: 'complete', good: false }]);
  });
});
