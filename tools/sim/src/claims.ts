/** What the manager says of its runs and snapshots, read page by page. */
import type { CandidPage, CandidResult, CandidRun, CandidSnapshot } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { ClaimedRun, ClaimedSnapshot, Claims } from './history.ts';
import { hex, replyValue, toManager } from './network.ts';
import type { World } from './world.ts';

/** Runs that a page asks for: more than most cases add. */
const RUNS_A_PAGE = 8;

/** @param known what the manager said before; runs that were over then stay as they were */
export function claimsOf(world: World, known: Claims = { runs: [], snapshots: [], openRuns: 0 }): Claims {
  const over = known.runs.filter(({ phase }) => phase === 'closed');
  const newest = over[0]?.id ?? 0n;
  const added = pages<CandidRun<Principal>, bigint>(
    world,
    'runs',
    (before) => ({ canister: [], before, limit: [RUNS_A_PAGE] }),
    (page) => page.every(({ run_id }) => run_id > newest),
  ).filter(({ run_id }) => run_id > newest);
  const snapshots = pages<CandidSnapshot<Principal>, Principal>(world, 'snapshots', (after) => ({
    canister: [],
    after,
    limit: [],
  }));
  return {
    runs: [...added.map(claimedRun), ...over],
    snapshots: snapshots.map(claimedSnapshot),
    openRuns: added.filter(({ phase }) => phase !== 'closed').length,
  };
}

function ask<T>(world: World, name: string, args: readonly unknown[]): T {
  const result = world.ic.query(toManager(world.names, name, args));
  const value = replyValue<CandidResult<T>>(world.names, name, result);
  if ('Err' in value) throw new Error(`${name}: ${value.Err.code}`);
  return value.Ok;
}

function pages<Item, Cursor>(
  world: World,
  name: string,
  arg: (cursor: [] | [Cursor]) => unknown,
  goesOn: (page: readonly Item[]) => boolean = () => true,
): Item[] {
  const items: Item[] = [];
  let cursor: [] | [Cursor] = [];
  do {
    const page: CandidPage<Item, Cursor> = ask(world, name, [[arg(cursor)]]);
    items.push(...page.items);
    cursor = goesOn(page.items) ? page.next : [];
  } while (cursor.length > 0);
  return items;
}

function claimedRun(run: CandidRun<Principal>): ClaimedRun {
  const { run_id, canister, kind, outcome, phase, asked_by, started_at, ended_at, started_again } = run;
  return {
    id: run_id,
    canister: canister.toText(),
    kind,
    outcome,
    phase,
    askedBy: asked_by,
    startedAt: started_at,
    startedAgain: started_again,
    deleted: run.deleted.map(hex),
    warnings: run.warnings.map(({ code }) => code),
    ...(run.error[0] !== undefined && { error: run.error[0].code }),
    ...(ended_at[0] !== undefined && { endedAt: ended_at[0] }),
    ...(run.snapshot_id[0] !== undefined && { snapshot: hex(run.snapshot_id[0]) }),
    ...(run.state_after[0] !== undefined && { stateAfter: run.state_after[0] }),
    ...(run.safety_snapshot[0] !== undefined && { safety: hex(run.safety_snapshot[0]) }),
  };
}

function claimedSnapshot({ snapshot_id, canister, good, run_id }: CandidSnapshot<Principal>): ClaimedSnapshot {
  return { id: hex(snapshot_id), canister: canister.toText(), good, runId: run_id };
}
