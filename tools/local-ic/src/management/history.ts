import { MAX_HISTORY_ENTRIES } from '../limits.ts';
import type { CanisterState, HistoryDetails, HistoryEntry } from '../state/types.ts';
import type { Opt } from './idl.ts';
import type { ManagementContext } from './types.ts';

export type ChangeOrigin = HistoryEntry['origin'];

/** Who makes a change; `version` is the `sender_canister_version` that a calling canister gave. */
export function changeOrigin(context: ManagementContext, version: Opt<bigint>): ChangeOrigin {
  if (!context.senderIsCanister) return { kind: 'user', user: context.sender };
  return { kind: 'canister', canister: context.sender, version: version[0] ?? null };
}

/** Records a change with the canister's version as it is now; the oldest of more than 20 entries is dropped. */
export function addHistory(
  canister: CanisterState,
  change: { readonly time: bigint; readonly origin: ChangeOrigin; readonly details: HistoryDetails },
): void {
  const entry: HistoryEntry = {
    timestamp: change.time,
    canisterVersion: canister.version,
    origin: change.origin,
    details: change.details,
  };
  canister.history = [...canister.history, entry].slice(-MAX_HISTORY_ENTRIES);
  canister.historyTotal += 1n;
}
