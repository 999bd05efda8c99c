/** Border values into the types that the rest works with; what does not fit becomes a failure that names the field. */
import type { CandidPolicy } from '../candid/values.ts';
import { type ErrorValue, failure } from '../errors/registry.ts';
import type { Policy } from '../policy/policy.ts';
import { intervalSchema, keepSchema, limitSchema, MAX_PAGE, snapshotIdSchema } from './border.ts';

/** A value or the failure that took its place. */
export type Result<T> = { readonly Ok: T } | { readonly Err: ErrorValue };

/** The part of a schema that is used here. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly { message: string }[] } };
}

/** Checks a policy: `invalid_policy` names the field, `not_supported` what is not built. */
export function readPolicy(policy: CandidPolicy): Result<Policy> {
  if ('calendar' in policy.schedule) return { Err: failure('not_supported', { feature: 'schedule: calendar' }) };
  const seconds = policy.schedule.every_seconds;
  const problem =
    mismatch('invalid_policy', 'schedule.every_seconds', seconds, intervalSchema) ??
    mismatch('invalid_policy', 'keep', policy.keep, keepSchema);
  if (problem !== undefined) return { Err: problem };
  const mode = 'stop' in policy.mode ? 'stop' : 'running';
  return { Ok: { schedule: { kind: 'every', seconds }, keep: policy.keep, mode } };
}

/** The policy as Candid carries it. */
export function writePolicy(policy: Policy): CandidPolicy {
  return {
    schedule: { every_seconds: policy.schedule.seconds },
    keep: policy.keep,
    mode: policy.mode === 'stop' ? { stop: null } : { running: null },
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
  const problem = mismatch('invalid_argument', 'snapshot_id', id, snapshotIdSchema);
  return problem === undefined ? { Ok: id } : { Err: problem };
}

function mismatch<T>(
  code: 'invalid_policy' | 'invalid_argument',
  field: string,
  value: unknown,
  schema: Schema<T>,
): ErrorValue | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return undefined;
  return failure(code, { field, value: String(value), expected: parsed.error.issues[0]?.message ?? 'something else' });
}
