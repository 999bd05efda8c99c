/** Backups and restores that somebody asks for. */
import {
  type Asker,
  bytesToHex,
  type CandidBackupReport,
  type CandidRestoreReport,
  decodeSnapshotId,
  type ErrorValue,
  failure,
  mayOn,
  NANOS_PER_SECOND,
  type Run,
  type RunOrder,
  readSnapshotId,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { refuseTarget, requireRight, requireRightAnywhere, requireRightOn } from '../access.ts';
import { now } from '../platform/ic.ts';
import { begin } from '../runs/driver.ts';
import { catalogOf } from '../store/canisters.ts';
import { openRunOf } from '../store/journal.ts';
import { defaultTarget } from '../store/meta.ts';
import { getTarget, targetCount, targetNames } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { bytesOf, viewHex, viewSnapshot } from './views.ts';

/** Targets that a refusal names. */
const MAX_CANDIDATES = 20;

type Finished = { readonly Ok: Run } | { readonly Err: ErrorValue };

export async function backup(principal: Principal): Promise<Answer<CandidBackupReport<Principal>>> {
  const finished = await run(principal.toText(), { kind: 'backup' });
  if ('Err' in finished) return refuse(finished.Err);
  const { id, target, snapshot, deleted, statusBefore } = finished.Ok;
  const entry = catalogOf(target).find((candidate) => candidate.id === snapshot);
  if (entry === undefined) throw new Error(`run ${id} succeeded without a snapshot in the catalog`);
  return ok({
    run_id: id,
    snapshot: viewSnapshot(entry),
    running: statusBefore === 'running',
    deleted: deleted.map(bytesOf),
  });
}

export async function restore(): Promise<Answer<CandidRestoreReport<Principal>>> {
  const asking = requireRightAnywhere('restore');
  if ('Err' in asking) return refuse(asking.Err);
  const target = chooseTarget(asking.Ok);
  if ('Err' in target) return refuse(target.Err);
  return reportRestore(await run(target.Ok, { kind: 'restore' }));
}

export async function restoreSnapshot(arg: {
  canister: Principal;
  snapshot_id: Uint8Array | number[];
}): Promise<Answer<CandidRestoreReport<Principal>>> {
  const canister = arg.canister.toText();
  const asking = requireRight('restore', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const id = readSnapshotId(Uint8Array.from(arg.snapshot_id));
  if ('Err' in id) return refuse(id.Err);
  const wanted = bytesToHex(id.Ok);
  if (decodeSnapshotId(id.Ok)?.canister !== canister) {
    return refuse(failure('snapshot_not_found', { canister, snapshot: wanted }));
  }
  return reportRestore(await run(canister, { kind: 'restore', wanted }));
}

/** The refusal for a target that has a run open. */
export function inProgress(open: Run): ErrorValue {
  return failure('run_in_progress', {
    canister: open.target,
    run: open.id,
    kind: open.kind,
    phase: open.phase,
    asked_by: open.askedBy,
    since: open.openedAt,
  });
}

/** Runs to the end, in the caller's own call context. */
async function run(canister: string, what: Pick<RunOrder, 'kind' | 'wanted'>): Promise<Finished> {
  const asking = requireRightOn(what.kind, canister);
  if ('Err' in asking) return asking;
  const target = getTarget(canister)!;
  const open = openRunOf(canister);
  const refusal = refuseTarget(asking.Ok, canister) ?? (open && inProgress(open));
  if (refusal !== undefined) return { Err: refusal };
  const { mode, keep } = target.policy;
  const finished = await begin({ ...what, target: canister, mode, keep, askedBy: asking.Ok.principal }).done;
  if (finished.phase !== 'closed') return { Err: finished.error ?? inProgress(finished) };
  if (finished.outcome === 'succeeded') return { Ok: finished };
  const error = finished.error ?? failure('interrupted', { canister, phase: 'closed', cause: 'nothing was recorded' });
  return { Err: { ...error, context: [...error.context, ['run_id', String(finished.id)]] } };
}

/** The only target, or the default one. */
function chooseTarget(asking: Asker): { readonly Ok: string } | { readonly Err: ErrorValue } {
  const count = targetCount();
  if (count === 0) return { Err: failure('no_target', {}) };
  const chosen = defaultTarget() ?? (count === 1 ? targetNames()[0] : undefined);
  if (chosen !== undefined) return { Ok: chosen };
  const candidates = targetNames().filter((name) => mayOn(asking, 'view', name));
  return { Err: failure('ambiguous_target', { candidates: candidates.slice(0, MAX_CANDIDATES) }) };
}

function reportRestore(finished: Finished): Answer<CandidRestoreReport<Principal>> {
  if ('Err' in finished) return refuse(finished.Err);
  const { id, target, snapshot, takenAt, moduleHash, statusAfter, startConfirmed } = finished.Ok;
  if (snapshot === undefined || takenAt === undefined) throw new Error(`run ${id} restored nothing`);
  const age = (now() - takenAt) / NANOS_PER_SECOND;
  const running = startConfirmed || statusAfter === 'running';
  return ok({
    run_id: id,
    canister: Principal.fromText(target),
    snapshot_id: bytesOf(snapshot),
    taken_at: takenAt,
    age_seconds: age,
    module_hash: viewHex(moduleHash),
    running,
    summary:
      `${target} ${running ? 'runs again' : 'is stopped, as it was before,'} with snapshot ${snapshot}, taken ${age} seconds ago, ` +
      `module hash ${moduleHash ?? 'unknown'}. What it was told since is gone. A load leaves the canister's global timer ` +
      'as it is now; if the code keeps timers of its own, see that they run.',
  });
}
