/** What a restore would do: the same state machine, on what the IC says of the target now. */
import {
  type Asker,
  type CandidRestorePlan,
  type CandidStateSeen,
  type CatalogEntry,
  cyclesForOthers,
  explainReject,
  type Facts,
  failure,
  goodSnapshots,
  LOAD_CYCLES,
  NANOS_PER_SECOND,
  type Plan,
  planRestore,
  type Result,
  type Run,
  TAKE_CYCLES,
  waysBack,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { list, rejectOf, status } from '../gateway/management.ts';
import { measureFunds } from '../platform/funds.ts';
import { now, self } from '../platform/ic.ts';
import { callsOf, within } from '../runs/budget.ts';
import { orderFor } from '../runs/orders.ts';
import { openProbe } from '../runs/probes.ts';
import { catalogOf, restoredIn } from '../store/canisters.ts';
import { openRunList } from '../store/journal.ts';
import { getTarget, type TargetRecord } from '../store/targets.ts';
import { type Answer, candidError, ok, opt, refuse } from './results.ts';
import { refuseRun, type Wish } from './runs.ts';
import { bytesOf, viewFingerprint, viewHex, viewSnapshot } from './views.ts';

/** Older snapshots that a plan lists: all there can be. */
const MAX_OLDER = 10;

export async function planOf(
  canister: string,
  wish: Wish,
  asking: Asker,
): Promise<Answer<CandidRestorePlan<Principal>>> {
  const before = admit(canister, asking);
  if ('Err' in before) return refuse(before.Err);
  const asked = await within(callsOf(asking, canister, { kind: 'look', calls: 2 }), () => readFacts(canister));
  const facts = 'Err' in asked ? asked : asked.Ok;
  if ('Err' in facts) return refuse(facts.Err);
  const target = admit(canister, asking);
  if ('Err' in target) return refuse(target.Err);
  const openedAt = now();
  const seen = { catalog: catalogOf(canister), restored: restoredIn(canister), openProbe: openProbe(canister) };
  const context = { now: openedAt, ...seen };
  const order = { ...orderFor(target.Ok, openedAt), ...wish, id: 0n, manager: self(), openedAt };
  const plan = planRestore({ ...order, askedBy: asking.principal }, facts.Ok, context);
  if (plan.run.error !== undefined) return refuse(plan.run.error);
  const { liquid, perCall } = await measureFunds();
  const available = liquid - cyclesForOthers(openRunList(), plan.run, perCall);
  const required = BigInt(plan.callsAhead) * perCall;
  if (available < required) return refuse(failure('not_enough_cycles', { manager: self(), available, required }));
  return ok(viewPlan(plan, { facts: facts.Ok, catalog: context.catalog, at: context.now, perCall }));
}

/** The target, if a run of it could begin now. */
function admit(canister: string, asking: Asker): Result<TargetRecord> {
  const target = getTarget(canister);
  if (target === undefined) return { Err: failure('unknown_target', { canister }) };
  const refusal = refuseRun(asking, target);
  return refusal === undefined ? { Ok: target } : { Err: refusal };
}

async function readFacts(canister: string): Promise<{ readonly Ok: Facts } | ReturnType<typeof unreadable>> {
  try {
    const [seen, snapshots] = await Promise.all([status(canister), list(canister)]);
    return { Ok: { status: seen, list: snapshots } };
  } catch (error) {
    return unreadable(canister, error);
  }
}

function unreadable(canister: string, error: unknown) {
  const reject = rejectOf(error);
  if (reject === undefined) throw error;
  return { Err: explainReject('status', reject, { canister, manager: self() }) };
}

interface Seen {
  readonly facts: Facts;
  readonly catalog: readonly CatalogEntry[];
  /** Nanoseconds. */
  readonly at: bigint;
  readonly perCall: bigint;
}

function viewPlan({ run, calls, callsAhead }: Plan, seen: Seen): CandidRestorePlan<Principal> {
  const { facts, catalog, at, perCall } = seen;
  const listed = facts.list.find(({ id }) => id === run.snapshot);
  if (listed === undefined) throw new Error('a plan without an error has a snapshot');
  const entry = catalog.find(({ id }) => id === listed.id);
  const then: CandidStateSeen = {
    at: listed.takenAt,
    module_hash: viewHex(entry?.moduleHash),
    canister_version: opt(entry?.version),
    size: [listed.size],
    fingerprint: opt(entry?.fingerprint && viewFingerprint(entry.fingerprint)),
  };
  const current: CandidStateSeen = {
    at,
    module_hash: viewHex(facts.status.moduleHash),
    canister_version: opt(facts.status.version),
    size: opt(sizeNow(facts)),
    fingerprint: [],
  };
  const taken = run.safety === undefined ? 0n : TAKE_CYCLES + listed.size;
  return {
    canister: Principal.fromText(run.target),
    snapshot_id: bytesOf(listed.id),
    why: whyPicked(run, entry) + whatIsPassedOver(run, catalog),
    age_seconds: (at - listed.takenAt) / NANOS_PER_SECOND,
    state_then: then,
    state_now: current,
    lost: whatIsLost(entry, facts),
    older: goodSnapshots(catalog, listed.takenAt).slice(0, MAX_OLDER).map(viewSnapshot),
    safety: safetyOf(run.safety, catalog, at),
    steps: calls.map(({ name, snapshot }) => (snapshot === undefined ? name : `${name} ${snapshot}`)),
    rounds_down: run.roundsDown ?? 0,
    cycles_locked: BigInt(callsAhead) * perCall,
    cycles_of_target: taken + LOAD_CYCLES + listed.size,
    warnings: run.warnings.map(candidError),
    ways_back: [waysBack({ catalog, now: at }).map(viewSnapshot)],
  };
}

function whyPicked({ wanted, before }: Run, entry: CatalogEntry | undefined): string {
  if (wanted !== undefined) return 'It was named.';
  const newest = before === undefined ? 'the newest good snapshot' : `the newest good snapshot from before ${before}`;
  const good =
    entry?.origin === 'adopted'
      ? 'somebody who adopted it said that the canister was stopped'
      : 'we took it, its run is complete, and its stop was proven';
  return `It is ${newest}: ${good}.`;
}

/** Newer ones that restore does not pick although they would be good, with the reason of each. */
function whatIsPassedOver({ wanted, takenAt = 0n, before }: Run, catalog: readonly CatalogEntry[]): string {
  if (wanted !== undefined) return '';
  return catalog
    .filter((entry) => entry.state === 'complete' && entry.takenAt > takenAt && entry.safetyUntil === undefined)
    .filter((entry) => before === undefined || entry.takenAt < before)
    .flatMap(({ id, doubt }) => (doubt === undefined ? [] : [` Newer, but in doubt (${doubt.kind}): ${id}.`]))
    .join('');
}

/** What a snapshot of now would have: the memory without the snapshots, which the IC counts in. */
function sizeNow({ status: { memory }, list }: Facts): bigint | undefined {
  return memory === undefined ? undefined : list.reduce((rest, { size }) => rest - size, memory);
}

function whatIsLost(entry: CatalogEntry | undefined, { status: { moduleHash, version } }: Facts): string {
  const code = entry?.moduleHash === moduleHash ? 'The code is the same.' : 'The code is another one.';
  if (entry?.versionAfter === undefined || version === undefined) {
    return `What the canister was told since. How much that is is not known. ${code}`;
  }
  return `What the canister was told since: its version went on by ${version - entry.versionAfter}. ${code}`;
}

/** `taken`: a new one; `kept`: an earlier restore is not settled, and its safety snapshot stays the way back. */
function safetyOf(safety: string | undefined, catalog: readonly CatalogEntry[], at: bigint): string {
  if (safety !== undefined) return 'taken';
  return waysBack({ catalog, now: at }).length === 0 ? 'none' : 'kept';
}
