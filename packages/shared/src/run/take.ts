/** The snapshot is being taken. */
import type { Draft } from './draft.ts';
import { certaintyOfRun, sendProbe, verdict } from './probe.ts';
import { failWith, problemOf } from './problem.ts';
import { isManual, letGo, sendDeletes } from './prune.ts';
import type { Call, CallResult, CatalogEntry, ListedSnapshot, Run, StatusAnswer } from './types.ts';

/** Without a stop: the status sent just before the take. A target that is stopped by itself is as good as stopped by us. */
export function onTakeStatus(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    const { status, moduleHash, version } = result.ok as StatusAnswer;
    draft.set({ statusBefore: status, moduleHash, version, stopProven: status === 'stopped' });
  } else {
    const problem = problemOf(draft, { name: 'status' }, result);
    if (problem !== undefined) draft.warn(problem);
  }
}

/** What was taken is recorded in this very step, before anything else can go wrong. */
export function onTake(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    const taken = result.ok as ListedSnapshot;
    draft.set({ snapshot: taken.id, takenAt: taken.takenAt, done: true });
    draft.record(entryOf(draft.run, taken));
  } else {
    failWith(draft, { name: 'take' }, result);
  }
}

/** Both the snapshot and the start are answered for: what is in the target is asked, if the policy says so. */
export function afterTake(draft: Draft): void {
  const { outcome, snapshot } = draft.run;
  const taken = outcome === undefined && draft.catalog.some((candidate) => candidate.id === snapshot);
  if (!taken || !sendProbe(draft)) completeSnapshot(draft);
}

/** Nothing more will be known of the snapshot: it is complete, and older ones give way. */
export function completeSnapshot(draft: Draft): void {
  const { outcome, snapshot, moduleHash, version } = draft.run;
  const entry = draft.catalog.find((candidate) => candidate.id === snapshot);
  if (outcome !== undefined || entry === undefined) {
    draft.close();
    return;
  }
  const versionAfter = versionUnchanged(draft.run);
  draft.record({ ...entry, moduleHash, version, versionAfter, state: 'complete', ...verdict(draft, entry) });
  draft.set({ outcome: 'succeeded' });
  const ids = letGo(draft);
  if (ids.length === 0) draft.close();
  else sendDeletes(draft, 'pruning', ids);
}

/** What our own stop and start make of the version: stopping, stopped, running. More than that, and something else ran. */
const CHANGES_OF_A_BACKUP = 3n;

function versionUnchanged(run: Run): bigint | undefined {
  const { version, stopSent, startConfirmed, startsSent, probeReply, versionProbed } = run;
  const { skipUnchanged, versionStarted } = run;
  // Once a probe was sent, only its versions can tell.
  if (probeReply !== undefined) return certaintyOfRun(run) === 'exact' ? versionProbed : undefined;
  if (run.phase === 'probing') return undefined;
  if (version === undefined || !stopSent) return version;
  const unchanged = version + CHANGES_OF_A_BACKUP;
  // Who skips by the version has seen it behind the start: not even an IC that counts otherwise makes it skip a change.
  if (skipUnchanged === true && versionStarted !== unchanged) return undefined;
  return startConfirmed && startsSent === 1 ? unchanged : undefined;
}

/**
 * The answer to a take comes after it was given up: the snapshot is ours and takes a slot, so the catalog has to know
 * it; what its run came to stays as it was.
 */
export function recordLateTake(draft: Draft, call: Call, result: CallResult): void {
  if (call.name !== 'take' || !('ok' in result)) return;
  const taken = result.ok as ListedSnapshot;
  if (draft.run.done || draft.catalog.some((entry) => entry.id === taken.id)) return;
  draft.record(entryOf(draft.run, taken));
}

function entryOf(run: Run, taken: ListedSnapshot): CatalogEntry {
  return {
    ...taken,
    canister: run.target,
    runId: run.id,
    mode: run.mode,
    moduleHash: run.moduleHash,
    version: run.version,
    state: 'incomplete',
    good: false,
    ...(isManual(run) && { origin: 'manual' as const }),
  };
}
