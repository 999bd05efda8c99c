/**
 * Runs that change what we have and not the target: snapshots that somebody else took become ours, or one is deleted
 * because somebody asked for it. They are runs so that they hold the target's lock and are written down. Invariants:
 * - the newest good snapshot is never deleted, nor the newest one that is good or would be once somebody accepted it, so
 *   that marking all of them as suspect first deletes no more; nor what is pinned, nor the way back from a restore;
 * - nothing becomes ours that the IC does not list.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { isGoodOnceAccepted } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import { goodSnapshots, isUnsettled } from './restore.ts';
import type { ListedSnapshot } from './types.ts';

/** Takes over the snapshots that the run names, all or none. */
export function adopt(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const { target: canister, id: runId, mode, adopts } = draft.run;
  for (const id of adopts?.ids ?? []) {
    if (!listed.some((snapshot) => snapshot.id === id)) {
      draft.fail(failure('snapshot_not_found', { canister, snapshot: id }));
      return;
    }
  }
  const known = new Set(draft.catalog.map((entry) => entry.id));
  for (const snapshot of listed) {
    if (adopts?.ids.includes(snapshot.id) !== true || known.has(snapshot.id)) continue;
    const good = adopts.good;
    draft.record({ ...snapshot, canister, runId, mode, state: 'complete', good, origin: 'adopted' });
  }
}

/** Fails if the snapshot that the run names may not be deleted. */
export function checkDeletion(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const problem = refuseDeletion(draft, draft.run.wanted ?? '', listed);
  if (problem !== undefined) draft.fail(problem);
}

function refuseDeletion(draft: Draft, id: string, listed: readonly ListedSnapshot[]): ErrorValue | undefined {
  const { target: canister } = draft.run;
  const about = { canister, snapshot: id };
  const entry = draft.catalog.find((candidate) => candidate.id === id);
  if (!listed.some((snapshot) => snapshot.id === id)) return failure('snapshot_not_found', about);
  if (entry?.pin !== undefined) return failure('snapshot_pinned', { ...about, label: entry.pin });
  if (entry !== undefined && isUnsettled(entry, draft.context.now)) return failure('snapshot_unsettled', about);
  return isLastGood(draft, id) ? failure('newest_good_snapshot', about) : undefined;
}

function isLastGood({ catalog }: Draft, id: string): boolean {
  const accepted = catalog.map((entry) => ({
    ...entry,
    good: entry.state === 'complete' && isGoodOnceAccepted(entry),
  }));
  return [catalog, accepted].some((entries) => goodSnapshots(entries)[0]?.id === id);
}
