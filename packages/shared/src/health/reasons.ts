/** The making of reasons, for both kinds of health. */
import { commandPair } from '../errors/commands.ts';
import { MISSED_GRACE_NANOS, MISSED_GRACE_PER_TARGET_NANOS } from '../limits.ts';
import { nextRunBy } from '../policy/schedule.ts';
import type { HealthCode, HealthReason, TargetFacts } from './types.ts';

export const critical = (code: HealthCode, message: string): HealthReason => ({ level: 'critical', code, message });
export const warn = (code: HealthCode, message: string): HealthReason => ({ level: 'warn', code, message });

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
