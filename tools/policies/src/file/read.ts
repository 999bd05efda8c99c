/** `policies.json` into what is wanted. Every problem is found at once, and each says where it is. */
import {
  type CandidPolicy,
  DEFAULT_POLICY,
  hexToBytes,
  type Opt,
  readPolicy,
  writePolicy,
} from '@canister-backup/shared';
import type { RoleOf, Wanted, WantedTarget } from '../core/types.ts';
import { Failure } from '../failure.ts';
import { type Parsed, parseJson } from './parse.ts';
import { type FilePolicy, type PoliciesFile, policiesSchema } from './schema.ts';

export interface ReadFile {
  readonly wanted: Wanted;
  /** The manager that the file is for, if it says so. */
  readonly manager?: string | undefined;
}

/** @param path for messages */
export function readPolicies(text: string, path: string): ReadFile {
  const file = parse(text, path);
  const problems: string[] = [];
  const targets = file.targets.map((target) => readTarget(target, file.defaults, problems));
  problems.push(...repeated(file.targets));
  const idOf = (where: string, named: string): string => {
    const found = file.targets.find(({ canister, name }) => canister === named || name === named);
    if (found === undefined) problems.push(`${where}: no target is called ${named}`);
    return found?.canister ?? named;
  };
  const { default_target } = file;
  const defaultTarget = default_target ? idOf('default_target', default_target) : default_target;
  const roles = file.roles?.map(
    ({ who, role, target }, index): RoleOf => ({
      who,
      role,
      ...(target !== undefined && { canister: idOf(`roles[${index}].target`, target) }),
    }),
  );
  if (problems.length > 0) throw invalid(path, problems);
  return { wanted: { targets, defaultTarget, roles }, manager: file.manager };
}

function parse(text: string, path: string): PoliciesFile {
  const { value, placeOf, repeated } = places(text, path);
  if (repeated.length > 0) throw invalid(path, repeated);
  const parsed = policiesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(
    path,
    parsed.error.issues.map(({ path: at, message }) => {
      const where = at.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
      return `${placeOf(at)}: ${where === '' ? message : `${where.replace(/^\./, '')}: ${message}`}`;
    }),
  );
}

function places(text: string, path: string): Parsed {
  try {
    return parseJson(text);
  } catch (error) {
    throw invalid(path, [(error as Error).message]);
  }
}

function invalid(path: string, problems: readonly string[]): Failure {
  return new Failure(
    'usage',
    'invalid_file',
    `${path} is not right:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

/** Two entries for one canister contradict each other, and one name for two says nothing. */
function repeated(targets: PoliciesFile['targets']): string[] {
  const seen = new Set<string>();
  return targets.flatMap(({ canister, name }, index) =>
    [canister, ...(name === undefined ? [] : [name])].flatMap((text) => {
      if (seen.has(text)) return [`targets[${index}]: ${text} is there already`];
      seen.add(text);
      return [];
    }),
  );
}

function readTarget(target: PoliciesFile['targets'][number], defaults: FilePolicy, problems: string[]): WantedTarget {
  const { canister, name, paused, ...own } = target;
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  const read = readPolicy(candidPolicy({ ...defaults, ...Object.fromEntries(said) }));
  if ('Err' in read) problems.push(`the policy of ${name ?? canister}: ${read.Err.message}`);
  return { canister, name, paused, policy: 'Ok' in read ? read.Ok : DEFAULT_POLICY };
}

/** What is said nowhere is as in the manager's own default policy. */
function candidPolicy(file: FilePolicy): CandidPolicy {
  const usual = writePolicy(DEFAULT_POLICY);
  const { jitter, max_downtime, after_restore, probe } = file;
  const said = {
    schedule: file.schedule && candidSchedule(file.schedule),
    keep: file.keep,
    mode: file.mode && (file.mode === 'stop' ? { stop: null } : { running: null }),
    retention: some(file.retention),
    quiet_hours: some(file.quiet_hours),
    jitter_seconds: some(jitter, Number),
    immediate: some(file.immediate),
    skip_unchanged: some(file.skip_unchanged),
    max_downtime_seconds: some(max_downtime, Number),
    margin: some(file.margin),
    after_restore: some(after_restore, candidMethod),
    probe: some(probe, (value) => ({ ...candidMethod(value), tripwires: value.tripwires.map(candidTripwire) })),
  };
  return { ...usual, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

function candidSchedule(schedule: NonNullable<FilePolicy['schedule']>): CandidPolicy['schedule'] {
  return 'every' in schedule ? { every_seconds: schedule.every } : { calendar: { cron: schedule.calendar } };
}

function candidMethod({ method, arg }: { readonly method: string; readonly arg: string }) {
  return { method, arg: hexToBytes(arg.toLowerCase()) ?? new Uint8Array() };
}

type FileTripwire = NonNullable<FilePolicy['probe']>['tripwires'][number];

function candidTripwire({ measure, at_least, shrinks_at_most_percent }: FileTripwire) {
  return {
    measure: measure === 'reply_bytes' ? { reply_bytes: null } : measure,
    at_least: some(at_least) ?? [],
    shrinks_at_most_percent: some(shrinks_at_most_percent) ?? [],
  };
}

/** Null is an `opt` without a value, undefined is nothing at all. */
function some<T>(value: T | null | undefined): Opt<T> | undefined;
function some<T, U>(value: T | null | undefined, change: (value: T) => U): Opt<U> | undefined;
function some<T>(
  value: T | null | undefined,
  change: (value: T) => unknown = (same) => same,
): Opt<unknown> | undefined {
  return value === undefined ? undefined : value === null ? [] : [change(value)];
}
