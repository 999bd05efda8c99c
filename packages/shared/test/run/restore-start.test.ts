/** A restore leaves its target running if it has to, and stopped if somebody else wants it stopped. */
import { describe, expect, it } from 'vitest';
import { LOADED, listed, restore, SAFETY, secured } from './restore-steps.ts';
import { FUNDS, names, STOPPED, type World } from './world.ts';

describe('a restore whose target somebody else stops at the same moment', () => {
  /** The status sent with our stop found it stopped already. */
  function stoppedByOthers(status = 'stopped'): World {
    const world = restore();
    world.ok('list', listed(world));
    world.feed(FUNDS);
    world.ok('status', { ...STOPPED, status });
    return world;
  }

  const theirs = (world: World, version: bigint) => world.ok('status', { ...STOPPED, version });

  it.each([
    ['stopped', 9n],
    ['stopped, and installed something', 10n],
    ['stopping', 10n],
  ])('leaves it as they left it, %s', (how, version) => {
    const world = stoppedByOthers(how.split(',')[0]);
    world.ok('stop');
    expect(names(world.ok('take', SAFETY)).slice(1)).toEqual(['load', 'status', 'info']);
    world.ok('load', null, '0002');
    theirs(world, version);
    expect(world.run).toMatchObject({ outcome: 'succeeded', statusAfter: 'stopped' });
    expect(world.calls()).not.toContain('start');
  });

  it('starts it if they had started it again before our stop came', () => {
    const world = stoppedByOthers();
    world.ok('stop');
    world.ok('take', SAFETY);
    world.ok('load', null, '0002');
    expect(names(theirs(world, 11n))).toEqual(['start']);
    expect(world.run.phase).toBe('loading');
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', startConfirmed: true });
  });

  it('also if the safety snapshot cannot be taken, or the stop never comes to an end', () => {
    const ends = [
      (world: World) => {
        world.ok('stop');
        world.reject('take', 'IC0207: out of cycles', 2);
      },
      (world: World) => void world.reject('stop', 'Stop canister request timed out', 2),
    ];
    for (const end of ends) {
      const left = stoppedByOthers();
      end(left);
      theirs(left, 9n);
      expect(left.run).toMatchObject({ phase: 'closed', outcome: 'failed', state: 'before' });
      expect(left.calls()).not.toContain('start');
      const started = stoppedByOthers();
      end(started);
      expect(names(theirs(started, 10n))).toEqual(['start']);
      started.ok('start');
      expect(started.run).toMatchObject({ phase: 'closed', outcome: 'failed', startConfirmed: true });
    }
  });

  it('also if the answer to the load was lost', () => {
    const world = stoppedByOthers();
    world.ok('stop');
    world.ok('take', SAFETY);
    world.info = null;
    world.feed({ kind: 'restarted' });
    const load = { at: world.now, by: world.run.manager, what: 'load_snapshot', loaded: '0002' };
    world.ok('info', { history: [load] });
    expect(names(theirs(world, 11n))).toEqual(['start']);
    world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', state: 'snapshot', startConfirmed: true });
  });
});

describe('a restore whose answer to the start is lost', () => {
  const unanswered = () => {
    const world = secured(restore());
    world.ok('load', null, '0002');
    return world;
  };

  it('needs none if the status behind it saw the target running, whatever happens then', () => {
    const world = unanswered();
    world.ok('status', LOADED);
    expect(world.answer({ name: 'start' }, { lost: 'trapped' })).toEqual([]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'succeeded', startSettled: true });
  });

  it.each([
    ['starts it if it is still stopped', 10n, ['start']],
    ['starts it if something was installed', 11n, ['start']],
    ['leaves it if somebody started and stopped it since', 13n, []],
  ])('and whose status behind it saw the target stopped, %s', (_, version, commands) => {
    const world = unanswered();
    world.ok('status', { ...STOPPED, version: 10n });
    expect(lookedAt(world, version)).toEqual(commands);
    expect(world.run.error?.code).toBe(commands.length === 0 ? 'stopped_by_others' : undefined);
  });

  it('and whose status as well starts it, however its version moved: open calls may have run before it stopped', () => {
    const world = unanswered();
    world.answer({ name: 'status' }, { lost: 'trapped' });
    expect(lookedAt(world, 90n)).toEqual(['start']);
  });

  /** What follows the loss of the start, once the target is seen stopped. */
  function lookedAt(world: World, version: bigint): string[] {
    expect(names(world.answer({ name: 'start' }, { lost: 'trapped' }))).toEqual(['status_before_start']);
    const commands = names(world.ok('status_before_start', { ...STOPPED, version }));
    for (const _start of commands) world.ok('start');
    expect(world.run).toMatchObject({ phase: 'closed', state: 'snapshot' });
    return commands;
  }
});
