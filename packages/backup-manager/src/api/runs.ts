/** Runs that somebody asks for: backups, and what restores have in common with them. */
import {
  type Asker,
  type CandidBackupReport,
  type ErrorValue,
  failure,
  givesUpAt,
  isCancellable,
  MANUAL_SPACING_NANOS,
  mayOn,
  NANOS_PER_SECOND,
  type Run,
  type RunOrder,
} from '@canister-backup/shared';
import type { Principal } from 'azle';
import { notAllowed, RIGHT_TO, refuseTarget, requireRightOn } from '../access.ts';
import { now, self } from '../platform/ic.ts';
import { refuseBegin } from '../runs/budget.ts';
import { begin } from '../runs/driver.ts';
import { orderFor } from '../runs/orders.ts';
import { proxiedCall } from '../runs/proxied.ts';
import { catalogOf } from '../store/canisters.ts';
import { openRunOf } from '../store/journal.ts';
import { defaultTarget } from '../store/meta.ts';
import { getTarget, type TargetRecord, targetCount, targetNames } from '../store/targets.ts';
import { type Answer, ok, refuse } from './results.ts';
import { bytesOf, viewDowntime, viewSnapshot } from './views.ts';

/** Targets that a refusal names. */
const MAX_CANDIDATES = 20;

/** What is wished of a run beside its target. */
export type Wish = Pick<RunOrder, 'kind' | 'wanted' | 'purpose' | 'before' | 'withoutSafety' | 'adopts'>;

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
    downtime: viewDowntime(finished.Ok),
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
    until: givesUpAt(open),
    manager: self(),
    cancellable: isCancellable(open),
  });
}

/** The refusal for a target that something of ours is at: a run, or a call that somebody sent through `proxy`. */
export function refuseBusy(canister: string): ErrorValue | undefined {
  const run = openRunOf(canister);
  if (run !== undefined) return inProgress(run);
  const call = proxiedCall(canister);
  return (
    call &&
    failure('proxied_in_flight', { canister, method: call.name, by: call.by, since: call.since, until: call.until })
  );
}

/** Whoever holds a target keeps everybody's runs away, until it is over or ended. */
export function refuseHeld({ canister, held }: TargetRecord): ErrorValue | undefined {
  return held !== undefined && held.until > now() ? failure('target_held', { canister, ...held }) : undefined;
}

/** Why no run of a target may begin now that somebody asks for. */
export function refuseRun(asking: Asker, target: TargetRecord): ErrorValue | undefined {
  return refuseTarget(asking, target.canister) ?? refuseBusy(target.canister) ?? refuseHeld(target);
}

/** Backups by hand keep their distance, counted from the last one that took a snapshot. */
function refuseSoon({ canister, manualAt }: TargetRecord): ErrorValue | undefined {
  const left = manualAt === undefined ? 0n : manualAt + MANUAL_SPACING_NANOS - now();
  if (left <= 0n) return undefined;
  return failure('backup_too_soon', { canister, seconds: (left + NANOS_PER_SECOND - 1n) / NANOS_PER_SECOND });
}

/** Runs to the end, in the caller's own call context. */
export async function run(canister: string, wish: Wish): Promise<Finished> {
  const asking = requireRightOn(RIGHT_TO[wish.kind], canister);
  if ('Err' in asking) return asking;
  const target = getTarget(canister)!;
  const refusal =
    refuseRun(asking.Ok, target) ?? (wish.kind === 'backup' ? refuseSoon(target) : undefined) ?? (await refuseBegin());
  if (refusal !== undefined) return { Err: refusal };
  const askedBy = asking.Ok.principal;
  const finished = await begin({ ...orderFor(target, now()), ...wish, askedBy }).done;
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
  // Who may not view the default target is not told which it is.
  if (chosen !== undefined && !mayOn(asking, 'view', chosen)) return { Err: notAllowed(asking, 'restore') };
  if (chosen !== undefined) return { Ok: chosen };
  const candidates = targetNames().filter((name) => mayOn(asking, 'view', name));
  return { Err: failure('ambiguous_target', { candidates: candidates.slice(0, MAX_CANDIDATES) }) };
}
