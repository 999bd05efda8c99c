/** Deletions: first the catalog says that a snapshot goes, then the IC is asked to delete it, then it is forgotten. */
import { errorCodeOf } from '../errors/rejects.ts';
import { type Deletions, deletionsNow } from '../policy/deletions.ts';
import { slotFree } from '../policy/slots.ts';
import type { Draft } from './draft.ts';
import { failWith, problemOf } from './problem.ts';
import type { Call, CallResult, CatalogEntry, Phase, Run } from './types.ts';

/** Sorts behind every id that the IC gives. */
const TO_COME = 'to come';

/** Whether somebody asked for the run. */
export function isManual({ askedBy }: Pick<Run, 'askedBy'>): boolean {
  return askedBy !== 'timer';
}

/** How many snapshots of ours go with the next deletions, at most. */
export function goingCount(draft: Draft): number {
  return allowed(draft).ids.length;
}

/** Ids of ours that go now; what the run was allowed is used up with that. */
export function letGo(draft: Draft): readonly string[] {
  return use(draft, allowed(draft));
}

/**
 * Ids of ours that go before the take. While a slot is free, only what is not counted: a take that fails must not have
 * cost a snapshot. If every slot is taken and the policy drops nothing yet, that is what it drops once there is one more,
 * unless it is the newest or the newest good one now.
 */
export function letGoForRoom(draft: Draft): readonly string[] {
  const now = allowed(draft);
  if (slotFree(draft.run.listed)) return now.ids.filter((id) => !now.counted.includes(id));
  if (now.ids.length > 0) return use(draft, now);
  const first = now.decisions.filter(({ reason }) => reason.startsWith('newest')).map(({ id }) => id);
  const except = new Set([TO_COME, ...first]);
  return use(draft, allowed(draft, { more: [toCome(draft)], except, paced: false }));
}

interface Options {
  readonly more?: readonly CatalogEntry[];
  readonly except?: ReadonlySet<string>;
  readonly paced?: boolean;
}

function allowed({ run, catalog, context }: Draft, { more = [], except, paced = true }: Options = {}): Deletions {
  const { keep, rules, foreign, mayShrink, shrunk, replaced, pacedFrom, every } = run;
  return deletionsNow(
    [...catalog, ...more],
    { keep, rules, foreign },
    {
      now: context.now,
      manual: isManual(run),
      paced: paced && mayShrink !== false && shrunk !== true,
      from: pacedFrom,
      every,
      replaced,
      except,
    },
  );
}

function use(draft: Draft, { ids, pacedFrom, usedReplacement }: Deletions): readonly string[] {
  if (usedReplacement) draft.set({ replaced: true });
  if (pacedFrom !== undefined) {
    draft.set({ shrunk: true });
    draft.commands.push({ do: 'shrunk', from: pacedFrom });
  }
  return ids;
}

function toCome({ run, context }: Draft): CatalogEntry {
  return {
    id: TO_COME,
    canister: run.target,
    takenAt: context.now,
    size: 0n,
    runId: run.id,
    mode: run.mode,
    state: 'complete',
    good: run.mode === 'stop',
    ...(isManual(run) && { origin: 'manual' }),
  };
}

export function sendDeletes(draft: Draft, phase: Phase, ids: readonly string[]): void {
  for (const id of ids) {
    const entry = draft.catalog.find((candidate) => candidate.id === id);
    if (entry !== undefined) draft.record(leaving(entry));
  }
  draft.send(
    phase,
    ids.map((snapshot): Call => ({ name: 'delete', snapshot })),
  );
}

function leaving(entry: CatalogEntry): CatalogEntry {
  return { ...entry, state: 'deleting', good: false };
}

/** An answer to a deletion. What is not there any more is as good as deleted. */
export function onDeleted(draft: Draft, call: Call, result: CallResult): void {
  if (call.name !== 'delete' || call.snapshot === undefined) return;
  const gone = 'ok' in result || ('reject' in result && errorCodeOf(result.reject) === 'IC0305');
  if (gone) {
    draft.forget(call.snapshot);
    draft.set({ deleted: [...draft.run.deleted, call.snapshot] });
    return;
  }
  // What somebody asked to be deleted is what the run is about; else it is tried again with the next one.
  if (draft.run.kind === 'delete') {
    failWith(draft, call, result);
    return;
  }
  const problem = problemOf(draft, call, result);
  if (problem !== undefined) draft.warn(problem);
}

/** After each deletion that ends a run. */
export function afterDeletes(draft: Draft): void {
  if (draft.run.pending.length > 0) return;
  if (draft.run.outcome === undefined) draft.set({ outcome: 'succeeded' });
  draft.close();
}
