/** What people decide about snapshots in doubt. */
import {
  accepted,
  bytesToHex,
  type CandidSnapshot,
  type CatalogEntry,
  decodeSnapshotId,
  failure,
  isGoodOnceAccepted,
  isUnproven,
  marked,
  type Opt,
  readSnapshotId,
  readTime,
} from '@canister-backup/shared';
import type { Principal } from 'azle';
import { requireRight } from '../access.ts';
import { self } from '../platform/ic.ts';
import { catalogOf, recordSnapshot } from '../store/canisters.ts';
import { recordChange } from '../store/history.ts';
import { openRunOf } from '../store/journal.ts';
import { type Answer, ok, opt, refuse } from './results.ts';
import { inProgress } from './runs.ts';
import { newestFirst, viewSnapshot } from './views.ts';

export function accept(arg: {
  canister: Principal;
  snapshot_id: Uint8Array | number[];
}): Answer<CandidSnapshot<Principal>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const id = readSnapshotId(Uint8Array.from(arg.snapshot_id));
  if ('Err' in id) return refuse(id.Err);
  const snapshot = bytesToHex(id.Ok);
  const open = openRunOf(canister);
  if (open !== undefined) return refuse(inProgress(open));
  const entry = catalogOf(canister).find((candidate) => candidate.id === snapshot);
  const doubted = entry?.state === 'complete' && entry.doubt !== undefined;
  if (entry === undefined || !doubted || decodeSnapshotId(id.Ok)?.canister !== canister) {
    return refuse(failure('nothing_to_accept', { canister, snapshot }));
  }
  if (isUnproven(entry) && !isGoodOnceAccepted(entry)) {
    return refuse(failure('stop_unproven', { canister, snapshot, manager: self() }));
  }
  const changed = accepted(entry);
  recordSnapshot(changed);
  recordChange({ actor: asking.Ok.principal, method: 'accept' }, canister, [snapshot]);
  return ok(viewSnapshot(changed));
}

export function markSuspect(arg: {
  canister: Principal;
  since: bigint;
}): Answer<{ marked: CandidSnapshot<Principal>[]; newest_good: Opt<CandidSnapshot<Principal>> }> {
  const canister = arg.canister.toText();
  const asking = requireRight('restore', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const since = readTime('since', arg.since);
  if ('Err' in since) return refuse(since.Err);
  const open = openRunOf(canister);
  if (open !== undefined) return refuse(inProgress(open));
  const reason = failure('marked_suspect', { canister, by: asking.Ok.principal, since: arg.since });
  const hit = catalogOf(canister)
    .filter((entry) => isMarkable(entry) && entry.takenAt >= arg.since)
    .map((entry) => ({ entry, after: marked(entry, reason) }))
    .filter(({ entry, after }) => JSON.stringify(entry.doubt) !== JSON.stringify(after.doubt))
    .map(({ after }) => after);
  for (const entry of hit) recordSnapshot(entry);
  const ids = hit.map(({ id }) => id);
  if (ids.length > 0) recordChange({ actor: asking.Ok.principal, method: 'mark_suspect' }, canister, ids);
  const good = newestFirst(catalogOf(canister)).find((entry) => entry.good);
  return ok({ marked: newestFirst(hit).map(viewSnapshot), newest_good: opt(good && viewSnapshot(good)) });
}

/** A safety snapshot is what it is: the state before a restore, which somebody may want back because it was bad. */
function isMarkable({ state, safetyUntil }: CatalogEntry): boolean {
  return state === 'complete' && safetyUntil === undefined;
}
