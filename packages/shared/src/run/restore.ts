/**
 * What a restore picks, and what it keeps of the state before. Invariants:
 * - nothing is loaded before the safety snapshot is answered for, unless the target is what the last restore loaded and an
 *   earlier way back is there, the caller asked for none, or there is no state to keep;
 * - a safety snapshot is never picked unless it is named or undone to, and never deleted while it is not settled.
 */
import { commandPair, snapshotArgument } from '../errors/commands.ts';
import { type ErrorValue, failure } from '../errors/registry.ts';
import { SAFETY_NANOS } from '../limits.ts';
import { type SafetyClaim, safetyClaim, slotFree } from '../policy/slots.ts';
import { accepted, isGoodOnceAccepted, isUnloadable, isUnproven, unloadable } from '../policy/tripwire.ts';
import type { Draft } from './draft.ts';
import type { CatalogEntry, ListedSnapshot, RunContext } from './types.ts';

/** Older snapshots that a refusal names. */
const MAX_NAMED = 5;

/** Whether a snapshot is a safety snapshot that nobody has settled and whose time is not over. */
export function isUnsettled(entry: CatalogEntry, now: bigint): boolean {
  return entry.safetyUntil !== undefined && entry.safetyUntil > now && entry.state === 'complete';
}

/** The safety snapshots that an undo can go back to, oldest first. */
export function waysBack({ catalog, now }: Pick<RunContext, 'catalog' | 'now'>): CatalogEntry[] {
  return catalog.filter((entry) => isUnsettled(entry, now)).sort(oldestFirst);
}

/** The one that an undo goes back to if none is named: the state before the first restore that is not settled. */
export function unsettled(context: Pick<RunContext, 'catalog' | 'now'>): CatalogEntry | undefined {
  return waysBack(context)[0];
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
  if (purpose === 'undo' && wanted !== undefined && refuseNoWayBack(draft, wanted)) return;
  const snapshot = listed.find((candidate) => candidate.id === id);
  if (snapshot !== undefined) draft.set({ snapshot: snapshot.id, takenAt: snapshot.takenAt });
  else if (id !== undefined) draft.fail(failure('snapshot_not_found', { canister, snapshot: id }));
  else if (purpose === 'undo') draft.fail(failure('nothing_to_undo', { canister }));
  else if (before === undefined) failWithoutGood(draft, listed);
  else draft.fail(failure('no_snapshot_before', { canister, time: before, snapshots: listed.length }));
}

function refuseNoWayBack(draft: Draft, snapshot: string): boolean {
  const ways = waysBack({ catalog: draft.catalog, now: draft.context.now }).map(({ id }) => id);
  if (ways.includes(snapshot)) return false;
  draft.fail(failure('no_way_back', { canister: draft.run.target, snapshot, ways }));
  return true;
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

/** What this run has to do about the state before, as far as it has come. */
export function claimOf(draft: Draft): SafetyClaim {
  const { kind, purpose, withoutSafety, moduleHash, safety } = draft.run;
  if (kind !== 'restore' || purpose === 'undo' || safety !== undefined) return 'none';
  const claim = safetyClaim({
    empty: moduleHash === undefined,
    unchanged: isAsRestored(draft, draft.run.version),
    safeties: waysBack({ catalog: draft.catalog, now: draft.context.now }).length,
  });
  // Taking it is how the code of a target that never stops is taken away.
  if (purpose === 'forced') return claim === 'keep' ? 'take' : claim;
  return withoutSafety === true ? 'none' : claim;
}

/** Whether this run takes a safety snapshot, as far as it has come. */
export function needsSafety(draft: Draft): boolean {
  return claimOf(draft) === 'take';
}

/** Whether a version is the one that the last restore left, and what that loaded is there and stays. */
export function isAsRestored({ run, catalog, context }: Draft, version: bigint | undefined): boolean {
  const { restored, now } = context;
  if (restored === undefined || restored.version !== version) return false;
  const entry = catalog.find(({ id }) => id === restored.snapshot);
  if (entry === undefined) return run.present?.includes(restored.snapshot) === true;
  return entry.state === 'complete' && (entry.safetyUntil === undefined || isUnsettled(entry, now));
}

/** What has to go so that the safety snapshot has a slot: only what nobody can want any more. */
export function inTheWay(draft: Draft): string[] {
  if (!needsSafety(draft) || slotFree(draft.run.listed)) return [];
  return draft.catalog
    .filter((entry) => entry.id !== draft.run.snapshot && entry.pin === undefined)
    .filter((entry) => entry.state === 'deleting' || (entry.safetyUntil ?? draft.context.now + 1n) <= draft.context.now)
    .map((entry) => entry.id);
}

/** No safety snapshot, so nothing is loaded; the message names the call that goes on without one. */
export function failUnsafe(draft: Draft, reason: string): void {
  const { target: canister, snapshot = '' } = draft.run;
  const call = `restore_without_safety ${snapshotArgument({ canister, snapshot })}`;
  draft.fail(failure('safety_failed', { canister, snapshot, call, reason }));
}

/** Every slot for safety snapshots is taken by one that is not settled. */
export function failUnsettled(draft: Draft): void {
  const { target: canister, manager } = draft.run;
  const ways = waysBack({ catalog: draft.catalog, now: draft.context.now }).map(({ id }) => id);
  const settle = commandPair(`canister call ${manager} settle '(principal "${canister}")'`);
  failUnsafe(
    draft,
    `${ways.length} safety snapshots are not settled (${ways.join(', ')}), which is the most. To give the oldest up, as an ` +
      `admin: ${settle}; to go back to it: undo_restore.`,
  );
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

/**
 * A snapshot that was loaded has all its parts: an adopted one is as good as whoever adopted it said, and one that could not
 * be loaded before is what it was then.
 */
export function prove(draft: Draft, id: string | undefined): void {
  const entry = draft.catalog.find((candidate) => candidate.id === id);
  if (entry?.state !== 'complete') return;
  if (isUnloadable(entry) || (isUnproven(entry) && isGoodOnceAccepted(entry))) draft.record(accepted(entry));
}

/** A snapshot that the IC refused to load for what is in it: `restore` passes over it from now on. */
export function doubtLoad(draft: Draft, reason: ErrorValue): void {
  const entry = draft.catalog.find((candidate) => candidate.id === draft.run.snapshot);
  if (entry?.state !== 'complete' || entry.safetyUntil !== undefined) return;
  draft.record(unloadable(entry, reason));
}

/** The good snapshot that a restore without an argument would pick instead of the one of this run. */
export function nextGood({ catalog, run }: Draft): string | undefined {
  return goodSnapshots(catalog).find(({ id }) => id !== run.snapshot)?.id;
}
