/** What a look at a target outside any run tells of its health. */
import { LOOK_AGAIN_NANOS, LOOK_NANOS } from '../limits.ts';
import { nextRunBy, type Timed } from '../policy/schedule.ts';
import { liquidOf } from '../run/preflight.ts';
import type { CatalogEntry, ListedSnapshot, StatusAnswer, TargetStatus } from '../run/types.ts';
import { fundsSeen } from './funds.ts';
import type { HealthRecord, Standing } from './types.ts';

/** What is remembered once `status` was seen at `at` (nanoseconds). One that runs is not down any more, whoever started it. */
export function sighted(record: HealthRecord, status: TargetStatus, at: bigint): HealthRecord {
  return { ...record, status, seenAt: at, downSince: status === 'running' ? undefined : record.downSince };
}

/** What is remembered after the answer to a status. Whether an empty one has snapshots is not in it. */
export function answered(record: HealthRecord, status: StatusAnswer, at: bigint): HealthRecord {
  const empty = record.standing === 'starved' ? 'starved' : 'empty';
  return {
    ...sighted(record, status.status, at),
    ...fundsSeen(record, { ...status, liquid: liquidOf(status) }, at),
    standing: status.moduleHash === undefined ? empty : 'well',
  };
}

/** The answers to a look. `refused`: the code of the refusal, if it says what the target is. */
export type LookAnswer =
  | { readonly refused: 'target_not_found' | 'not_controller' }
  | { readonly status: StatusAnswer; readonly listed: readonly ListedSnapshot[] };

/** What is remembered after a look at `at`, when `catalog` was what we have of the target. */
export function looked(
  record: HealthRecord,
  look: LookAnswer,
  seen: { catalog: readonly CatalogEntry[]; at: bigint },
): HealthRecord {
  const { at, catalog } = seen;
  if ('refused' in look) {
    if (look.refused === 'not_controller') return { ...record, standing: 'not_ours', seenAt: at };
    return { ...record, standing: 'deleted', status: undefined, downSince: undefined, seenAt: at };
  }
  const { status, listed } = look;
  const ids = new Set(listed.map(({ id }) => id));
  const missing = catalog.map(({ id }) => id).filter((id) => !ids.has(id));
  return {
    ...answered(record, status, at),
    standing: standingSeen(status, { listed: listed.length, known: catalog.length }),
    missing: missing.length > 0 ? missing : undefined,
    foreign: listed.length - (catalog.length - missing.length),
  };
}

/**
 * A canister that runs out of cycles loses its code and its snapshots together.
 * @param snapshots how many the IC lists, and how many of ours we know
 */
export function standingSeen(
  { moduleHash, cycles }: StatusAnswer,
  snapshots: { readonly listed: number; readonly known: number },
): Standing {
  if (moduleHash !== undefined) return 'well';
  return snapshots.listed === 0 && (snapshots.known > 0 || cycles === 0n) ? 'starved' : 'empty';
}

/** When the manager has to have looked at a target again (nanoseconds): within its interval, and within six hours. */
export function lookBy(record: HealthRecord, policy: Timed, since: bigint): bigint {
  const from = record.seenAt ?? since;
  const interval = nextRunBy({ schedule: policy.schedule }, from) - from;
  return from + (interval < LOOK_NANOS ? interval : LOOK_NANOS);
}

/** When it does so. One that is not well is looked at more often, so that health notices soon that it was repaired. */
export function nextLookAt(record: HealthRecord, policy: Timed, since: bigint): bigint {
  const by = lookBy(record, policy, since);
  if ((record.standing ?? 'well') === 'well' && (record.status ?? 'running') === 'running') return by;
  const again = (record.seenAt ?? since) + LOOK_AGAIN_NANOS;
  return again < by ? again : by;
}
