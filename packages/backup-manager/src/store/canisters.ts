/** What is known of a canister whether it is registered or not: our snapshots of it, and its last run that is over. */
import { aged, type CatalogEntry } from '@canister-backup/shared';
import { canisters } from './maps.ts';
import type { CanisterRecord } from './records.ts';

const NOTHING: CanisterRecord = { snapshots: [] };

function get(canister: string): CanisterRecord {
  return canisters.get(canister) ?? NOTHING;
}

/** Our snapshots of a canister, in the order they were recorded. */
export function catalogOf(canister: string): readonly CatalogEntry[] {
  return get(canister).snapshots;
}

/** Adds a snapshot, or changes what is known of it. */
export function recordSnapshot(entry: CatalogEntry): void {
  const known = get(entry.canister);
  const others = known.snapshots.filter((other) => other.id !== entry.id);
  canisters.insert(entry.canister, { ...known, snapshots: [...others, entry] });
}

export function forgetSnapshot(canister: string, id: string): void {
  const known = get(canister);
  canisters.insert(canister, { ...known, snapshots: known.snapshots.filter((entry) => entry.id !== id) });
}

export function lastRunOf(canister: string): bigint | undefined {
  return get(canister).lastRun;
}

export function setLastRun(canister: string, lastRun: bigint): void {
  canisters.insert(canister, { ...get(canister), lastRun });
}

/** What the last restore loaded and the version after it, if that is known exactly. */
export function restoredIn(canister: string): CanisterRecord['restored'] {
  return get(canister).restored;
}

export function setRestored(canister: string, restored: CanisterRecord['restored']): void {
  canisters.insert(canister, { ...get(canister), restored });
}

/** From when the pace of deletions counts; undefined if nothing ever went and no policy of it ever changed. */
export function pacedFrom(canister: string): bigint | undefined {
  return get(canister).pacedFrom;
}

export function setPacedFrom(canister: string, from: bigint): void {
  canisters.insert(canister, { ...get(canister), pacedFrom: from });
}

/** The policy that the snapshots of now were taken under ends: they go by its interval from now on (nanoseconds). */
export function endPolicy(canister: string, every: bigint, from: bigint): void {
  const known = get(canister);
  canisters.insert(canister, { ...known, snapshots: aged(known.snapshots, every), pacedFrom: from });
}

/** Names of all canisters that something is known of, in order. */
export function canisterNames(): string[] {
  return canisters.keys();
}
