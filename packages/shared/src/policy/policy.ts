/** What a user decides about the backups of one canister. */
import { DEFAULT_INTERVAL_SECONDS, MAX_KEEP } from '../limits.ts';

/** When. Variants that the interface names but that are not built never become a `Schedule`. */
export interface Schedule {
  readonly kind: 'every';
  /** Interval in seconds. */
  readonly seconds: bigint;
}

/** `stop`: proven, with about two rounds of downtime. `running`: no downtime, calls may be open inside the snapshot. */
export type Mode = 'stop' | 'running';

export interface Policy {
  readonly schedule: Schedule;
  /** How many of our snapshots stay, 1 to 8. */
  readonly keep: number;
  readonly mode: Mode;
}

/** Every six hours, keep eight, with a proven stop. */
export const DEFAULT_POLICY: Policy = {
  schedule: { kind: 'every', seconds: DEFAULT_INTERVAL_SECONDS },
  keep: MAX_KEEP,
  mode: 'stop',
};
