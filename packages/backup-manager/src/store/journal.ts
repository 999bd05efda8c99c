/** Runs: the open one of each target, which is also the target's lock, and those that are over. */
import type { Run } from '@canister-backup/shared';
import { lastRunOf, setLastRun } from './canisters.ts';
import { closedRuns, openRuns } from './maps.ts';

/** Runs that are remembered; the oldest go first. */
const MAX_CLOSED_RUNS = 10_000n;

export function openRunOf(canister: string): Run | undefined {
  return openRuns.get(canister);
}

export function isOpen(canister: string): boolean {
  return openRuns.get(canister) !== undefined;
}

/** Targets that have a run open. */
export function openTargets(): ReadonlySet<string> {
  return new Set(openRuns.keys());
}

export function openRunList(): Run[] {
  return openRuns.values();
}

export function openRunCount(): number {
  return openRuns.len();
}

/** Writes down an open run. */
export function saveOpenRun(run: Run): void {
  openRuns.insert(run.target, run);
}

/** Moves a run from the journal to the history. */
export function closeRun(run: Run): void {
  openRuns.remove(run.target);
  closedRuns.insert(run.id, { run, previous: lastRunOf(run.target) });
  setLastRun(run.target, run.id);
  if (run.id > MAX_CLOSED_RUNS) closedRuns.remove(run.id - MAX_CLOSED_RUNS);
}

/** A run that is over, if it is still remembered. */
export function closedRun(id: bigint): Run | undefined {
  return closedRuns.get(id)?.run;
}

/** The run of the same canister before this one, if it is still remembered. */
export function previousRun(id: bigint): bigint | undefined {
  return closedRuns.get(id)?.previous;
}
