/** Border values into the types that the rest works with; what does not fit becomes a failure that names the field. */
import type { Opt } from '../candid/result.ts';
import type { CandidPolicy, CandidTargetMethod } from '../candid/values.ts';
import { blobText } from '../errors/commands.ts';
import { type ErrorValue, failure } from '../errors/registry.ts';
import { bytesToHex, hexToBytes } from '../ids/bytes.ts';
import { snapshotIdFromHex } from '../ids/snapshot-id.ts';
import type { Policy, TargetMethod } from '../policy/policy.ts';
import {
  keepSchema,
  limitSchema,
  MAX_PAGE,
  methodArgSchema,
  methodNameSchema,
  nameSchema,
  snapshotIdSchema,
} from './border.ts';
import { readOptions, readSchedule, writeOptions, writeSchedule } from './read-policy.ts';
import { problemOfProbe, readProbe, writeProbe } from './read-probe.ts';
import { MAX_SHOWN, shownText } from './text.ts';

/** A value or the failure that took its place. */
export type Result<T> = { readonly Ok: T } | { readonly Err: ErrorValue };

/** The part of a schema that is used here. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly { message: string }[] } };
}

/** Checks a policy: `invalid_policy` names the field. */
export function readPolicy(policy: CandidPolicy): Result<Policy> {
  const schedule = readSchedule(policy.schedule);
  if ('Err' in schedule) return schedule;
  const options = readOptions(policy);
  const problem =
    mismatch('invalid_policy', 'keep', policy.keep, keepSchema) ??
    problemOfMethod('after_restore', policy.after_restore[0]) ??
    problemOfProbe(policy.probe[0]);
  if (problem !== undefined) return { Err: problem };
  if ('Err' in options) return options;
  const mode = 'stop' in policy.mode ? 'stop' : 'running';
  const afterRestore = readMethod(policy.after_restore[0]);
  const probe = policy.probe[0] && readProbe(policy.probe[0]);
  return {
    Ok: {
      schedule: schedule.Ok,
      keep: policy.keep,
      mode,
      ...options.Ok,
      ...(afterRestore && { afterRestore }),
      ...(probe && { probe }),
    },
  };
}

function problemOfMethod(field: string, called: CandidTargetMethod | undefined): ErrorValue | undefined {
  if (called === undefined) return undefined;
  return (
    mismatch('invalid_policy', `${field}.method`, called.method, methodNameSchema) ??
    mismatch('invalid_policy', `${field}.arg`, called.arg, methodArgSchema)
  );
}

function readMethod(called: CandidTargetMethod | undefined): TargetMethod | undefined {
  return called && { method: called.method, arg: bytesToHex(Uint8Array.from(called.arg)) };
}

function writeMethod(called: TargetMethod | undefined): Opt<CandidTargetMethod> {
  return called === undefined ? [] : [{ method: called.method, arg: hexToBytes(called.arg) ?? new Uint8Array() }];
}

/** The policy as Candid carries it. */
export function writePolicy(policy: Policy): CandidPolicy {
  return {
    ...writeOptions(policy),
    schedule: writeSchedule(policy.schedule),
    keep: policy.keep,
    mode: policy.mode === 'stop' ? { stop: null } : { running: null },
    after_restore: writeMethod(policy.afterRestore),
    probe: policy.probe === undefined ? [] : [writeProbe(policy.probe)],
  };
}

/** Checks the size of a page; without one it is the largest. */
export function readLimit(limit: number | undefined): Result<number> {
  if (limit === undefined) return { Ok: MAX_PAGE };
  const problem = mismatch('invalid_argument', 'limit', limit, limitSchema);
  return problem === undefined ? { Ok: limit } : { Err: problem };
}

/** Checks the form of a snapshot id. Whether the snapshot exists is for the canister to say. */
export function readSnapshotId(id: Uint8Array): Result<Uint8Array> {
  const text = hexTextOf(id);
  if (text !== undefined) {
    const expected = `the bytes of the id, not its text: blob "${blobText(text)}"`;
    return { Err: failure('invalid_argument', { field: 'snapshot_id', value: text, expected }) };
  }
  const problem = mismatch('invalid_argument', 'snapshot_id', id, snapshotIdSchema);
  return problem === undefined ? { Ok: id } : { Err: problem };
}

/** The hexadecimal text of an id, as tools print it, if its characters were pasted as if they were the bytes. */
function hexTextOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes).toLowerCase();
  return snapshotIdFromHex(text) === undefined ? undefined : text;
}

/** Checks the name of a target. */
export function readName(name: string): Result<string> {
  const problem = mismatch('invalid_argument', 'name', name, nameSchema);
  if (problem === undefined) return { Ok: name };
  const expected = problem.context.find(([key]) => key === 'expected')?.[1] ?? '';
  return { Err: failure('invalid_argument', { field: 'name', value: shownText(name), expected }) };
}

function mismatch<T>(
  code: 'invalid_policy' | 'invalid_argument',
  field: string,
  value: unknown,
  schema: Schema<T>,
): ErrorValue | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return undefined;
  return failure(code, {
    field,
    value: shownText(String(value), MAX_SHOWN),
    expected: parsed.error.issues[0]?.message ?? 'something else',
  });
}
