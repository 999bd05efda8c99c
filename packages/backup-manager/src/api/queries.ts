/** What there is to see. */
import {
  type CandidOpenProbe,
  type CandidPage,
  type CandidRun,
  type CandidSnapshot,
  type CandidStatus,
  type CandidTarget,
  type ErrorValue,
  held,
  mayOn,
  NANOS_PER_SECOND,
  readLimit,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRightAnywhere } from '../access.ts';
import { cycleBalance, now } from '../platform/ic.ts';
import { nextDue } from '../runs/schedule.ts';
import { canisterNames, catalogOf, lastRunOf } from '../store/canisters.ts';
import { healthOf } from '../store/health.ts';
import { closedRun, openRunList, openRunOf, previousRun } from '../store/journal.ts';
import { LAYOUT_VERSION } from '../store/memory-ids.ts';
import { beforeGap, runCount } from '../store/meta.ts';
import { probedCanisters, rememberedProbe } from '../store/probes.ts';
import { areAllPaused, getTarget, targetNames } from '../store/targets.ts';
import { pageOf } from './pages.ts';
import { type Answer, ok, opt, refuse } from './results.ts';
import { newestFirst, viewRun, viewSnapshot, viewTarget } from './views.ts';

/** Of this build; the same as in package.json. */
const VERSION = '0.1.0';

/** Runs that one query looks at: who may not view all of them gets pages with fewer items than asked for. */
const MAX_RUNS_LOOKED_AT = 500;

type Opt<T> = [] | [T];
type Sees = (canister: string) => boolean;
type TargetsArg = Opt<{ after: Opt<Principal>; limit: Opt<number> }>;
type SnapshotsArg = Opt<{ canister: Opt<Principal>; after: Opt<Principal>; limit: Opt<number> }>;
type RunsArg = Opt<{ canister: Opt<Principal>; before: Opt<bigint>; limit: Opt<number> }>;

export function targets([arg]: TargetsArg): Answer<CandidPage<CandidTarget<Principal>, Principal>> {
  const asking = admit(arg);
  if ('Err' in asking) return refuse(asking.Err);
  const { limit, sees } = asking.Ok;
  const all = targetNames().filter(sees);
  const { names, next } = pageOf(all, arg?.after[0], limit);
  const items = names.map((name) => viewTarget(getTarget(name)!));
  return ok({ items, total: BigInt(all.length), next });
}

export function snapshots([arg]: SnapshotsArg): Answer<CandidPage<CandidSnapshot<Principal>, Principal>> {
  const asking = admit(arg);
  if ('Err' in asking) return refuse(asking.Err);
  const { limit, sees } = asking.Ok;
  const all = (arg?.canister[0] === undefined ? canisterNames() : [arg.canister[0].toText()]).filter(sees);
  const { names, next } = pageOf(all, arg?.after[0], limit, (name) => catalogOf(name).length);
  const items = names.flatMap((name) => newestFirst(catalogOf(name)).map(viewSnapshot));
  return ok({ items, total: BigInt(countSnapshots(all)), next });
}

export function runs([arg]: RunsArg): Answer<CandidPage<CandidRun<Principal>, bigint>> {
  const asking = admit(arg);
  if ('Err' in asking) return refuse(asking.Err);
  const { limit, sees } = asking.Ok;
  const before = arg?.before[0];
  const found = arg?.canister[0] === undefined ? allRuns(before) : runsOf(arg.canister[0].toText(), before);
  const items: CandidRun<Principal>[] = [];
  let looked = 0;
  let last: bigint | undefined;
  for (const run of found) {
    if (items.length === limit || looked === MAX_RUNS_LOOKED_AT) {
      return ok({ items, total: runCount(), next: opt(last) });
    }
    looked += 1;
    last = run.id;
    if (sees(run.target)) items.push(viewRun(run));
  }
  return ok({ items, total: runCount(), next: [] });
}

export function status(): Answer<CandidStatus<Principal>> {
  const asking = admit(undefined);
  if ('Err' in asking) return refuse(asking.Err);
  const { sees } = asking.Ok;
  const next = nextDue(sees);
  const seen = targetNames().filter(sees);
  const good = seen.flatMap(newestGood);
  const [oldest] = good.sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
  return ok({
    version: VERSION,
    layout_version: LAYOUT_VERSION,
    now: now(),
    cycles: cycleBalance(),
    targets: seen.length,
    snapshots: countSnapshots(canisterNames().filter(sees)),
    runs: runCount(),
    open_runs: openRunList()
      .filter((run) => sees(run.target))
      .map(viewRun),
    next_run: opt(next && { canister: Principal.fromText(next.canister), at: next.at }),
    open_probes: [probedCanisters().filter(sees).flatMap(viewOpenProbe)],
    paused_all: [areAllPaused()],
    restorable: [good.length],
    oldest_good: opt(oldest && viewGood(oldest)),
  });
}

interface Good {
  readonly canister: string;
  readonly takenAt: bigint;
}

/** The newest snapshot of a target that restore would load, as far as the last look goes. */
function newestGood(canister: string): Good[] {
  const { goodTakenAt: takenAt } = held(catalogOf(canister), healthOf(canister));
  return takenAt === undefined ? [] : [{ canister, takenAt }];
}

function viewGood({ canister, takenAt }: Good) {
  const age = (now() - takenAt) / NANOS_PER_SECOND;
  const name = opt(getTarget(canister)?.name);
  return { canister: Principal.fromText(canister), name, taken_at: takenAt, age_seconds: age };
}

/** Who may view any target may look; then the size of the page. `sees`: whether the caller may view a canister. */
function admit(
  arg: { limit: Opt<number> } | undefined,
): { readonly Ok: { readonly limit: number; readonly sees: Sees } } | { readonly Err: ErrorValue } {
  const asking = requireRightAnywhere('view');
  if ('Err' in asking) return asking;
  const limit = readLimit(arg?.limit[0]);
  if ('Err' in limit) return limit;
  return { Ok: { limit: limit.Ok, sees: (canister) => mayOn(asking.Ok, 'view', canister) } };
}

function countSnapshots(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + catalogOf(name).length, 0);
}

function* allRuns(before: bigint | undefined) {
  const open = new Map(openRunList().map((run) => [run.id, run]));
  const newest = before === undefined || before > runCount() ? runCount() : before - 1n;
  for (let id = newest; id > 0n; id -= 1n) {
    id = beforeGap(id) ?? id;
    const run = open.get(id) ?? closedRun(id);
    // Numbers have no other gaps: where one is missing, history ends.
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

function viewOpenProbe(canister: string): CandidOpenProbe<Principal>[] {
  const probe = rememberedProbe(canister);
  return probe === undefined ? [] : [{ canister: Principal.fromText(canister), ...probe }];
}
