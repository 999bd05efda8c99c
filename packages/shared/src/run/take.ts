/** The snapshot is being taken. */
import { failure } from '../errors/registry.ts';
import type { Draft } from './draft.ts';
import { certaintyOfRun, sendProbe, verdict } from './probe.ts';
import { failWith, problemOf } from './problem.ts';
import { takenStopped } from './proof.ts';
import { isManual, letGo, sendDeletes } from './prune.ts';
import { oweIfUndone, sendStart, settleRunning, startCalls } from './start.ts';
import type { Call, CallResult, CatalogEntry, ListedSnapshot, Run, StatusAnswer } from './types.ts';

/** The take between two statuses, with the start that is owed: all in one message, so that no round is lost. */
export function sendTake(draft: Draft): void {
  draft.send('taking', [
    { name: 'status_before_take' },
    { name: 'take' },
    ...startCalls(draft),
    { name: 'status_behind' },
  ]);
}

/** What the snapshot is of. A target that is stopped by itself is as good as stopped by us. */
export function onTakeStatus(draft: Draft, call: Call, result: CallResult): void {
  if ('ok' in result) {
    const { status, moduleHash, version } = result.ok as StatusAnswer;
    const atStop = draft.run.version;
    draft.set({ statusAtTake: status, moduleHash, version });
    if (!draft.run.stopSent) draft.set({ statusBefore: status, stopProven: status === 'stopped' });
    else if (oweIfUndone(draft, atStop)) sendStart(draft);
  } else {
    warnOf(draft, call, result);
  }
}

/** The version behind the take and the start. */
export function onBehind(draft: Draft, call: Call, result: CallResult): void {
  if ('ok' in result) {
    const { status, version } = result.ok as StatusAnswer;
    draft.set({ versionStarted: version });
    if (status === 'running') settleRunning(draft);
  } else {
    warnOf(draft, call, result);
  }
}

function warnOf(draft: Draft, call: Call, result: CallResult): void {
  const problem = problemOf(draft, call, result);
  if (problem !== undefined) draft.warn(problem);
}

/** What was taken is recorded in this very step, before anything else can go wrong. */
export function onTake(draft: Draft, result: CallResult): void {
  if ('ok' in result) {
    const taken = result.ok as ListedSnapshot;
    draft.set({ snapshot: taken.id, takenAt: taken.takenAt, done: true });
    draft.record(entryOf(draft.run, taken));
  } else {
    failWith(draft, { name: 'take' }, result);
    if ('lost' in result) draft.send('taking', [WHAT_APPEARED]);
  }
}

/** Asked behind a take whose answer was lost: the list tells whether it was carried out. */
export const WHAT_APPEARED: Call = { name: 'list' };

/**
 * Whose a new snapshot is, the IC does not say, and somebody else may have taken one in the same rounds. So it is named,
 * for people to adopt or to delete, and not touched.
 */
export function onAppeared(draft: Draft, result: CallResult): void {
  if (!('ok' in result)) return;
  const { target: canister, present = [], openedAt } = draft.run;
  const known = new Set([...present, ...draft.catalog.map(({ id }) => id)]);
  const appeared = (result.ok as readonly ListedSnapshot[])
    .filter(({ id, takenAt }) => takenAt >= openedAt && !known.has(id))
    .map(({ id }) => id);
  draft.replace('take_unknown', (cause) =>
    appeared.length === 0
      ? failure('take_not_carried_out', { canister, cause })
      : failure('take_unknown', { canister, cause, appeared }),
  );
}

/**
 * Both the snapshot and the start are answered for: what is in the target is asked, if the policy says so. A snapshot
 * that may be of a running target is none that a policy with a stop wants: the run failed, and the next one deletes it.
 */
export function afterTake(draft: Draft): void {
  const { snapshot = '', mode, target: canister } = draft.run;
  const entry = draft.catalog.find((candidate) => candidate.id === snapshot);
  if (entry !== undefined && mode === 'stop' && !takenStopped(draft.run)) {
    draft.fail(failure('snapshot_unproven', { canister, snapshot }));
  }
  const taken = draft.run.outcome === undefined && entry !== undefined;
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

function versionUnchanged(run: Run): bigint | undefined {
  const { version, versionStarted, versionProbed, probeReply, startsSent, startConfirmed } = run;
  // Once a probe was sent, only its versions can tell.
  if (probeReply !== undefined) return certaintyOfRun(run) === 'exact' ? versionProbed : undefined;
  if (run.phase === 'probing' || version === undefined) return undefined;
  const unchanged = version + (startConfirmed ? 1n : 0n);
  return startsSent <= 1 && versionStarted === unchanged ? unchanged : undefined;
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
