/**
 * The checkers see the mistakes that people make: each known bug, with the shortest list of faults that a seed came down
 * to, breaks its invariant; docs/simulation.md says in how many seeds it does.
 */
import { expect, it } from 'vitest';
import { readModules } from '../src/canisters.ts';
import { buildManagerWith, KNOWN_BUG_NAMES, type KnownBug } from '../src/known-bugs.ts';
import type { Case } from '../src/simulate.ts';
import { stageOf } from '../src/stage.ts';

const FOUND: Readonly<Record<KnownBug, { readonly invariant: string; readonly case: Case }>> = {
  forgotten_start: {
    invariant: '1 runs again',
    case: {
      scenario: 'backup_by_timer',
      faults: [{ kind: 'act', round: 5, act: 'upgrade_manager_skipping_pre_upgrade' }],
    },
  },
  journal_after_the_call: {
    invariant: '1 runs again',
    case: {
      scenario: 'backup_by_timer',
      faults: [{ kind: 'act', round: 5, act: 'upgrade_manager_skipping_pre_upgrade' }],
    },
  },
  pruning_before_recording: {
    invariant: '2 last good',
    case: { scenario: 'backup_of_the_worker', faults: [] },
  },
  finally_start: {
    invariant: '1 runs again',
    case: { scenario: 'backup_of_the_worker', faults: [{ kind: 'starve', nth: 1, instructions: 2_000_000 }] },
  },
};

it.each(KNOWN_BUG_NAMES)('%s is found, and the manager without it holds', async (bug) => {
  const { case: one, invariant } = FOUND[bug];
  const modules = await readModules();
  const wrong = stageOf({ ...modules, manager: await buildManagerWith(bug) }, [one.scenario]);
  const { verdict } = wrong.run(one);
  expect(verdict.kind === 'held' ? [] : verdict.violations.map((violation) => violation.invariant)).toContain(
    invariant,
  );
  expect(stageOf(modules, [one.scenario]).run(one).verdict).toEqual({ kind: 'held' });
});
