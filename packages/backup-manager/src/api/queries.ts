/** What there is to see. */
import {
  type CandidPage,
  type CandidRun,
  type CandidSnapshot,
  type CandidStatus,
  type CandidTarget,
  type ErrorValue,
  readLimit,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireController } from '../access.ts';
import { cycleBalance, now } from '../platform/ic.ts';
import { nextDue } from '../runs/schedule.ts';
import { canisterNames, catalogOf, lastRunOf } from '../store/canisters.ts';
import { closedRun, openRunList, openRunOf, previousRun } from '../store/journal.ts';
import { LAYOUT_VERSION } from '../store/memory-ids.ts';
import { runCount } from '../store/meta.ts';
import { getTarget, targetCount, targetNames } from '../store/targets.ts';
import { type Answer, ok, opt, refuse } from './results.ts';
import { newestFirst, viewRun, viewSnapshot, viewTarget } from './views.ts';

/** Of this build; the same as in package.json. */
const VERSION = '0.1.0';

type Opt<T> = [] | [T];
type TargetsArg = Opt<{ after: Opt<Principal>; limit: Opt<number> }>;
type SnapshotsArg = Opt<{ canister: Opt<Principal>; after: Opt<Principal>; limit: Opt<number> }>;
type RunsArg = Opt<{ canister: Opt<Principal>; before: Opt<bigint>; limit: Opt<number> }>;

export function targets([arg]: TargetsArg): Answer<CandidPage<CandidTarget<Principal>, Principal>> {
  const limit = admit(arg);
  if ('Err' in limit) return refuse(limit.Err);
  const { names, next } = page(targetNames(), arg?.after[0], limit.Ok);
  const items = names.map((name) => viewTarget(getTarget(name)!));
  return ok({ items, total: BigInt(targetCount()), next });
}

export function snapshots([arg]: SnapshotsArg): Answer<CandidPage<CandidSnapshot<Principal>, Principal>> {
  const limit = admit(arg);
  if ('Err' in limit) return refuse(limit.Err);
  const all = arg?.canister[0] === undefined ? canisterNames() : [arg.canister[0].toText()];
  const { names, next } = page(all, arg?.after[0], limit.Ok);
  const items = names.flatMap((name) => newestFirst(catalogOf(name)).map(viewSnapshot));
  return ok({ items, total: BigInt(countSnapshots(all)), next });
}

export function runs([arg]: RunsArg): Answer<CandidPage<CandidRun<Principal>, bigint>> {
  const limit = admit(arg);
  if ('Err' in limit) return refuse(limit.Err);
  const before = arg?.before[0];
  const found = arg?.canister[0] === undefined ? allRuns(before) : runsOf(arg.canister[0].toText(), before);
  const items: CandidRun<Principal>[] = [];
  for (const run of found) {
    if (items.length === limit.Ok) return ok({ items, total: runCount(), next: opt(items.at(-1)?.run_id) });
    items.push(viewRun(run));
  }
  return ok({ items, total: runCount(), next: [] });
}

export function status(): Answer<CandidStatus<Principal>> {
  const limit = admit(undefined);
  if ('Err' in limit) return refuse(limit.Err);
  const next = nextDue();
  return ok({
    version: VERSION,
    layout_version: LAYOUT_VERSION,
    now: now(),
    cycles: cycleBalance(),
    targets: targetCount(),
    snapshots: countSnapshots(canisterNames()),
    runs: runCount(),
    open_runs: openRunList().map(viewRun),
    next_run: opt(next && { canister: Principal.fromText(next.canister), at: next.at }),
  });
}

/** Only controllers may look; then the size of the page. */
function admit(arg: { limit: Opt<number> } | undefined): { readonly Ok: number } | { readonly Err: ErrorValue } {
  const asking = requireController();
  return 'Err' in asking ? asking : readLimit(arg?.limit[0]);
}

/** The names after a cursor, and the cursor of the next page if there is one. */
function page(
  all: readonly string[],
  after: Principal | undefined,
  limit: number,
): { readonly names: readonly string[]; readonly next: Opt<Principal> } {
  const cursor = after?.toText();
  const rest = cursor === undefined ? all : all.filter((name) => name > cursor);
  const names = rest.slice(0, limit);
  const last = names.at(-1);
  return { names, next: last !== undefined && rest.length > limit ? [Principal.fromText(last)] : [] };
}

function countSnapshots(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + catalogOf(name).length, 0);
}

function* allRuns(before: bigint | undefined) {
  const open = new Map(openRunList().map((run) => [run.id, run]));
  const newest = before === undefined || before > runCount() ? runCount() : before - 1n;
  for (let id = newest; id > 0n; id -= 1n) {
    const run = open.get(id) ?? closedRun(id);
    // Numbers have no gaps: where one is missing, history ends.
    if (run === undefined) return;
    yield run;
  }
}

/** Runs of one canister, each found through the one after it; at once if the cursor is a run of that canister. */
function* runsOf(canister: string, before: bigint | undefined) {
  const open = openRunOf(canister);
  if (open !== undefined && (before === undefined || open.id < before)) yield open;
  const known = before !== undefined && closedRun(before)?.target === canister;
  let id = known ? previousRun(before) : lastRunOf(canister);
  for (; id !== undefined; id = previousRun(id)) {
    const run = closedRun(id);
    if (run === undefined) return;
    if (before === undefined || id < before) yield run;
  }
}
