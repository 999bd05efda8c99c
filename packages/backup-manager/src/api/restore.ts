/** Restores that somebody asks for, and what can be known of one before it. */
import {
  bytesToHex,
  type CandidRestorePlan,
  type CandidRestoreReport,
  type CandidSettled,
  type CatalogEntry,
  decodeSnapshotId,
  type ErrorValue,
  failure,
  NANOS_PER_SECOND,
  type Purpose,
  type Run,
  readSnapshotId,
  readTime,
  waysBack,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRight, requireRightAnywhere, requireRightOn } from '../access.ts';
import { now } from '../platform/ic.ts';
import { catalogOf, recordSnapshot } from '../store/canisters.ts';
import { recordChange } from '../store/history.ts';
import { openRunOf } from '../store/journal.ts';
import { takeOver } from './cancel.ts';
import { planOf } from './plan.ts';
import { type Answer, candidError, ok, opt, refuse } from './results.ts';
import { chooseTarget, type Finished, inProgress, run, type Wish } from './runs.ts';
import { bytesOf, viewDowntime, viewHex, viewSnapshot } from './views.ts';

type Reported = Promise<Answer<CandidRestoreReport<Principal>>>;
type Bytes = Uint8Array | number[];

interface SnapshotArg {
  readonly canister: Principal;
  readonly snapshot_id: Bytes;
}

export async function restore(): Reported {
  const target = admitDefault();
  return 'Err' in target ? refuse(target.Err) : report(await run(target.Ok, { kind: 'restore' }));
}

export async function restoreSnapshot(arg: SnapshotArg): Reported {
  return restoreNamed(arg, { kind: 'restore' });
}

export async function restoreWithoutSafety(arg: SnapshotArg): Reported {
  return restoreNamed(arg, { kind: 'restore', withoutSafety: true });
}

export async function restoreBefore({ canister, time }: { canister: Principal; time: bigint }): Reported {
  const asking = requireRight('restore', canister.toText());
  if ('Err' in asking) return refuse(asking.Err);
  const before = readTime('time', time);
  if ('Err' in before) return refuse(before.Err);
  return report(await run(canister.toText(), { kind: 'restore', before: time }));
}

export async function restoreForced(arg: { canister: Principal; snapshot_id: [] | [Bytes] }): Reported {
  const { canister } = arg;
  const target = canister.toText();
  const forced: Wish = { kind: 'restore', purpose: 'forced' };
  const wanted = arg.snapshot_id[0] === undefined ? undefined : readWanted(target, arg.snapshot_id[0]);
  // One that names no snapshot of the target ends no run: it is refused below.
  const refusal = wanted !== undefined && 'Err' in wanted ? undefined : await takeOver(target);
  if (refusal !== undefined) return refuse(refusal);
  if (arg.snapshot_id[0] === undefined) return report(await run(target, forced));
  return restoreNamed({ canister, snapshot_id: arg.snapshot_id[0] }, forced);
}

export async function undoRestore(canister: Principal): Reported {
  return report(await run(canister.toText(), { kind: 'restore', purpose: 'undo' }));
}

/** Back to one of several ways back that are not settled. */
export async function undoRestoreTo(arg: SnapshotArg): Reported {
  return restoreNamed(arg, { kind: 'restore', purpose: 'undo' });
}

/** The oldest way back is not needed any more: the next run that deletes takes its safety snapshot with it. */
export function settle(principal: Principal): Answer<CandidSettled<Principal>> {
  const canister = principal.toText();
  // Who may only restore could lose the present with it: restore an old snapshot, settle, and let the next backup delete.
  const asking = requireRightOn('administer', canister);
  if ('Err' in asking) return refuse(asking.Err);
  const open = openRunOf(canister);
  if (open !== undefined) return refuse(inProgress(open));
  const [found] = waysOf(canister);
  if (found === undefined) return refuse(failure('nothing_to_settle', { canister }));
  recordSnapshot({ ...found, safetyUntil: now() });
  recordChange({ actor: asking.Ok.principal, method: 'settle' }, canister, [found.id]);
  const left = waysOf(canister);
  const rest =
    left.length === 0
      ? 'No other way back is left'
      : `undo_restore goes back to ${left[0]!.id} now, which settle gives up if it is called again`;
  const note =
    `Safety snapshot ${found.id} of ${canister} is settled: undo_restore does not go back to it any more, and the next ` +
    `backup deletes it. ${rest}.`;
  return ok({ canister: principal, snapshot_id: bytesOf(found.id), note, ways_back: [left.map(viewSnapshot)] });
}

export async function planRestore(arg: {
  canister: [] | [Principal];
  snapshot_id: [] | [Bytes];
  time: [] | [bigint];
}): Promise<Answer<CandidRestorePlan<Principal>>> {
  const target = arg.canister[0] === undefined ? admitDefault() : { Ok: arg.canister[0].toText() };
  if ('Err' in target) return refuse(target.Err);
  const asking = requireRightOn('restore', target.Ok);
  if ('Err' in asking) return refuse(asking.Err);
  if (arg.snapshot_id[0] === undefined) {
    const before = readTime('time', arg.time[0] ?? 0n);
    if ('Err' in before) return refuse(before.Err);
    return planOf(target.Ok, { kind: 'restore', before: arg.time[0] }, asking.Ok);
  }
  const wanted = readWanted(target.Ok, arg.snapshot_id[0]);
  if ('Err' in wanted) return refuse(wanted.Err);
  return planOf(target.Ok, { kind: 'restore', wanted: wanted.Ok }, asking.Ok);
}

/** The target that is meant when none is named, for who may restore any. */
function admitDefault(): { readonly Ok: string } | { readonly Err: ErrorValue } {
  const asking = requireRightAnywhere('restore');
  return 'Err' in asking ? asking : chooseTarget(asking.Ok);
}

async function restoreNamed({ canister, snapshot_id }: SnapshotArg, wish: Wish): Reported {
  const target = canister.toText();
  const asking = requireRight('restore', target);
  if ('Err' in asking) return refuse(asking.Err);
  const wanted = readWanted(target, snapshot_id);
  return 'Err' in wanted ? refuse(wanted.Err) : report(await run(target, { ...wish, wanted: wanted.Ok }));
}

function readWanted(canister: string, bytes: Bytes): { readonly Ok: string } | { readonly Err: ErrorValue } {
  const id = readSnapshotId(Uint8Array.from(bytes));
  if ('Err' in id) return id;
  const wanted = bytesToHex(id.Ok);
  if (decodeSnapshotId(id.Ok)?.canister === canister) return { Ok: wanted };
  return { Err: failure('snapshot_not_found', { canister, snapshot: wanted }) };
}

function report(finished: Finished): Answer<CandidRestoreReport<Principal>> {
  if ('Err' in finished) return refuse(finished.Err);
  const done = finished.Ok;
  const { id, target, snapshot, takenAt, moduleHash, statusAfter, startConfirmed, warnings } = done;
  if (snapshot === undefined || takenAt === undefined) throw new Error(`run ${id} restored nothing`);
  const age = (now() - takenAt) / NANOS_PER_SECOND;
  const running = startConfirmed || statusAfter === 'running';
  const lost = lostBy(done);
  return ok({
    run_id: id,
    canister: Principal.fromText(target),
    snapshot_id: bytesOf(snapshot),
    taken_at: takenAt,
    age_seconds: age,
    module_hash: viewHex(moduleHash),
    running,
    summary:
      `${target} ${running ? 'runs again' : 'is stopped, as it was before,'} with snapshot ${snapshot}, taken ${age} ` +
      `seconds ago, module hash ${moduleHash ?? 'unknown'}. ${lost}${warnings.map(({ message }) => ` ${message}`).join('')}`,
    safety_snapshot: viewHex(waysOf(target)[0]?.id),
    lost: opt(lost),
    downtime: viewDowntime(done),
    warnings: [warnings.map(candidError)],
    ways_back: [waysOf(target).map(viewSnapshot)],
  });
}

/** The safety snapshots that an undo can go back to now, oldest first. */
function waysOf(canister: string): CatalogEntry[] {
  return waysBack({ catalog: catalogOf(canister), now: now() });
}

const LOST: Record<Purpose | 'first' | 'unsafe', string> = {
  undo: 'What it was told since the restore that is undone is lost; that restore can be done again.',
  forced: 'Its open calls were dropped.',
  first: 'undo_restore goes back to the state just before, for seven days or until settle.',
  unsafe: 'Nothing was kept of the state before.',
};

function lostBy(done: Run): string {
  if (done.purpose === 'undo') return LOST.undo;
  const gone = `What it was told since the snapshot is gone. ${wayBackIn(done)}`;
  return done.purpose === 'forced' ? `${gone} ${LOST.forced}` : gone;
}

function wayBackIn({ target, safety }: Run): string {
  const [first] = waysOf(target);
  if (first === undefined) return LOST.unsafe;
  if (first.id === safety) return LOST.first;
  const before = `undo_restore goes back to the state before the first restore that is not settled, ${first.id}`;
  if (safety === undefined)
    return `Nothing had changed since the last restore, so no safety snapshot was taken; ${before}.`;
  return `${before}; undo_restore_to goes back to the state just before this one, ${safety}.`;
}
