/** Runs that somebody asks for: backups, and what restores have in common with them. */
import {
  type Asker,
  type CandidBackupReport,
  type ErrorValue,
  failure,
  mayOn,
  type Run,
  type RunOrder,
} from '@canister-backup/shared';
import type { Principal } from 'azle';
import { RIGHT_TO, refuseTarget, requireRightOn } from '../access.ts';
import { begin } from '../runs/driver.ts';
import { catalogOf } from '../store/canisters.ts';
import { openRunOf } from '../store/journal.ts';
import { defaultTarget } from '../store/meta.ts';
import { getTarget, targetCount, targetNames } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { bytesOf, viewSnapshot } from './views.ts';

/** Targets that a refusal names. */
const MAX_CANDIDATES = 20;

/** What is wished of a run beside its target. */
export type Wish = Pick<RunOrder, 'kind' | 'wanted' | 'purpose' | 'before' | 'withoutSafety'>;

export type Finished = { readonly Ok: Run } | { readonly Err: ErrorValue };

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
export async function run(canister: string, wish: Wish): Promise<Finished> {
  const asking = requireRightOn(RIGHT_TO[wish.kind], canister);
  if ('Err' in asking) return asking;
  const target = getTarget(canister)!;
  const open = openRunOf(canister);
  const refusal = refuseTarget(asking.Ok, canister) ?? (open && inProgress(open));
  if (refusal !== undefined) return { Err: refusal };
  const { mode, keep, afterRestore, probe } = target.policy;
  const askedBy = asking.Ok.principal;
  const finished = await begin({ ...wish, target: canister, mode, keep, askedBy, afterRestore, probe }).done;
  if (finished.phase !== 'closed') return { Err: finished.error ?? inProgress(finished) };
  if (finished.outcome === 'succeeded') return { Ok: finished };
  const error = finished.error ?? failure('interrupted', { canister, phase: 'closed', cause: 'nothing was recorded' });
  return { Err: { ...error, context: [...error.context, ['run_id', String(finished.id)]] } };
}

/** The only target, or the default one. */
export function chooseTarget(asking: Asker): { readonly Ok: string } | { readonly Err: ErrorValue } {
  const count = targetCount();
  if (count === 0) return { Err: failure('no_target', {}) };
  const chosen = defaultTarget() ?? (count === 1 ? targetNames()[0] : undefined);
  if (chosen !== undefined) return { Ok: chosen };
  const candidates = targetNames().filter((name) => mayOn(asking, 'view', name));
  return { Err: failure('ambiguous_target', { candidates: candidates.slice(0, MAX_CANDIDATES) }) };
}
