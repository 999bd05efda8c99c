/** What is known of a canister whether it is registered or not: our snapshots of it, and its last run that is over. */
import type { CatalogEntry } from '@canister-backup/shared';
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

/** Names of all canisters that something is known of, in order. */
export function canisterNames(): string[] {
  return canisters.keys();
}
