/** What is stored, and how it becomes JSON. Changing any of this is a change of the layout version. */
import type { CatalogEntry, Grant, Policy, Run, ScheduleState, Step } from '@canister-backup/shared';
import { decodeJson, encodeJson, packBigints, unpackBigints } from './codec.ts';

export interface TargetRecord {
  readonly canister: string;
  readonly policy: Policy;
  readonly schedule: ScheduleState;
  /** Nanoseconds. */
  readonly registeredAt: bigint;
}

export interface CanisterRecord {
  readonly snapshots: readonly CatalogEntry[];
  /** Number of the newest run, open or closed. */
  readonly lastRun?: bigint | undefined;
  /** What the last restore loaded, and the version of the canister after it. */
  readonly restored?: { readonly snapshot: string; readonly version: bigint } | undefined;
}

/** A run that is over, and the number of the same canister's run before it. */
export interface ClosedRun {
  readonly run: Run;
  readonly previous?: bigint | undefined;
}

const RUN_BIGINTS = [
  ...['id', 'openedAt', 'progressAt', 'retryAt', 'version', 'takenAt', 'endedAt'],
  ...['before', 'safetyTakenAt', 'versionBefore', 'restoredVersion', 'downSince', 'downUntil'],
];
const ENTRY_BIGINTS = ['takenAt', 'size', 'runId', 'version', 'versionAfter', 'safetyUntil'];

export function encodeTarget(target: TargetRecord): Uint8Array {
  return encodeJson({
    ...packBigints(target, ['registeredAt']),
    policy: { ...target.policy, schedule: packBigints(target.policy.schedule, ['seconds']) },
    schedule: packBigints(target.schedule, ['anchor', 'next']),
  });
}

export function decodeTarget(bytes: Uint8Array): TargetRecord {
  const target = unpackBigints<TargetRecord>(decodeJson(bytes), ['registeredAt']);
  const { policy, schedule } = target;
  return {
    ...target,
    policy: { ...policy, schedule: unpackBigints(policy.schedule, ['seconds']) },
    schedule: unpackBigints(schedule, ['anchor', 'next']),
  };
}

export function encodeRun(run: Run): Uint8Array {
  return encodeJson(packRun(run));
}

export function decodeRun(bytes: Uint8Array): Run {
  return unpackRun(decodeJson(bytes));
}

export function encodeClosedRun(closed: ClosedRun): Uint8Array {
  return encodeJson({ ...packBigints(closed, ['previous']), run: packRun(closed.run) });
}

export function decodeClosedRun(bytes: Uint8Array): ClosedRun {
  const closed = unpackBigints<ClosedRun>(decodeJson(bytes), ['previous']);
  return { ...closed, run: unpackRun(closed.run) };
}

export function encodeCanister(canister: CanisterRecord): Uint8Array {
  const snapshots = canister.snapshots.map((entry) => packBigints(entry, ENTRY_BIGINTS));
  const restored = canister.restored && packBigints(canister.restored, ['version']);
  return encodeJson({ ...packBigints(canister, ['lastRun']), snapshots, restored });
}

export function decodeCanister(bytes: Uint8Array): CanisterRecord {
  const canister = unpackBigints<CanisterRecord>(decodeJson(bytes), ['lastRun']);
  const { restored } = canister;
  return {
    ...canister,
    snapshots: canister.snapshots.map((entry) => unpackBigints<CatalogEntry>(entry, ENTRY_BIGINTS)),
    ...(restored && { restored: unpackBigints<typeof restored>(restored, ['version']) }),
  };
}

export function encodeGrants(grants: readonly Grant[]): Uint8Array {
  return encodeJson(grants.map((grant) => packBigints(grant, ['grantedAt'])));
}

export function decodeGrants(bytes: Uint8Array): readonly Grant[] {
  return (decodeJson(bytes) as unknown[]).map((grant) => unpackBigints<Grant>(grant, ['grantedAt']));
}

function packRun(run: Run): Record<string, unknown> {
  return { ...packBigints(run, RUN_BIGINTS), steps: run.steps.map((step) => packBigints(step, ['at'])) };
}

function unpackRun(packed: unknown): Run {
  const run = unpackBigints<Run>(packed, RUN_BIGINTS);
  return { ...run, steps: run.steps.map((step) => unpackBigints<Step>(step, ['at'])) };
}
