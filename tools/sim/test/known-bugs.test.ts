/**
 * The checkers see the mistakes that people make, and the defects that were repaired: each known bug, with the shortest
 * list of faults that a seed came down to, breaks its invariant; docs/simulation.md says in how many seeds it does.
 */
import { expect, it } from 'vitest';
import { readModules } from '../src/canisters.ts';
import type { Fault } from '../src/faults.ts';
import { buildManagerWith, KNOWN_BUG_NAMES, type KnownBug } from '../src/known-bugs.ts';
import type { Case } from '../src/simulate.ts';
import { stageOf } from '../src/stage.ts';

const UPGRADE: Fault = { kind: 'act', round: 5, act: 'upgrade_manager_skipping_pre_upgrade' };
const byTimer = (...faults: Fault[]): Case => ({ scenario: 'backup_by_timer', faults });
const byCall = (...faults: Fault[]): Case => ({ scenario: 'backup_of_the_worker', faults });

const FOUND: Readonly<Record<KnownBug, { readonly invariant: string; readonly case: Case }>> = {
  forgotten_start: { invariant: '1 runs again', case: byTimer(UPGRADE) },
  journal_after_the_call: { invariant: '1 runs again', case: byTimer(UPGRADE) },
  pruning_before_recording: { invariant: '2 last good', case: byCall() },
  finally_start: { invariant: '1 runs again', case: byCall({ kind: 'trap', nth: 1, at: 1 }) },
  unwatched_recovery: { invariant: '1 runs again', case: byTimer(UPGRADE, { kind: 'trap', nth: 19, at: 1 }) },
  unbudgeted_calls: {
    invariant: '9 undisturbed',
    case: {
      scenario: 'backup_with_just_enough_cycles',
      faults: [{ kind: 'act', round: 3, act: 'viewer_lists' }],
    },
  },
  sleeping_alarm: { invariant: 'progress', case: { scenario: 'manager_is_put_back', faults: [] } },
  hasty_deletions: {
    invariant: '8 promised history',
    case: { scenario: 'policy_of_a_minute_after_days', faults: [] },
  },
  unproven_take: { invariant: '4 records', case: byTimer({ kind: 'act', round: 5, act: 'start_target' }) },
};

const modules = await readModules();

/** Each has a manager of its own to build: those that were found in use, and one of the others by the commit's hash. */
const IN_USE: readonly KnownBug[] = ['unbudgeted_calls', 'hasty_deletions', 'sleeping_alarm'];
const others = KNOWN_BUG_NAMES.filter((name) => !IN_USE.includes(name));
const ofThisCommit = others[Number(process.env.SIM_SEED ?? 1_000_000) % others.length]!;
const TRIED = process.env.SIM_ALL === '1' ? KNOWN_BUG_NAMES : [...IN_USE, ofThisCommit];

it.each(TRIED)('%s is found', async (bug) => {
  const { case: one, invariant } = FOUND[bug];
  const stage = stageOf({ ...modules, manager: await buildManagerWith(bug) }, [one.scenario]);
  const { verdict } = stage.run(one);
  expect(verdict.kind === 'held' ? [] : verdict.violations.map((violation) => violation.invariant)).toContain(
    invariant,
  );
});

it('the manager without them holds', () => {
  const cases = TRIED.map((bug) => FOUND[bug].case);
  const stage = stageOf(modules, [...new Set(cases.map(({ scenario }) => scenario))]);
  for (const one of cases) expect(stage.run(one).verdict, JSON.stringify(one)).toEqual({ kind: 'held' });
});
