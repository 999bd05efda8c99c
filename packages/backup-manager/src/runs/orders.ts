/** What a run of a target is told of its policy and of what came before. */
import { DEFAULT_DOWNTIME_SECONDS, DEFAULT_MARGIN, type RunOrder } from '@canister-backup/shared';
import type { TargetRecord } from '../store/targets.ts';

type ByPolicy = Omit<RunOrder, 'id' | 'manager' | 'openedAt' | 'kind' | 'askedBy'>;

export function orderFor({ canister, policy, shrunkUntil }: TargetRecord, now: bigint): ByPolicy {
  const { mode, keep, probe, afterRestore, retention, skipUnchanged, maxDowntime } = policy;
  return {
    target: canister,
    mode,
    keep,
    probe,
    afterRestore,
    rules: retention,
    skipUnchanged,
    maxDowntime: maxDowntime ?? DEFAULT_DOWNTIME_SECONDS,
    margin: policy.margin ?? DEFAULT_MARGIN,
    mayShrink: shrunkUntil === undefined || shrunkUntil <= now,
  };
}
