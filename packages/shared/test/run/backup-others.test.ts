/** What somebody else does to a target in the middle of a backup of it. */
import { describe, expect, it } from 'vitest';
import { taken, toStopping, toTaking } from './backup-steps.ts';
import { AGAIN, entry, HALTED, names, RUNNING, World } from './world.ts';

describe('what somebody else does meanwhile', () => {
  it('a snapshot does not count if the target was started before it was taken', () => {
    const world = toTaking(new World({ keep: 1 }, [entry(1)]));
    world.ok('status_before_take', { ...AGAIN, version: 10n });
    world.ok('take', taken);
    world.ok('start');
    world.ok('status_behind', { ...AGAIN, version: 11n });
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'snapshot_unproven' } });
    expect(world.catalog).toMatchObject([
      { id: '0001', good: true },
      { id: '00aa', state: 'incomplete', good: false },
    ]);
  });

  it.each([
    ['was started between the status and the take', { ...AGAIN, version: 11n }],
    ['was upgraded meanwhile', { ...AGAIN, moduleHash: 'bb', version: 11n }],
  ])('nor if the version grew by more than our start, because the target %s', (_, behind) => {
    const world = toTaking(new World());
    world.ok('status_before_take', HALTED);
    world.ok('take', taken);
    world.ok('start');
    world.ok('status_behind', behind);
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'snapshot_unproven' } });
  });

  it.each(['status_before_take', 'status_behind'] as const)('nor if the answer to %s is lost', (name) => {
    const world = toTaking(new World());
    if (name === 'status_behind') world.ok('status_before_take', HALTED);
    else world.answer({ name }, { lost: 'the callback trapped' });
    world.ok('take', taken);
    world.ok('start');
    if (name === 'status_behind') world.answer({ name }, { lost: 'the callback trapped' });
    else world.ok('status_behind', AGAIN);
    expect(world.run).toMatchObject({ outcome: 'failed', error: { code: 'snapshot_unproven' } });
  });

  it('it counts if calls that were open ran while the target was stopping', () => {
    const world = toTaking(new World());
    world.ok('status_before_take', { ...HALTED, version: 20n });
    world.ok('take', taken);
    world.ok('start');
    world.ok('status_behind', { ...AGAIN, version: 21n });
    expect(world.catalog).toMatchObject([{ good: true, version: 20n, versionAfter: 21n }]);
  });

  it('a stop that was refused for good is followed by no start, which might meet a stop by somebody else', () => {
    const world = toStopping(new World());
    world.ok('status', RUNNING);
    expect(world.reject('stop', 'IC0512: Only the controllers of the canister can control it.')).toEqual([]);
    expect(world.run).toMatchObject({ phase: 'closed', outcome: 'failed', error: { code: 'not_controller' } });
  });

  it('no second start goes out to a target that runs, or that somebody stopped after our start', () => {
    const lost = (seen: object) => {
      const world = toTaking(new World());
      world.ok('status_before_take', HALTED);
      expect(names(world.answer({ name: 'start' }, { lost: 'the callback trapped' }))).toEqual(['status_before_start']);
      const commands = names(world.ok('status_before_start', seen));
      world.ok('take', taken);
      world.ok('status_behind', AGAIN);
      return { commands, run: world.run };
    };
    expect(lost(AGAIN)).toMatchObject({ commands: [], run: { phase: 'closed', startSettled: true } });
    const stopped = { code: 'stopped_by_others' };
    expect(lost({ ...HALTED, version: 12n })).toMatchObject({ commands: [], run: { phase: 'closed', error: stopped } });
    expect(lost({ ...HALTED, status: 'stopping', version: 11n })).toMatchObject({ run: { error: stopped } });
    expect(lost(HALTED).commands).toEqual(['start']);
    expect(lost({ ...HALTED, version: 10n }).commands).toEqual(['start']);
  });

  it('nor to one that the status behind it saw running, whatever happens then', () => {
    const world = toTaking(new World());
    world.ok('status_before_take', HALTED);
    world.ok('take', taken);
    world.ok('status_behind', AGAIN);
    expect(world.answer({ name: 'start' }, { lost: 'the callback trapped' })).toEqual([]);
    expect(world.run).toMatchObject({ phase: 'closed', startSettled: true, startsSent: 1 });
  });
});
