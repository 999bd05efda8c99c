/** What is stored, as Candid shows it. */
import {
  BYTES_PER_GIB,
  type CandidDowntime,
  type CandidFingerprint,
  type CandidKept,
  type CandidMode,
  type CandidRun,
  type CandidSnapshot,
  type CandidTarget,
  type CatalogEntry,
  type Fingerprint,
  hexToBytes,
  type Mode,
  NANOS_PER_SECOND,
  type Opt,
  type Purpose,
  type Run,
  SECONDS_PER_DAY,
  STORAGE_CYCLES_PER_GIB_SECOND,
  writePolicy,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { now } from '../platform/ic.ts';
import { catalogOf, lastRunOf } from '../store/canisters.ts';
import { healthOf } from '../store/health.ts';
import { openRunOf } from '../store/journal.ts';
import { defaultTarget } from '../store/meta.ts';
import { beginsNext, getTarget, type Hold, isPaused, type TargetRecord } from '../store/targets.ts';
import { candidError, opt } from './results.ts';

export function viewTarget(target: TargetRecord): CandidTarget<Principal> {
  const { canister } = target;
  const [good] = newestFirst(catalogOf(canister).filter((entry) => entry.good));
  return {
    canister: Principal.fromText(canister),
    policy: writePolicy(target.policy),
    is_default: defaultTarget() === canister,
    registered_at: target.registeredAt,
    next_run_at: beginsNext(target) ?? target.schedule.next,
    paused: opt(isPaused(target) || undefined),
    paused_alone: [target.paused === true],
    held: opt(target.held && viewHold(target.held)),
    last_run: opt(lastRunOf(canister)),
    open_run: opt(openRunOf(canister)?.id),
    newest_good: opt(good && viewSnapshot(good)),
    name: opt(target.name),
    newest_good_age_seconds: opt(good && (now() - good.takenAt) / NANOS_PER_SECOND),
    last_downtime: opt(healthOf(canister).downtime),
  };
}

function viewHold({ until, by }: Hold): { until: bigint; by: string } {
  return { until, by };
}

export function viewSnapshot(entry: CatalogEntry): CandidSnapshot<Principal> {
  return {
    canister: Principal.fromText(entry.canister),
    snapshot_id: bytesOf(entry.id),
    taken_at: entry.takenAt,
    total_size: entry.size,
    run_id: entry.runId,
    mode: viewMode(entry.mode),
    module_hash: viewHex(entry.moduleHash),
    canister_version: opt(entry.version),
    good: entry.good,
    safety_until: opt(entry.safetyUntil),
    fingerprint: opt(entry.fingerprint && viewFingerprint(entry.fingerprint)),
    pin: opt(entry.pin),
    origin: opt(entry.origin),
    doubt: opt(entry.doubt && { kind: entry.doubt.kind, reasons: entry.doubt.reasons.map(candidError) }),
  };
}

export function viewFingerprint({ certainty, reply }: Fingerprint): CandidFingerprint {
  return {
    certainty,
    reply_bytes: opt(reply && BigInt(reply.size)),
    reply_hash: viewHex(reply?.hash),
    naturals: [...(reply?.naturals ?? [])],
  };
}

const KINDS: Record<Purpose, string> = { undo: 'undo_restore', forced: 'restore_forced' };

/** How long a run kept its target from answering; nothing if it was not running. */
export function viewDowntime({ downSince, downUntil, roundsDown }: Run): Opt<CandidDowntime> {
  if (downSince === undefined || downUntil === undefined) return [];
  return [{ nanos: downUntil - downSince, rounds: roundsDown ?? 0 }];
}

export function viewRun(run: Run): CandidRun<Principal> {
  return {
    run_id: run.id,
    canister: Principal.fromText(run.target),
    kind: run.purpose === undefined ? run.kind : KINDS[run.purpose],
    mode: viewMode(run.mode),
    asked_by: run.askedBy,
    outcome: run.phase === 'closed' ? (run.outcome ?? 'interrupted') : 'open',
    error: opt(run.error && candidError(run.error)),
    warnings: run.warnings.map(candidError),
    phase: run.phase,
    started_at: run.openedAt,
    ended_at: opt(run.endedAt),
    was_running: opt(run.statusBefore === undefined ? undefined : run.statusBefore === 'running'),
    started_again: run.startConfirmed,
    snapshot_id: viewHex(run.snapshot),
    deleted: run.deleted.map(bytesOf),
    steps: run.steps.map(({ name, at, error }) => ({ name, at, error: opt(error && candidError(error)) })),
    state_after: opt(run.state),
    safety_snapshot: viewHex(run.safety),
    downtime: viewDowntime(run),
    name: opt(getTarget(run.target)?.name),
  };
}

/** What stays of a canister, what it costs, and how to be rid of it. */
export function viewKept(canister: string): CandidKept<Principal> {
  const entries = newestFirst(catalogOf(canister));
  const size = entries.reduce((sum, entry) => sum + entry.size, 0n);
  const perDay = (size * STORAGE_CYCLES_PER_GIB_SECOND * SECONDS_PER_DAY) / BYTES_PER_GIB;
  const note =
    entries.length === 0
      ? `There is no snapshot of ours of ${canister}.`
      : `${entries.length} snapshots of ${canister}, ${size} bytes, stay and cost it about ${perDay} cycles a day on a ` +
        `13-node subnet, until somebody deletes them: \`dfx canister snapshot delete ${canister} SNAPSHOT\`.`;
  return { snapshots: entries.map(viewSnapshot), total_size: size, storage_cycles_per_day: perDay, note };
}

export function newestFirst(entries: readonly CatalogEntry[]): CatalogEntry[] {
  return [...entries].sort((a, b) => (a.takenAt > b.takenAt || (a.takenAt === b.takenAt && a.id > b.id) ? -1 : 1));
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = hexToBytes(hex);
  if (bytes === undefined) throw new Error(`${hex} is not hexadecimal`);
  return bytes;
}

export function viewHex(hex: string | undefined): [] | [Uint8Array] {
  return hex === undefined ? [] : [bytesOf(hex)];
}

function viewMode(mode: Mode): CandidMode {
  return mode === 'stop' ? { stop: null } : { running: null };
}
