/** The health of everything, put together. */
import { TARGETS_PER_PART } from '../limits.ts';
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
  /** Only with a part of the targets: which, and how many parts there are. Everything else is about all of them. */
  readonly part?: number | undefined;
  readonly parts?: number | undefined;
}

/** The report with the details of one part of the targets, from 0: an answer over HTTP has an end. */
export function partOf(report: HealthReport, part: number): HealthReport {
  const parts = Math.max(1, Math.ceil(report.targets.length / TARGETS_PER_PART));
  const from = part * TARGETS_PER_PART;
  return { ...report, targets: report.targets.slice(from, from + TARGETS_PER_PART), part, parts };
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
