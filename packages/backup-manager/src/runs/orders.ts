/** What a run of a target is told of its policy and of what came before. */
import { DEFAULT_DOWNTIME_SECONDS, DEFAULT_MARGIN, intervalFrom, type RunOrder } from '@canister-backup/shared';
import { pacedFrom } from '../store/canisters.ts';
import type { TargetRecord } from '../store/targets.ts';

type ByPolicy = Omit<RunOrder, 'id' | 'manager' | 'openedAt' | 'kind' | 'askedBy'>;

export function orderFor({ canister, policy, schedule, shrunkUntil }: TargetRecord, now: bigint): ByPolicy {
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
    every: intervalFrom(policy.schedule, schedule.next),
    pacedFrom: pacedFrom(canister),
    mayShrink: shrunkUntil === undefined || shrunkUntil <= now,
  };
}
