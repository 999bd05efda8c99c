/** From facts to health: thresholds, reasons, and the command that helps. */
import { commandPair } from '../errors/commands.ts';
import {
  CALLS_OF_A_NEW_RUN,
  DOWN_GRACE_NANOS,
  FREE_SLOTS,
  MAX_SNAPSHOTS_PER_CANISTER,
  MISSED_GRACE_NANOS,
  MISSED_GRACE_PER_TARGET_NANOS,
  NANOS_PER_SECOND,
  OPEN_CALL_GRACE_NANOS,
  RUNWAY_DAYS,
  WATCHDOG_NANOS,
} from '../limits.ts';
import { nextRunBy } from '../policy/schedule.ts';
import {
  HEALTH_LEVELS,
  type HealthCode,
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
    notRunning(facts, now),
    facts.paused ? paused(facts) : missed(facts, now),
    noBackupYet(facts),
    failing(facts),
    openProbe(facts, now),
    suspicious(facts),
    unproven(facts),
    crowded(facts),
    targetCycles(facts, runwayDays),
  ]);
  return { ...facts, slotsFree, runwayDays, reasons, level: levelOf(reasons) };
}

/** The health of the manager itself at `now`. */
export function assessManager(facts: ManagerFacts, now: bigint): ManagerHealth {
  const runwayDays = runway(facts.liquid ?? facts.cycles, facts.spentPerDay);
  const reasons = present([underBudget(facts), managerCycles(facts, runwayDays), openCall(facts, now)]);
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

const critical = (code: HealthCode, message: string): HealthReason => ({ level: 'critical', code, message });
const warn = (code: HealthCode, message: string): HealthReason => ({ level: 'warn', code, message });

function notRunning({ canister, record, open }: TargetFacts, now: bigint): HealthReason | undefined {
  const since = open === undefined ? record.downSince : open.downSince;
  const start = `Start it: ${commandPair(`canister start ${canister}`)}.`;
  if (since !== undefined && (open === undefined || now > since + DOWN_GRACE_NANOS)) {
    const cause = record.lastError === undefined ? '' : ` ${record.lastError}`;
    return critical(
      'target_not_running',
      `${canister} is down since ${when(since)}: we stopped it, and it was not started again.${cause} ${start}`,
    );
  }
  if (open !== undefined || record.status === undefined || record.status === 'running') return undefined;
  return critical(
    'target_not_running',
    `${canister} was ${record.status} when last seen, ${when(record.seenAt ?? 0n)}, and not by us. ` +
      `If that is not meant: ${start}`,
  );
}

function missed(facts: TargetFacts, now: bigint): HealthReason | undefined {
  const { canister, manager, nextRunAt, policy, record, registeredAt, scheduledAt } = facts;
  const grace = MISSED_GRACE_NANOS + BigInt(facts.targets) * MISSED_GRACE_PER_TARGET_NANOS;
  const late = now > nextRunAt + grace && facts.open === undefined;
  const covered = record.lastSuccess ?? registeredAt;
  const from = covered > scheduledAt ? covered : scheduledAt;
  const uncovered = now > nextRunBy(policy, nextRunBy(policy, from)) + grace;
  if (!late && !uncovered) return undefined;
  const what = late
    ? `${canister} was due at ${when(nextRunAt)} and no run was begun.`
    : `${canister} was not backed up since ${when(covered)}, though two runs were due.`;
  return critical(
    'missed_run',
    `${what} Back it up now, and read why it fails: ` +
      `${commandPair(`canister call ${manager} backup '(principal "${canister}")'`)}.`,
  );
}

function paused({ canister }: TargetFacts): HealthReason {
  return warn('paused', `The backups of ${canister} are paused. Call resume when they are to go on.`);
}

function noBackupYet({ canister, manager, record, nextRunAt }: TargetFacts): HealthReason | undefined {
  if (record.lastSuccess !== undefined) return undefined;
  return warn(
    'no_backup_yet',
    `No backup of ${canister} has succeeded yet; the next is due at ${when(nextRunAt)}. ` +
      `To have one now: ${commandPair(`canister call ${manager} backup '(principal "${canister}")'`)}.`,
  );
}

function failing({ canister, record: { failures, lastError } }: TargetFacts): HealthReason | undefined {
  if (failures === 0) return undefined;
  return warn('failures', `The last ${failures} backups of ${canister} did not succeed. ${lastError ?? ''}`.trimEnd());
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

function topUp(canister: string): string {
  return `Top it up: ${commandPair(
    `cycles top-up ${canister} <cycles>`,
    `canister top-up ${canister} --amount <cycles>`,
  )}.`;
}

function runway(cycles: bigint | undefined, perDay: bigint | undefined): bigint | undefined {
  return cycles === undefined || perDay === undefined || perDay <= 0n ? undefined : cycles / perDay;
}

/** A time for people, to the second, in UTC. */
export function when(nanos: bigint): string {
  const iso = new Date(Number(nanos / NANOS_PER_SECOND) * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
