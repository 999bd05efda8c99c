/** How targets and manager are. */
import {
  assessManager,
  assessTarget,
  type CandidHealth,
  type CandidHealthReason,
  type CandidTargetHealth,
  downSince,
  type HealthReason,
  type HealthReport,
  held,
  liquidNow,
  type ManagerHealth,
  mayOn,
  NANOS_PER_SECOND,
  type OpenFacts,
  type Run,
  readLimit,
  reportHealth,
  spentPerDay,
  type TargetHealth,
} from '@canister-backup/shared';
import { Principal } from 'azle';
import { requireRight, requireRightAnywhere } from '../access.ts';
import { openCalls, openCallsSince } from '../gateway/management.ts';
import { nextRing } from '../platform/alarm.ts';
import { cycleBalance, now, self } from '../platform/ic.ts';
import { catalogOf } from '../store/canisters.ts';
import { healthOf, lastFunds } from '../store/health.ts';
import { openRunCount, openRunOf } from '../store/journal.ts';
import { rememberedProbe } from '../store/probes.ts';
import { areAllPaused, beginsNext, getTarget, type TargetRecord, targetCount, targetNames } from '../store/targets.ts';
import { pageOf } from './pages.ts';
import { type Answer, ok, opt, refuse } from './results.ts';

type HealthArg = [] | [{ canister: [] | [Principal]; after: [] | [Principal]; limit: [] | [number] }];

export function health([arg]: HealthArg): Answer<CandidHealth<Principal>> {
  const wanted = arg?.canister[0]?.toText();
  const asking = wanted === undefined ? requireRightAnywhere('view') : requireRight('view', wanted);
  if ('Err' in asking) return refuse(asking.Err);
  const limit = readLimit(arg?.limit[0]);
  if ('Err' in limit) return refuse(limit.Err);
  const names = targetNames().filter(
    (name) => (wanted === undefined || name === wanted) && mayOn(asking.Ok, 'view', name),
  );
  const { level, manager, counts, targets } = healthReport(names);
  const { names: shown, next } = pageOf(names, arg?.after[0], limit.Ok);
  const items = targets.filter(({ canister }) => shown.includes(canister)).map(viewTarget);
  return ok({ level, now: now(), manager: viewManager(manager), ...counts, items, next });
}

/** The health of all targets, or of some, and of the manager. */
export function healthReport(names: readonly string[] = targetNames()): HealthReport {
  const at = now();
  const seen = { manager: self(), targets: targetCount(), at };
  const targets = names.flatMap((name) => {
    const target = getTarget(name);
    return target === undefined ? [] : [assess(target, seen)];
  });
  return reportHealth(managerHealth(), targets, at);
}

/** The health of one target; undefined if it is not registered. */
export function targetHealth(canister: string): TargetHealth | undefined {
  const target = getTarget(canister);
  return target === undefined ? undefined : assess(target, { manager: self(), targets: targetCount(), at: now() });
}

/** What is the same for all that are looked at together. */
interface Seen {
  readonly manager: string;
  readonly targets: number;
  readonly at: bigint;
}

function assess(target: TargetRecord, { manager, targets, at }: Seen): TargetHealth {
  const { canister, policy, schedule, registeredAt, paused } = target;
  const open = openRunOf(canister);
  const record = healthOf(canister);
  const facts = {
    canister,
    name: target.name,
    manager,
    registeredAt,
    scheduledAt: schedule.anchor,
    policy,
    nextRunAt: beginsNext(target) ?? schedule.next,
    targets,
    paused: paused === true,
    pausedAll: areAllPaused(),
    record,
    openProbe: rememberedProbe(canister),
    ...(open !== undefined && { open: openFacts(open) }),
    ...held(catalogOf(canister), record),
  };
  return assessTarget(facts, at);
}

function openFacts(run: Run): OpenFacts {
  const seenAt = run.statusBefore === undefined ? undefined : run.progressAt;
  return { run: run.id, downSince: downSince(run), stopped: run.stopProven, seenAt };
}

function managerHealth(): ManagerHealth {
  const cycles = cycleBalance();
  const last = lastFunds();
  const facts = {
    manager: self(),
    cycles,
    ...(last && {
      liquid: liquidNow(last, cycles),
      perCall: last.perCall,
      spentPerDay: spentPerDay(last),
      fundsAt: last.at,
    }),
    openRuns: openRunCount(),
    openCalls: openCalls(),
    ringsAt: nextRing(),
    pausedAll: areAllPaused(),
    openSince: openCallsSince(),
  };
  return assessManager(facts, now());
}

function viewTarget(target: TargetHealth): CandidTargetHealth<Principal> {
  const { record } = target;
  return {
    canister: Principal.fromText(target.canister),
    level: target.level,
    reasons: viewReasons(target.reasons),
    last_success: opt(record.lastSuccess),
    next_run_at: target.nextRunAt,
    failures: record.failures,
    target_status: opt(target.status),
    open_run: opt(target.open?.run),
    snapshots: target.snapshots,
    suspects: target.suspects,
    foreign_snapshots: record.foreign,
    slots_free: target.slotsFree,
    bytes: target.bytes,
    cycles: opt(record.cycles),
    runway_days: opt(target.runwayDays),
    name: opt(target.name),
    as_of: opt(target.asOf),
    newest_good_at: opt(target.goodTakenAt),
    newest_good_age_seconds: opt(target.goodAge && target.goodAge / NANOS_PER_SECOND),
    last_downtime: opt(record.downtime),
  };
}

function viewManager(manager: ManagerHealth): CandidHealth<Principal>['manager'] {
  return {
    level: manager.level,
    reasons: viewReasons(manager.reasons),
    cycles: manager.cycles,
    liquid_cycles: opt(manager.liquid),
    runway_days: opt(manager.runwayDays),
    open_runs: manager.openRuns,
    open_calls: manager.openCalls,
    as_of: opt(manager.fundsAt),
  };
}

function viewReasons(reasons: readonly HealthReason[]): CandidHealthReason[] {
  return reasons.map(({ level, code, message }) => ({ level, code, message }));
}
