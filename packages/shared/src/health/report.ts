/** The health of everything, put together. */
import { worst } from './assess.ts';
import { HEALTH_LEVELS, type HealthLevel, type ManagerHealth, type TargetHealth } from './types.ts';

export interface HealthReport {
  readonly level: HealthLevel;
  /** Nanoseconds. */
  readonly now: bigint;
  readonly manager: ManagerHealth;
  readonly targets: readonly TargetHealth[];
  /** How many targets are at each level. */
  readonly counts: Readonly<Record<HealthLevel, number>>;
}

export function reportHealth(manager: ManagerHealth, targets: readonly TargetHealth[], now: bigint): HealthReport {
  const counted = HEALTH_LEVELS.map((level) => [level, targets.filter((target) => target.level === level).length]);
  return {
    level: worst([manager.level, ...targets.map(({ level }) => level)]),
    now,
    manager,
    targets,
    counts: Object.fromEntries(counted) as Record<HealthLevel, number>,
  };
}
