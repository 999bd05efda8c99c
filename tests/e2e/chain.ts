import type { CandidHistoryEntry, ChainLink } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';

/** An entry of a page of the history, as `chainProblem` checks it. */
export function linkOf(item: CandidHistoryEntry<Principal>): ChainLink {
  const { number, at, kind, actor, cause, canister, run_id, details, hash, previous } = item;
  return {
    entry: {
      n: number,
      at,
      kind: kind as ChainLink['entry']['kind'],
      actor,
      cause,
      canister: canister[0]?.toText(),
      run: run_id[0],
      details,
    },
    hash: Uint8Array.from(hash),
    previous: Uint8Array.from(previous),
  };
}
