/** What the history says of runs: who asked for what when one is opened, and what came of it when it is over. */
import { type Run, statusWhenOver } from '@canister-backup/shared';
import { observeRun } from '../store/health.ts';
import { record } from '../store/history.ts';

export function noteOpened(run: Run): void {
  const { id, kind, target, askedBy, wanted, purpose } = run;
  const details: [string, string][] = [['kind', kind]];
  if (purpose !== undefined) details.push(['purpose', purpose]);
  if (wanted !== undefined) details.push(['snapshot', wanted]);
  const cause = askedBy === 'timer' ? 'it was due' : 'it was asked for';
  record({ kind: 'run_opened', actor: askedBy, cause, canister: target, run: id, details });
}

/** @param by who ended it, and why, if it did not come to its own end */
export function noteClosed(run: Run, by?: { readonly actor: string; readonly cause: string }): void {
  const { id, kind, target, askedBy, outcome, error, snapshot, safety, state, deleted } = run;
  const details: [string, string][] = [
    ['kind', kind],
    ['outcome', outcome ?? 'interrupted'],
    ['target', statusWhenOver(run) ?? 'unknown'],
  ];
  if (error !== undefined) details.push(['error', error.code]);
  if (snapshot !== undefined) details.push(['snapshot', snapshot]);
  if (safety !== undefined) details.push(['safety', safety]);
  if (state !== undefined) details.push(['state', state]);
  for (const id of deleted) details.push(['deleted', id]);
  const { actor, cause } = by ?? { actor: askedBy, cause: `run ${id} is over` };
  record({ kind: 'run_closed', actor, cause, canister: target, run: id, details });
  if (run.recorded !== undefined && (run.done || run.fallback === true)) noteLoad(run);
  observeRun(run);
}

/** A load, compared with what the IC remembers of the target. */
function noteLoad({ id, target, snapshot = '', safety = '', fallback, recorded }: Run): void {
  const details: [string, string][] = [
    ['snapshot', fallback === true ? safety : snapshot],
    ['in_history', recorded === true ? 'yes' : 'no'],
  ];
  const cause = 'the history of the target was read';
  record({ kind: 'load_checked', actor: 'manager', cause, canister: target, run: id, details });
}
