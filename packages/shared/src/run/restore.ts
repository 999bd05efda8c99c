/**
 * What a restore picks, and what it keeps of the state before. Invariants:
 * - nothing is loaded before the safety snapshot is answered for, unless there is one that is not settled, the caller
 *   asked for none, or there is no state to keep;
 * - a safety snapshot is never picked unless it is named or undone to, and never deleted while it is not settled.
 */
import { snapshotArgument } from '../errors/commands.ts';
import { failure } from '../errors/registry.ts';
import { MAX_SNAPSHOTS_PER_CANISTER, SAFETY_NANOS } from '../limits.ts';
import { accepted, isGoodOnceAccepted, isUnproven } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import type { CatalogEntry, ListedSnapshot, RunContext } from './types.ts';

/** Older snapshots that a refusal names. */
const MAX_NAMED = 5;

/** Whether a snapshot is a safety snapshot that nobody has settled and whose time is not over. */
export function isUnsettled(entry: CatalogEntry, now: bigint): boolean {
  return entry.safetyUntil !== undefined && entry.safetyUntil > now && entry.state === 'complete';
}

/** The safety snapshot that an undo goes back to: the state before the first restore that is not settled. */
export function unsettled({ catalog, now }: Pick<RunContext, 'catalog' | 'now'>): CatalogEntry | undefined {
  return [...catalog].filter((entry) => isUnsettled(entry, now)).sort(oldestFirst)[0];
}

/** Good snapshots, newest first; with `before`, only those taken earlier. */
export function goodSnapshots(catalog: readonly CatalogEntry[], before?: bigint): CatalogEntry[] {
  return catalog
    .filter(
      (entry) => entry.good && entry.safetyUntil === undefined && (before === undefined || entry.takenAt < before),
    )
    .sort((a, b) => oldestFirst(b, a));
}

function oldestFirst(a: CatalogEntry, b: CatalogEntry): number {
  if (a.takenAt !== b.takenAt) return a.takenAt < b.takenAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** Chooses the snapshot to load, or fails with the reason. */
export function pick(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const { target: canister, wanted, purpose, before } = draft.run;
  const id = wanted ?? pickedId(draft);
  const snapshot = listed.find((candidate) => candidate.id === id);
  if (snapshot !== undefined) draft.set({ snapshot: snapshot.id, takenAt: snapshot.takenAt });
  else if (id !== undefined) draft.fail(failure('snapshot_not_found', { canister, snapshot: id }));
  else if (purpose === 'undo') draft.fail(failure('nothing_to_undo', { canister }));
  else if (before === undefined) failWithoutGood(draft, listed);
  else draft.fail(failure('no_snapshot_before', { canister, time: before, snapshots: listed.length }));
}

/** Names the newest adopted snapshot that a load, or an administrator, would make good. */
function failWithoutGood(draft: Draft, listed: readonly ListedSnapshot[]): void {
  const { target: canister, manager } = draft.run;
  const there = new Set(listed.map(({ id }) => id));
  const unproven = draft.catalog
    .filter((entry) => isUnproven(entry) && isGoodOnceAccepted(entry) && there.has(entry.id))
    .sort((a, b) => oldestFirst(b, a))[0]?.id;
  const snapshots = listed.length;
  const hint = unproven === undefined ? {} : { manager, unproven };
  draft.fail(failure('no_good_snapshot', { canister, snapshots, ...hint }));
}

function pickedId(draft: Draft): string | undefined {
  const { context, catalog, run } = draft;
  if (run.purpose === 'undo') return unsettled({ catalog, now: context.now })?.id;
  return goodSnapshots(catalog, run.before)[0]?.id;
}

/** Fails a restore that would change nothing. A snapshot that somebody named is loaded all the same. */
export function refuseUnchanged(draft: Draft): void {
  const { target: canister, wanted, purpose, snapshot, version, outcome } = draft.run;
  if (outcome !== undefined || wanted !== undefined || purpose !== undefined || version === undefined) return;
  const entry = draft.catalog.find((candidate) => candidate.id === snapshot);
  const { restored } = draft.context;
  const loaded = restored?.snapshot === snapshot && restored?.version === version;
  if (entry === undefined || (!loaded && entry.versionAfter !== version)) return;
  const older = goodSnapshots(draft.catalog, entry.takenAt).slice(0, MAX_NAMED);
  draft.fail(failure('nothing_changed', { canister, snapshot: entry.id, older: older.map(({ id }) => id) }));
}

/** Whether this run takes a safety snapshot, as far as it has come. An empty target has no state to keep. */
export function needsSafety(draft: Draft): boolean {
  const { kind, purpose, withoutSafety, moduleHash, safety } = draft.run;
  if (kind !== 'restore' || purpose === 'undo' || safety !== undefined || moduleHash === undefined) return false;
  if (purpose === 'forced') return true;
  return withoutSafety !== true && unsettled({ catalog: draft.catalog, now: draft.context.now }) === undefined;
}

/** What has to go so that the safety snapshot has a slot: only what nobody can want any more. */
export function inTheWay(draft: Draft): string[] {
  if (!needsSafety(draft) || draft.run.listed < MAX_SNAPSHOTS_PER_CANISTER) return [];
  return draft.catalog
    .filter((entry) => entry.id !== draft.run.snapshot)
    .filter((entry) => entry.state === 'deleting' || (entry.safetyUntil ?? draft.context.now + 1n) <= draft.context.now)
    .map((entry) => entry.id);
}

/** No safety snapshot, so nothing is loaded; the message names the call that goes on without one. */
export function failUnsafe(draft: Draft, reason: string): void {
  const { target: canister, snapshot = '' } = draft.run;
  const call = `restore_without_safety ${snapshotArgument({ canister, snapshot })}`;
  draft.fail(failure('safety_failed', { canister, snapshot, call, reason }));
}

/** Records the safety snapshot in the step that learns of it. */
export function keepSafety(draft: Draft, taken: ListedSnapshot): void {
  const { run, context } = draft;
  draft.set({ safety: taken.id, safetyTakenAt: taken.takenAt });
  draft.record({
    ...taken,
    canister: run.target,
    runId: run.id,
    mode: run.mode,
    moduleHash: run.moduleHash,
    version: run.version,
    state: 'complete',
    good: false,
    safetyUntil: context.now + SAFETY_NANOS,
  });
}

/** Settles a safety snapshot: it goes with the next run that deletes. */
export function expire(draft: Draft, id: string | undefined): void {
  const entry = draft.catalog.find((candidate) => candidate.id === id);
  if (entry?.safetyUntil === undefined || entry.safetyUntil <= draft.context.now) return;
  draft.record({ ...entry, safetyUntil: draft.context.now });
}

/** A snapshot that was loaded has all its parts: an adopted one is as good as whoever adopted it said. */
export function prove(draft: Draft, id: string | undefined): void {
  const entry = draft.catalog.find((candidate) => candidate.id === id);
  if (entry?.state === 'complete' && isUnproven(entry) && isGoodOnceAccepted(entry)) draft.record(accepted(entry));
}
