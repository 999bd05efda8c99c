/** What people decide about snapshots: which are pinned, which become ours, which go, and what retention would do. */
import {
  afterChange,
  aged,
  bytesToHex,
  type CandidPlanned,
  type CandidPolicy,
  type CandidSnapshot,
  type CatalogEntry,
  decodeSnapshotId,
  deletionsNow,
  type ErrorValue,
  explainReject,
  failure,
  intervalFrom,
  keepsAlike,
  type ListedSnapshot,
  MAX_LABEL,
  MAX_PINS,
  MAX_SNAPSHOTS_PER_CANISTER,
  mayPin,
  type Policy,
  problemOfText,
  type Result,
  readPolicy,
  readSnapshotId,
  shownText,
} from '@canister-backup/shared';
import type { Principal } from 'azle';
import { requireRight, requireRightOn } from '../access.ts';
import { list, rejectOf } from '../gateway/management.ts';
import { now, self } from '../platform/ic.ts';
import { callsOf, within } from '../runs/budget.ts';
import { catalogOf, pacedFrom, recordSnapshot } from '../store/canisters.ts';
import { record } from '../store/history.ts';
import { openRunOf } from '../store/journal.ts';
import { getTarget, type TargetRecord } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { inProgress, run } from './runs.ts';
import { bytesOf, newestFirst, viewSnapshot } from './views.ts';

interface SnapshotArg {
  canister: Principal;
  snapshot_id: Uint8Array | number[];
}

export function pin(arg: SnapshotArg & { label: string }): Answer<CandidSnapshot<Principal>> {
  const found = pinnable(arg);
  if ('Err' in found) return refuse(found.Err);
  const { entry, actor } = found.Ok;
  const { canister } = entry;
  const label = arg.label.trim();
  const expected = problemOfText(label, MAX_LABEL);
  if (expected !== undefined) {
    return refuse(failure('invalid_argument', { field: 'label', value: shownText(label, MAX_LABEL), expected }));
  }
  const others = catalogOf(canister).filter((other) => other.pin !== undefined && other.id !== entry.id);
  if (!mayPin(others.length)) return refuse(failure('too_many_pins', { canister, limit: MAX_PINS }));
  return entry.pin === label ? ok(viewSnapshot(entry)) : changePin({ ...entry, pin: label }, actor);
}

export function unpin(arg: SnapshotArg): Answer<CandidSnapshot<Principal>> {
  const found = pinnable(arg);
  if ('Err' in found) return refuse(found.Err);
  const { pin, ...entry } = found.Ok.entry;
  if (pin === undefined) return ok(viewSnapshot(entry));
  return changePin(entry, found.Ok.actor);
}

export async function adopt(arg: {
  canister: Principal;
  snapshot_ids: (Uint8Array | number[])[];
  good: [] | [boolean];
}): Promise<Answer<{ run_id: bigint; snapshots: CandidSnapshot<Principal>[] }>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const ids: string[] = [];
  for (const bytes of arg.snapshot_ids) {
    const id = idOf(bytes);
    if ('Err' in id) return refuse(id.Err);
    ids.push(id.Ok);
  }
  if (ids.length === 0 || ids.length > MAX_SNAPSHOTS_PER_CANISTER) {
    const expected = `1 to ${MAX_SNAPSHOTS_PER_CANISTER} ids`;
    return refuse(failure('invalid_argument', { field: 'snapshot_ids', value: String(ids.length), expected }));
  }
  const finished = await run(canister, { kind: 'adopt', adopts: { ids, good: arg.good[0] === true } });
  if ('Err' in finished) return refuse(finished.Err);
  const snapshots = newestFirst(catalogOf(canister)).filter((entry) => ids.includes(entry.id));
  return ok({ run_id: finished.Ok.id, snapshots: snapshots.map(viewSnapshot) });
}

export async function deleteSnapshot(arg: SnapshotArg): Promise<Answer<{ run_id: bigint }>> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const id = idOf(arg.snapshot_id);
  if ('Err' in id) return refuse(id.Err);
  if (decodeSnapshotId(bytesOf(id.Ok))?.canister !== canister) {
    return refuse(failure('snapshot_not_found', { canister, snapshot: id.Ok }));
  }
  const finished = await run(canister, { kind: 'delete', wanted: id.Ok });
  return 'Err' in finished ? refuse(finished.Err) : ok({ run_id: finished.Ok.id });
}

/** What the next run by the timer would let go and why, under the target's policy or another. Changes nothing. */
export async function planRetention(arg: {
  canister: Principal;
  policy: [] | [CandidPolicy];
}): Promise<Answer<{ items: CandidPlanned[]; note: string }>> {
  const canister = arg.canister.toText();
  const asking = requireRightOn('view', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const policy: Result<Policy> =
    arg.policy[0] === undefined ? { Ok: getTarget(canister)!.policy } : readPolicy(arg.policy[0]);
  if ('Err' in policy) return refuse(policy.Err);
  const asked = await within(callsOf(asking.Ok, canister), () => listOf(canister));
  const listed = 'Err' in asked ? asked : asked.Ok;
  return 'Err' in listed ? refuse(listed.Err) : ok(viewPlan(canister, policy.Ok, listed.Ok));
}

function viewPlan(canister: string, policy: Policy, listed: readonly ListedSnapshot[]) {
  const there = new Map(listed.map((snapshot) => [snapshot.id, snapshot]));
  const { ours, from, every } = underPolicy(getTarget(canister)!, policy);
  const known = new Set(ours.filter(({ id }) => there.has(id)).map(({ id }) => id));
  const foreign = listed.filter(({ id }) => !known.has(id));
  const present = ours.filter(({ id }) => known.has(id));
  const { keep, retention: rules } = policy;
  const allowance = { now: now(), manual: false, paced: true, from, every };
  const { decisions, ids } = deletionsNow(present, { keep, rules, foreign: foreign.length }, allowance);
  const items = [
    ...decisions.map((decision) => ({ ...decision, now: ids.includes(decision.id) })),
    ...foreign.map(({ id }) => ({ id, keep: true, reason: 'foreign', now: false })),
  ].map(({ id, ...item }) => ({ snapshot_id: bytesOf(id), taken_at: there.get(id)!.takenAt, ...item }));
  const paced = decisions.filter(({ reason }) => reason === 'paced').length;
  const note =
    `${decisions.filter((decision) => !decision.keep).length} of ${present.length} snapshots of ours of ${canister} go, and ` +
    `${paced} would if they were not paced: what was taken under an older policy goes one by one, each no sooner than an ` +
    'interval of that policy after the one before. Those with now go with the next backup by the timer, which may let go ' +
    'one more for the snapshot that it takes. delete_snapshot deletes one at once.';
  return { items, note };
}

/** Our snapshots, and the pace, as they would be after a set_policy. */
function underPolicy({ canister, policy: before, schedule }: TargetRecord, policy: Policy) {
  const ours = catalogOf(canister);
  const from = pacedFrom(canister);
  const interval = intervalFrom(before.schedule, schedule.next);
  if (keepsAlike(before, policy)) return { ours, from, every: interval };
  const every = intervalFrom(policy.schedule, now());
  return { ours: aged(ours, interval), from: afterChange(from, { schedule: before.schedule, state: schedule }), every };
}

async function listOf(canister: string): Promise<Result<ListedSnapshot[]>> {
  try {
    return { Ok: await list(canister) };
  } catch (error) {
    const reject = rejectOf(error);
    if (reject === undefined) throw error;
    return { Err: explainReject('list', reject, { canister, manager: self() }) };
  }
}

/** A complete snapshot of ours that nothing is being done with, and who asks. */
function pinnable(arg: SnapshotArg): Result<{ readonly entry: CatalogEntry; readonly actor: string }> {
  const canister = arg.canister.toText();
  const asking = requireRight('administer', canister);
  if ('Err' in asking) return asking;
  const id = idOf(arg.snapshot_id);
  if ('Err' in id) return id;
  const open = openRunOf(canister);
  if (open !== undefined) return { Err: inProgress(open) };
  const entry = catalogOf(canister).find((candidate) => candidate.id === id.Ok);
  if (entry?.state !== 'complete') return { Err: failure('snapshot_not_ours', { canister, snapshot: id.Ok }) };
  return { Ok: { entry, actor: asking.Ok.principal } };
}

function changePin(entry: CatalogEntry, actor: string): Answer<CandidSnapshot<Principal>> {
  recordSnapshot(entry);
  const details: [string, string][] = [['snapshot', entry.id]];
  if (entry.pin !== undefined) details.push(['label', entry.pin]);
  const kind = entry.pin === undefined ? 'unpinned' : 'pinned';
  const cause = entry.pin === undefined ? 'unpin' : 'pin';
  record({ kind, actor, cause, canister: entry.canister, details });
  return ok(viewSnapshot(entry));
}

function idOf(bytes: Uint8Array | number[]): { readonly Ok: string } | { readonly Err: ErrorValue } {
  const id = readSnapshotId(Uint8Array.from(bytes));
  return 'Err' in id ? id : { Ok: bytesToHex(id.Ok) };
}
