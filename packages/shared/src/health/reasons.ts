/** The making of reasons, for both kinds of health. */
import { commandPair } from '../errors/commands.ts';
import { utc } from '../errors/text.ts';
import { MISSED_GRACE_NANOS, MISSED_GRACE_PER_TARGET_NANOS, NANOS_PER_SECOND } from '../limits.ts';
import { nextRunBy } from '../policy/schedule.ts';
import type { HealthCode, HealthReason, TargetFacts } from './types.ts';

export const critical = (code: HealthCode, message: string): HealthReason => ({ level: 'critical', code, message });
export const warn = (code: HealthCode, message: string): HealthReason => ({ level: 'warn', code, message });

/** A time for people, to the second, in UTC. */
export const when = utc;

/** A time span for people, in its largest unit: "5 h". */
export function span(nanos: bigint): string {
  const seconds = Number(nanos) / Number(NANOS_PER_SECOND);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A target as messages call it. */
export function called({ canister, name }: Pick<TargetFacts, 'canister' | 'name'>): string {
  return name === undefined ? canister : `${name} (${canister})`;
}

export function backupCommand({ canister, manager }: Pick<TargetFacts, 'canister' | 'manager'>): string {
  return commandPair(`canister call ${manager} backup '(principal "${canister}")'`);
}

export function topUp(canister: string): string {
  return `Top it up: ${commandPair(
    `cycles top-up ${canister} CYCLES`,
    `canister top-up ${canister} --amount CYCLES`,
  )}.`;
}

/** How late a run may begin before it counts as missed: all targets may be due at once. */
export function graceOf({ targets }: Pick<TargetFacts, 'targets'>): bigint {
  return MISSED_GRACE_NANOS + BigInt(targets) * MISSED_GRACE_PER_TARGET_NANOS;
}

/**
 * Until when what was true at `covered` is as young as the policy promises: two runs follow it, so that one may fail. The
 * schedule of now owes no run from before it was set.
 */
export function promisedUntil(facts: TargetFacts, covered: bigint): bigint {
  const { policy, scheduledAt } = facts;
  const from = covered > scheduledAt ? covered : scheduledAt;
  return nextRunBy(policy, nextRunBy(policy, from)) + graceOf(facts);
}
