/** Whether a backup is worth its downtime, and whether the target can pay for it. Both before anything is changed. */
import { failure } from '../errors/registry.ts';
import { BYTES_PER_GIB, SECONDS_PER_DAY, STORAGE_CYCLES_PER_GIB_SECOND, TAKE_CYCLES } from '../limits.ts';
import type { Draft } from './draft.ts';
import { isManual } from './prune.ts';
import type { CatalogEntry, StatusAnswer } from './types.ts';

/**
 * Ends a run by the timer, without a snapshot, if the target's version is the one it had after the start of the last
 * one. Every execution that may change a target, each heartbeat included, makes its version greater, so nothing that
 * anybody wrote is ever passed over; a version that is not known exactly is no reason to skip.
 */
export function skipUnchanged(draft: Draft): void {
  const { run } = draft;
  if (run.kind !== 'backup' || run.skipUnchanged !== true || isManual(run) || run.outcome !== undefined) return;
  const newest = newestOf(draft.catalog);
  if (newest === undefined || run.version === undefined || newest.versionAfter !== run.version) return;
  const asGood = newest.good || run.mode === 'running';
  if (!asGood || newest.doubt !== undefined || newest.moduleHash !== run.moduleHash) return;
  draft.set({ outcome: 'skipped', snapshot: newest.id, takenAt: newest.takenAt });
}

function newestOf(catalog: readonly CatalogEntry[]): CatalogEntry | undefined {
  return [...catalog]
    .filter((entry) => entry.state === 'complete' && entry.safetyUntil === undefined)
    .sort((a, b) => (a.takenAt > b.takenAt ? -1 : 1))[0];
}

/** Fails a backup that would leave the target fewer cycles than its policy wants. */
export function refusePoor(draft: Draft, status: StatusAnswer): void {
  const { run, catalog } = draft;
  const { cycles, burnPerDay, memory } = status;
  if (run.kind !== 'backup' || run.margin === undefined || cycles === undefined || burnPerDay === undefined) return;
  const size = newestOf(catalog)?.size ?? memory ?? 0n;
  const burn = burnPerDay + (size * STORAGE_CYCLES_PER_GIB_SECOND * SECONDS_PER_DAY) / BYTES_PER_GIB;
  const required = run.margin.cycles + BigInt(run.margin.days) * burn;
  const left = cycles - TAKE_CYCLES - size;
  if (left >= required) return;
  draft.fail(
    failure('short_runway', { canister: run.target, cycles, required, burn_per_day: burn, top_up: required - left }),
  );
}
