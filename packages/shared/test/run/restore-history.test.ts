/** A restore once the load is answered: what the target's history shows, and what comes after it. */
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/index.ts';
import { LOADED, loaded, restore, secured } from './restore-steps.ts';
import { names } from './world.ts';

describe('the history of the target, asked behind a load', () => {
  const at = { at: 1000n, what: 'load_snapshot' };
  const answered = (...history: HistoryEntry[]) => {
    const world = secured(restore());
    world.info = { history };
    return loaded(world).run;
  };

  it('shows the load, and nothing else', () => {
    const run = answered({ ...at, by: answered().manager, loaded: '0002' });
    expect(run).toMatchObject({ outcome: 'succeeded', recorded: true });
    expect(run.warnings.map(({ code }) => code)).toEqual(['timers_may_sleep']);
  });

  it('does not show it, which is told', () => {
    const run = answered();
    expect(run).toMatchObject({ outcome: 'succeeded', recorded: false });
    expect(run.warnings).toContainEqual(expect.objectContaining({ code: 'load_not_recorded' }));
  });

  it('shows what somebody else did since the restore began', () => {
    const ours = { ...at, by: answered().manager, loaded: '0002' };
    const theirs = { at: 1001n, by: 'aaaaa-aa', what: 'code_deployment' };
    const { warnings } = answered({ ...theirs, at: 999n }, ours, theirs);
    expect(warnings.filter(({ code }) => code === 'changed_by_others')).toMatchObject([
      { context: expect.arrayContaining([['what', 'code_deployment']]) },
    ]);
    expect(answered({ ...theirs, at: 999n }, ours).warnings).toHaveLength(1);
  });
});

describe('what comes after a load', () => {
  const afterRestore = { method: 'wake', arg: '4449444c0000' };

  it('is a warning, if nothing wakes the timers', () => {
    expect(loaded(secured(restore())).run.warnings).toMatchObject([{ code: 'timers_may_sleep' }]);
  });

  it('is the method of the policy, once the target runs', () => {
    const world = secured(restore({ afterRestore }));
    world.ok('load', null, '0002');
    world.ok('start');
    expect(names(world.ok('status', LOADED))).toEqual(['after_restore']);
    world.ok('after_restore');
    expect(world.run).toMatchObject({ outcome: 'succeeded', warnings: [] });
  });

  it.each([
    ['fails', { reject: { code: 5, message: 'IC0503: trapped' } }],
    ['never answers', { lost: 'no answer came in time' }],
  ])('is told when the method %s', (_, result) => {
    const world = loaded(secured(restore({ afterRestore })));
    world.answer({ name: 'after_restore' }, result);
    expect(world.run).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'after_restore_failed' }] });
  });
});
