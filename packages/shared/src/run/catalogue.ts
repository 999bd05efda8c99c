/**
 * Runs that change what we have and not the target: snapshots that somebody else took become ours, or one is deleted
 * because somebody asked for it. They are runs so that they hold the target's lock and are written down. Invariants:
 * - the newest good snapshot is never deleted, nor the newest one that is good or would be once somebody accepted it, so
 *   that marking all of them as suspect first deletes no more; nor what is pinned, nor the way back from a restore;
 * - nothing becomes ours that the IC does not list;
 * - what becomes ours is unproven, whatever somebody says of it: the IC lists a snapshot that somebody marked, or the rest
 *   of an upload, like any other.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { ADOPTED_PACE_NANOS } from '../limits.ts';
import { type Doubt, isGoodOnceAccepted, isUnproven } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import { goodSnapshots, isUnsettled } from './restore.ts';
import type { CatalogEntry, ListedSnapshot } from './types.ts';

/** Takes over the snapshots that the run names, all or none. */
export function adopt(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const { target: canister, id: runId, mode, adopts } = draft.run;
  for (const id of adopts?.ids ?? []) {
    if (!listed.some((snapshot) => snapshot.id === id)) {
      draft.fail(failure('snapshot_not_found', { canister, snapshot: id }));
      return;
    }
  }
  const known = new Map(draft.catalog.map((entry) => [entry.id, entry]));
  for (const snapshot of listed) {
    if (adopts?.ids.includes(snapshot.id) !== true || !isNews(known.get(snapshot.id), adopts.good)) continue;
    const doubt = unproven(draft, snapshot.id);
    draft.record({
      ...(known.get(snapshot.id) ?? {
        ...snapshot,
        canister,
        runId,
        mode,
        state: 'complete',
        origin: 'adopted',
        every: ADOPTED_PACE_NANOS,
      }),
      good: false,
      doubt,
    });
  }
}

/** What is ours stays as it is, unless it was adopted and only now somebody says that the canister was stopped. */
function isNews(entry: CatalogEntry | undefined, stopped: boolean): boolean {
  return entry === undefined || (stopped && isUnproven(entry) && entry.doubt?.otherwiseGood === false);
}

function unproven({ run: { target: canister, askedBy: by, adopts } }: Draft, snapshot: string): Doubt {
  const stopped = adopts?.good === true;
  const reason = failure('adopted_unproven', { canister, snapshot, by, stopped });
  return { kind: 'unproven', reasons: [reason], otherwiseGood: stopped };
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
