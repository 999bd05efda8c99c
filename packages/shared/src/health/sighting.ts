/** What a look at a target beside any run tells of its health. */
import type { TargetStatus } from '../run/types.ts';
import type { HealthRecord } from './types.ts';

/** What is remembered once `status` was seen at `at` (nanoseconds). One that runs is not down any more, whoever started it. */
export function sighted(record: HealthRecord, status: TargetStatus, at: bigint): HealthRecord {
  return { ...record, status, seenAt: at, downSince: status === 'running' ? undefined : record.downSince };
}
