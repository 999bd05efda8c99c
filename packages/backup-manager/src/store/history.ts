/** The history: appended to in the execution that does what it tells, so that both are kept or both are undone. */
import { CHAIN_START, type ChainEntry, type ChainLink, certifiedRoot, chainHash } from '@canister-backup/shared';
import { certify } from '../platform/certified.ts';
import { now } from '../platform/ic.ts';
import { history } from './maps.ts';
import { historyCount, setHistoryCount } from './meta.ts';

/** Entries that are remembered; the oldest go first. */
const MAX_ENTRIES = 100_000n;

/** Writes down what was done, and certifies it. */
export function record(fields: Omit<ChainEntry, 'n' | 'at'>): void {
  const n = historyCount() + 1n;
  const entry: ChainEntry = { ...fields, n, at: now() };
  const previous = historyHead();
  const hash = chainHash(previous, entry);
  history.insert(n, { entry, previous, hash });
  setHistoryCount(n);
  if (n > MAX_ENTRIES) history.remove(n - MAX_ENTRIES);
  certify(certifiedRoot(hash));
}

/** Writes down that somebody changed what is known of a target, by the method that did it. */
export function recordChange(
  by: { readonly actor: string; readonly method: string },
  canister: string,
  snapshots: readonly string[],
): void {
  const details = snapshots.map((id): [string, string] => ['snapshot', id]);
  record({ kind: 'changed', actor: by.actor, cause: by.method, canister, details });
}

/** An entry, if it is still remembered. */
export function historyLink(n: bigint): ChainLink | undefined {
  return history.get(n);
}

/** The hash of the newest entry. */
export function historyHead(): Uint8Array {
  return history.get(historyCount())?.hash ?? CHAIN_START;
}
