/** From facts to health: thresholds, reasons, and the command that helps. All that tells of health comes from here. */
import { commandPair } from '../errors/commands.ts';
import {
  ALARM_ASLEEP_NANOS,
  CALLS_OF_A_NEW_RUN,
  FREE_SLOTS,
  MAX_SNAPSHOTS_PER_CANISTER,
  OPEN_CALL_GRACE_NANOS,
  RUNWAY_DAYS,
  WATCHDOG_NANOS,
} from '../limits.ts';
import type { TargetStatus } from '../run/types.ts';
import { when } from '../text/format.ts';
import { called, critical, topUp, warn } from './reasons.ts';
import { failing, missed, noBackupYet, noGoodSnapshot, restoreFailed } from './recoverable.ts';
import { notRunning, notSeen, standing } from './standing.ts';
import {
  HEALTH_LEVELS,
  type HealthLevel,
  type HealthReason,
  type ManagerFacts,
  type ManagerHealth,
  type TargetFacts,
  type TargetHealth,
} from './types.ts';

type Reasons = readonly (HealthReason | undefined)[];

/** The health of a target at `now`. */
export function assessTarget(facts: TargetFacts, now: bigint): TargetHealth {
  const { record, snapshots } = facts;
  const slotsFree = Math.max(0, MAX_SNAPSHOTS_PER_CANISTER - snapshots - record.foreign);
  const runwayDays = runway(record.liquid ?? record.cycles, record.burnPerDay);
  const reasons = present([
    standing(facts),
    notRunning(facts, now),
    facts.paused || facts.pausedAll === true ? paused(facts) : missed(facts, now),
    noGoodSnapshot(facts, now),
    noBackupYet(facts),
    failing(facts),
    restoreFailed(facts),
    notSeen(facts, now),
    openProbe(facts, now),
    suspicious(facts),
    unproven(facts),
    crowded(facts),
    targetCycles(facts, runwayDays),
  ]);
  const goodAge = facts.goodTakenAt === undefined ? undefined : now - facts.goodTakenAt;
  const asOf = facts.open?.seenAt ?? record.seenAt;
  const status = statusOf(facts);
  return { ...facts, slotsFree, runwayDays, goodAge, asOf, status, reasons, level: levelOf(reasons) };
}

/** In an open run that stopped it, a target is what the run made of it. */
function statusOf({ record, open }: TargetFacts): TargetStatus | undefined {
  if (open?.downSince === undefined) return record.status;
  return open.stopped === true ? 'stopped' : 'stopping';
}

/** The health of the manager itself at `now`. */
export function assessManager(facts: ManagerFacts, now: bigint): ManagerHealth {
  const runwayDays = runway(facts.liquid ?? facts.cycles, facts.spentPerDay);
  const reasons = present([
    asleep(facts, now),
    underBudget(facts),
    managerCycles(facts, runwayDays),
    openCall(facts, now),
  ]);
  return { ...facts, runwayDays, reasons, level: levelOf(reasons) };
}

/** The gravest of some levels; `ok` if there are none. */
export function worst(levels: readonly HealthLevel[]): HealthLevel {
  return [...HEALTH_LEVELS].reverse().find((level) => levels.includes(level)) ?? 'ok';
}

function levelOf(reasons: readonly HealthReason[]): HealthLevel {
  return worst(reasons.map(({ level }) => level));
}

function present(reasons: Reasons): HealthReason[] {
  return reasons.filter((reason) => reason !== undefined);
}

/** A pause of one target and one of all end separately. */
function paused(facts: TargetFacts): HealthReason {
  const { canister, manager, paused: itself, pausedAll } = facts;
  const resume = (which: string) => commandPair(`canister call ${manager} resume '(record { canister = ${which} })'`);
  const ends = [
    ...(itself ? [resume(`opt principal "${canister}"`)] : []),
    ...(pausedAll === true ? [`for all targets, ${resume('null')}`] : []),
  ];
  return warn('paused', `The backups of ${called(facts)} are paused. When they are to go on: ${ends.join('; and, ')}.`);
}

/** One that its run still waits for is no reason yet. */
function openProbe({ canister, openProbe: probe, open }: TargetFacts, now: bigint): HealthReason | undefined {
  if (probe === undefined || (open !== undefined && now <= probe.since + WATCHDOG_NANOS)) return undefined;
  return warn(
    'open_probe',
    `${canister} has not answered ${probe.method} since ${when(probe.since)}, so neither it nor the manager can stop, and ` +
      'it is not backed up in mode stop. Have the method answer, or end the call as docs/runbook.md says.',
  );
}

function suspicious({ canister, suspects }: TargetFacts): HealthReason | undefined {
  if (suspects === 0) return undefined;
  return warn(
    'suspect',
    `${suspects} snapshots of ${canister} are suspect, and restore passes over them. ` +
      'Look at snapshots; if what is there is the new normal, call accept.',
  );
}

function unproven({ canister, manager, unproven: count = 0 }: TargetFacts): HealthReason | undefined {
  if (count === 0) return undefined;
  return warn(
    'unproven',
    `${count} snapshots of ${canister} were adopted, and nothing has shown yet that they are good: restore passes over them. ` +
      `The doubt of each says what makes it good; to see them: ${commandPair(
        `canister call ${manager} snapshots '(opt record { canister = opt principal "${canister}" })'`,
      )}.`,
  );
}

/** Others' snapshots take slots that retention counts on; full is when none is left for one of ours. */
function crowded({ canister, record: { foreign } }: TargetFacts): HealthReason | undefined {
  const ours = MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS - foreign;
  if (ours > 2) return undefined;
  return warn(
    'slots',
    `${foreign} snapshots of ${canister} are not ours and leave ${Math.max(0, ours)} slots for backups. ` +
      `Delete those that are no longer needed: ${commandPair(`canister snapshot list ${canister}`)}.`,
  );
}

function targetCycles({ canister }: TargetFacts, days: bigint | undefined): HealthReason | undefined {
  if (days === undefined || days >= RUNWAY_DAYS) return undefined;
  return warn('target_cycles', `${canister} has cycles for about ${days} days until it freezes. ${topUp(canister)}`);
}

/** Any update call of an authorized caller wakes it; the one that is named changes nothing. */
function asleep({ manager, ringsAt, pausedAll }: ManagerFacts, now: bigint): HealthReason | undefined {
  if (ringsAt === undefined || now <= ringsAt + ALARM_ASLEEP_NANOS) return undefined;
  const call = `canister call ${manager} ${pausedAll === true ? 'pause' : 'resume'} '(record { canister = null })'`;
  return critical(
    'timer_asleep',
    `The timer of the manager should have run at ${when(ringsAt)} and did not, so nothing is backed up by the schedule. ` +
      `Any update call wakes it, such as ${commandPair(call)}. If it still sleeps a minute later, upgrade it: ${commandPair(
        `canister install ${manager} --mode upgrade --wasm backup-manager.wasm`,
      )}.`,
  );
}

function underBudget({ manager, liquid, perCall }: ManagerFacts): HealthReason | undefined {
  if (liquid === undefined || perCall === undefined) return undefined;
  const required = CALLS_OF_A_NEW_RUN * perCall;
  if (liquid >= required) return undefined;
  return critical(
    'manager_under_budget',
    `The manager has ${liquid} cycles above its freezing limit and holds ${required} for the calls of a run, ` +
      `which come back. A run that needs more than it has is refused before anything stops. ${topUp(manager)}`,
  );
}

function managerCycles({ manager }: ManagerFacts, days: bigint | undefined): HealthReason | undefined {
  if (days === undefined || days >= RUNWAY_DAYS) return undefined;
  return warn('manager_cycles', `The manager has cycles for about ${days} days. ${topUp(manager)}`);
}

function openCall({ manager, openRuns, openCalls, openSince }: ManagerFacts, now: bigint): HealthReason | undefined {
  if (openCalls === 0 || openRuns > 0 || openSince === undefined) return undefined;
  if (now <= openSince + OPEN_CALL_GRACE_NANOS) return undefined;
  return warn(
    'open_call',
    `${openCalls} calls of the manager are open since ${when(openSince)} and belong to no run: it cannot be stopped ` +
      `until they are answered. To upgrade past them, skip pre_upgrade: ${commandPair(
        `canister install ${manager} --mode upgrade --skip-pre-upgrade`,
        `canister install ${manager} --mode upgrade`,
      )}.`,
  );
}

function runway(cycles: bigint | undefined, perDay: bigint | undefined): bigint | undefined {
  return cycles === undefined || perDay === undefined || perDay <= 0n ? undefined : cycles / perDay;
}
