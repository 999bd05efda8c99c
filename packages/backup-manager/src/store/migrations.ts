/**
 * Brings stable memory to this build's layout, one version after the other, in the execution of the upgrade: if any of it
 * fails, the upgrade is undone. A migration reads what the layout before wrote and is never changed once it was
 * released; `tests/fixtures` holds memory of each layout.
 */

import { lastRunOf } from './canisters.ts';
import { observeRun } from './health.ts';
import { closedRun, previousRun } from './journal.ts';
import { type Known, migrationPath } from './layout.ts';
import { LAYOUT_VERSION } from './memory-ids.ts';
import { layout, pausedAll, setLayout, storePausedAll } from './meta.ts';
import { getTarget, targetNames } from './targets.ts';

/** From the layout of the key to the next one. */
const MIGRATIONS: Readonly<Record<number, () => void>> = {
  1: seedHealth,
};

const KNOWN: Known = { oldest: 1, newest: LAYOUT_VERSION };

/** Runs of a target that its health is made of, at most. */
const MAX_RUNS_SEEN = 10;

/** The first build writes its layout; later ones check it. */
export function initializeLayout(): void {
  setLayout(LAYOUT_VERSION);
  storePausedAll(false);
}

/** @returns why it cannot */
export function migrateLayout(): string | undefined {
  const path = migrationPath(layout(), KNOWN);
  if ('refusal' in path) return path.refusal;
  for (const from of path.steps) {
    const migrate = MIGRATIONS[from];
    if (migrate === undefined) throw new Error(`no migration from layout ${from}`);
    migrate();
    setLayout(from + 1);
  }
  tellPausesApart();
  return undefined;
}

/** From a build that paused all by pausing each: where no target is paused, there is nothing to tell apart. */
function tellPausesApart(): void {
  if (pausedAll() !== undefined) return;
  if (targetNames().every((name) => getTarget(name)?.paused !== true)) storePausedAll(false);
}

/** Layout 2 remembers the health of each target; until its next run that follows from its last ones. */
function seedHealth(): void {
  for (const name of targetNames()) {
    for (const run of lastRuns(name).reverse()) observeRun(run);
  }
}

/** The newest runs of a target back to one that succeeded. */
function lastRuns(canister: string) {
  const runs = [];
  for (let id = lastRunOf(canister); id !== undefined && runs.length < MAX_RUNS_SEEN; id = previousRun(id)) {
    const run = closedRun(id);
    if (run === undefined) break;
    runs.push(run);
    if (run.kind === 'backup' && run.outcome === 'succeeded') break;
  }
  return runs;
}
