/** Health as Prometheus reads it: text format 0.0.4, in base units (seconds, bytes, cycles). */
import { NANOS_PER_SECOND } from '../limits.ts';
import type { HealthReport } from './report.ts';
import { HEALTH_LEVELS, type HealthLevel, type TargetHealth } from './types.ts';

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels?: string; readonly value: bigint | number }[];
}

/**
 * @param open whether ids and balances may be shown; without it there are levels and counts
 */
export function metricsText(report: HealthReport, open: boolean): string {
  return [...general(report), ...(open ? [...ofManager(report), ...ofTargets(report)] : [])]
    .filter(({ samples }) => samples.length > 0)
    .map(write)
    .join('');
}

function write({ name, help, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${labels === undefined ? '' : `{${labels}}`} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function general({ level, manager, counts }: HealthReport): Metric[] {
  return [
    one(
      'canister_backup_health',
      'Gravest level of the manager and all targets: 0 ok, 1 warn, 2 critical.',
      rank(level),
    ),
    one(
      'canister_backup_manager_health',
      'Level of the manager itself: 0 ok, 1 warn, 2 critical.',
      rank(manager.level),
    ),
    {
      name: 'canister_backup_targets',
      help: 'Targets by level.',
      samples: HEALTH_LEVELS.map((of) => ({ labels: `level="${of}"`, value: counts[of] })),
    },
  ];
}

function ofManager({ manager, now, parts }: HealthReport): Metric[] {
  return [
    {
      name: 'canister_backup_manager_reason',
      help: 'Why the manager is not ok.',
      samples: manager.reasons.map(({ code, level }) => ({ labels: `code="${code}"`, value: rank(level) })),
    },
    one('canister_backup_time_seconds', 'Time of the manager.', seconds(now)),
    one('canister_backup_manager_cycles', 'Cycles of the manager.', manager.cycles),
    one('canister_backup_manager_liquid_cycles', 'Cycles of the manager above its freezing limit.', manager.liquid),
    one('canister_backup_manager_runway_days', 'Days until the manager has no cycles left.', manager.runwayDays),
    one('canister_backup_open_runs', 'Runs that are open.', manager.openRuns),
    one('canister_backup_parts', 'Parts that the targets come in: ask for each with ?part=0 and so on.', parts),
    one('canister_backup_open_calls', 'Calls of the manager that are not answered.', manager.openCalls),
  ];
}

function ofTargets({ targets }: HealthReport): Metric[] {
  const each = (name: string, help: string, value: (target: TargetHealth) => bigint | number | undefined): Metric => ({
    name: `canister_backup_target_${name}`,
    help,
    samples: targets.flatMap((target) => {
      const found = value(target);
      return found === undefined ? [] : [{ labels: labelsOf(target), value: found }];
    }),
  });
  return [
    each('health', 'Level of the target: 0 ok, 1 warn, 2 critical.', ({ level }) => rank(level)),
    {
      name: 'canister_backup_target_reason',
      help: 'Why the target is not ok.',
      samples: targets.flatMap((target) =>
        target.reasons.map(({ code, level }) => ({
          labels: `${labelsOf(target)},code="${code}"`,
          value: rank(level),
        })),
      ),
    },
    each('last_success_seconds', 'When the last backup succeeded.', ({ record }) => seconds(record.lastSuccess)),
    each('next_run_seconds', 'When the next backup is due.', ({ nextRunAt }) => seconds(nextRunAt)),
    each('as_of_seconds', 'When the manager last saw the target.', ({ asOf }) => seconds(asOf)),
    each('newest_good_seconds', 'When the newest good snapshot was taken.', ({ goodTakenAt }) => seconds(goodTakenAt)),
    each('newest_good_age_seconds', 'Age of the newest good snapshot.', ({ goodAge }) => seconds(goodAge)),
    each('downtime_seconds', 'How long the last backup kept the target from answering.', ({ record }) =>
      record.downtime === undefined ? undefined : Number(record.downtime) / Number(NANOS_PER_SECOND),
    ),
    each('failures', 'Backups in a row that did not succeed.', ({ record }) => record.failures),
    each('running', 'Whether the target ran when last seen.', ({ status }) => runs(status)),
    each('snapshots', 'Snapshots of ours.', ({ snapshots }) => snapshots),
    each('suspects', 'Snapshots of ours that may be bad.', ({ suspects }) => suspects),
    each('foreign_snapshots', "Others' snapshots.", ({ record }) => record.foreign),
    each('slots_free', 'Snapshots that the IC has room for.', ({ slotsFree }) => slotsFree),
    each('snapshot_bytes', 'Size of our snapshots.', ({ bytes }) => bytes),
    each('cycles', 'Cycles of the target when last seen.', ({ record }) => record.cycles),
    each('runway_days', 'Days until the target freezes.', ({ runwayDays }) => runwayDays),
  ];
}

function one(name: string, help: string, value: bigint | number | undefined): Metric {
  return { name, help, samples: value === undefined ? [] : [{ value }] };
}

/** Names are free text; the format has three characters to escape. */
function labelsOf({ canister, name }: Pick<TargetHealth, 'canister' | 'name'>): string {
  if (name === undefined) return `canister="${canister}"`;
  const text = name.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
  return `canister="${canister}",name="${text}"`;
}

function runs(status: TargetHealth['status']): number | undefined {
  if (status === undefined) return undefined;
  return status === 'running' ? 1 : 0;
}

function rank(level: HealthLevel): number {
  return HEALTH_LEVELS.indexOf(level);
}

function seconds(nanos: bigint | undefined): bigint | undefined {
  return nanos === undefined ? undefined : nanos / NANOS_PER_SECOND;
}
