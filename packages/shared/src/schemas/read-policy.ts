/** The optional parts of a policy that say when and what, from the border and back. */
import type { Opt } from '../candid/result.ts';
import type { CandidPolicy, CandidSchedule } from '../candid/values.ts';
import { type ErrorValue, failure } from '../errors/registry.ts';
import { MAX_DOWNTIME_SECONDS, MAX_JITTER_SECONDS, MAX_MARGIN_DAYS, MIN_DOWNTIME_SECONDS } from '../limits.ts';
import { parseCron } from '../policy/cron.ts';
import type { Policy, Schedule } from '../policy/policy.ts';
import { RULE_NAMES } from '../policy/retention.ts';
import { intervalSchema } from './border.ts';
import { MAX_SHOWN, shownText } from './text.ts';

/** The fields of a policy that are read and written here. */
type Options = Pick<
  Policy,
  'retention' | 'quiet' | 'jitter' | 'immediate' | 'skipUnchanged' | 'maxDowntime' | 'margin'
>;
type CandidOptions = Pick<
  CandidPolicy,
  'retention' | 'quiet_hours' | 'jitter_seconds' | 'immediate' | 'skip_unchanged' | 'max_downtime_seconds' | 'margin'
>;
type Read<T> = { readonly Ok: T } | { readonly Err: ErrorValue };

/** More of one rule than there are slots asks for nothing more; the bound only keeps records small. */
const MAX_RULE = 100;

const MINUTES_PER_DAY = 1440;

export function readSchedule(schedule: CandidSchedule): Read<Schedule> {
  if ('calendar' in schedule) {
    const { cron } = schedule.calendar;
    const parsed = parseCron(cron);
    if ('Err' in parsed) return { Err: invalid('schedule.calendar.cron', cron.slice(0, MAX_RULE), parsed.Err) };
    return { Ok: { kind: 'calendar', cron: cron.trim().replace(/[ \t]+/g, ' ') } };
  }
  const seconds = schedule.every_seconds;
  const checked = intervalSchema.safeParse(seconds);
  if (checked.success) return { Ok: { kind: 'every', seconds } };
  return { Err: invalid('schedule.every_seconds', seconds, checked.error.issues[0]?.message ?? 'an interval') };
}

export function writeSchedule(schedule: Schedule): CandidSchedule {
  return schedule.kind === 'every' ? { every_seconds: schedule.seconds } : { calendar: { cron: schedule.cron } };
}

/** Checks the options in the order in which the interface lists them. */
export function readOptions(policy: CandidOptions): Read<Options> {
  const [retention] = policy.retention;
  const [quiet] = policy.quiet_hours;
  const [jitter] = policy.jitter_seconds;
  const [downtime] = policy.max_downtime_seconds;
  const [margin] = policy.margin;
  const problem =
    (retention && refuseRules(retention)) ??
    (quiet && refuseQuiet(quiet)) ??
    outside('jitter_seconds', jitter, [0, MAX_JITTER_SECONDS]) ??
    outside('max_downtime_seconds', downtime, [MIN_DOWNTIME_SECONDS, MAX_DOWNTIME_SECONDS]) ??
    outside('margin.days', margin?.days, [0, MAX_MARGIN_DAYS]);
  if (problem !== undefined) return { Err: problem };
  const [skipUnchanged] = policy.skip_unchanged;
  const [immediate] = policy.immediate;
  return {
    Ok: {
      ...(retention && { retention }),
      ...(quiet && { quiet }),
      ...(jitter !== undefined && { jitter: BigInt(jitter) }),
      ...(immediate !== undefined && { immediate }),
      ...(skipUnchanged !== undefined && { skipUnchanged }),
      ...(downtime !== undefined && { maxDowntime: BigInt(downtime) }),
      ...(margin && { margin }),
    },
  };
}

export function writeOptions(policy: Options): CandidOptions {
  return {
    retention: some(policy.retention && { ...policy.retention }),
    quiet_hours: some(policy.quiet && { ...policy.quiet }),
    jitter_seconds: some(policy.jitter === undefined ? undefined : Number(policy.jitter)),
    immediate: some(policy.immediate),
    skip_unchanged: some(policy.skipUnchanged),
    max_downtime_seconds: some(policy.maxDowntime === undefined ? undefined : Number(policy.maxDowntime)),
    margin: some(policy.margin && { ...policy.margin }),
  };
}

function refuseRules(rules: NonNullable<Policy['retention']>): ErrorValue | undefined {
  for (const name of RULE_NAMES) {
    const problem = outside(`retention.${name}`, rules[name], [0, MAX_RULE]);
    if (problem !== undefined) return problem;
  }
  if (RULE_NAMES.some((name) => rules[name] > 0)) return undefined;
  return invalid('retention', 'all zero', 'at least one of one kind');
}

function refuseQuiet({ from, to }: NonNullable<Policy['quiet']>): ErrorValue | undefined {
  const last = MINUTES_PER_DAY - 1;
  const problem = outside('quiet_hours.from', from, [0, last]) ?? outside('quiet_hours.to', to, [0, last]);
  if (problem !== undefined) return problem;
  return from === to ? invalid('quiet_hours.to', to, 'another minute than from') : undefined;
}

function outside(
  field: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): ErrorValue | undefined {
  const fits = value === undefined || (Number.isInteger(value) && value >= least && value <= most);
  return fits ? undefined : invalid(field, value, `${least} to ${most}`);
}

function invalid(field: string, value: unknown, expected: string): ErrorValue {
  return failure('invalid_policy', { field, value: shownText(String(value), MAX_SHOWN), expected });
}

function some<T>(value: T | undefined): Opt<T> {
  return value === undefined ? [] : [value];
}
