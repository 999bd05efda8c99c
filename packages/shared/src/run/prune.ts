/** Deletions: first the catalog says that a snapshot goes, then the IC is asked to delete it, then it is forgotten. */
import { errorCodeOf } from '../errors/rejects.ts';
import { retention } from '../policy/retention.ts';
import { isSetAside, rollingSlot } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import { problemOf } from './problem.ts';
import { isUnsettled } from './restore.ts';
import type { Call, CallResult, CatalogEntry, Phase } from './types.ts';

/** Ids of ours that retention drops now. */
export function dropped(draft: Draft): string[] {
  const { keep, foreign } = draft.run;
  const disposable = draft.catalog.filter((entry) => !isUnsettled(entry, draft.context.now));
  const { kept, gone } = rollingSlot(disposable);
  const ordinary = disposable.filter((entry) => !isSetAside(entry));
  const snapshots = ordinary.map(({ id, takenAt, state, good, safetyUntil }) => ({
    id,
    takenAt,
    complete: state === 'complete' && safetyUntil === undefined,
    good: good && state === 'complete',
  }));
  // What is set aside takes a slot of its own, as if it were not ours.
  const decisions = retention(snapshots, { keep, foreign: foreign + (kept === undefined ? 0 : 1) });
  return [...decisions.filter((decision) => !decision.keep), ...gone].map(({ id }) => id);
}

export function sendDeletes(draft: Draft, phase: Phase, ids: readonly string[]): void {
  for (const id of ids) {
    const entry = draft.catalog.find((candidate) => candidate.id === id);
    if (entry !== undefined) draft.record(leaving(entry));
  }
  draft.send(
    phase,
    ids.map((snapshot): Call => ({ name: 'delete', snapshot })),
  );
}

function leaving(entry: CatalogEntry): CatalogEntry {
  return { ...entry, state: 'deleting', good: false };
}

/** An answer to a deletion. What is not there any more is as good as deleted. */
export function onDeleted(draft: Draft, call: Call, result: CallResult): void {
  if (call.name !== 'delete' || call.snapshot === undefined) return;
  const gone = 'ok' in result || ('reject' in result && errorCodeOf(result.reject) === 'IC0305');
  if (gone) {
    draft.forget(call.snapshot);
    draft.set({ deleted: [...draft.run.deleted, call.snapshot] });
    return;
  }
  const problem = problemOf(draft, call, result);
  if (problem !== undefined) draft.warn(problem);
}
