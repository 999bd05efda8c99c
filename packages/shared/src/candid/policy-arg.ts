/** Policies as clients write them: only what they mean to say. */
import type { CandidPolicy } from './values.ts';

/** What a policy cannot be without. */
type Needed = Pick<CandidPolicy, 'schedule' | 'keep' | 'mode'>;

/** The policy with every field that is left out as `null`, as Candid libraries want it. */
export function policyArg(policy: Needed & Partial<CandidPolicy>): CandidPolicy {
  return {
    retention: [],
    quiet_hours: [],
    jitter_seconds: [],
    immediate: [],
    skip_unchanged: [],
    max_downtime_seconds: [],
    margin: [],
    after_restore: [],
    probe: [],
    ...policy,
  };
}
