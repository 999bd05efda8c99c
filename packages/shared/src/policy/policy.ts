/** What a user decides about the backups of one canister. */
import { DEFAULT_INTERVAL_SECONDS, MAX_KEEP } from '../limits.ts';
import type { Probe } from './probe.ts';
import type { Rules } from './retention.ts';
import type { QuietHours } from './timing.ts';

/** When. */
export type Schedule =
  /** Interval in seconds. */
  | { readonly kind: 'every'; readonly seconds: bigint }
  /** A text that `parseCron` takes. */
  | { readonly kind: 'calendar'; readonly cron: string };

/** `stop`: proven, with about two rounds of downtime. `running`: no downtime, calls may be open inside the snapshot. */
export type Mode = 'stop' | 'running';

/** Cycles that a target has to have left after a backup. */
export interface Margin {
  /** Of what the target burns with the new snapshot. */
  readonly days: number;
  readonly cycles: bigint;
}

/** A method of the target and its argument, hexadecimal. */
export interface TargetMethod {
  readonly method: string;
  readonly arg: string;
}

export interface Policy {
  readonly schedule: Schedule;
  /**
   * The most of our snapshots that stay, 1 to 8. Pinned, suspect and safety snapshots do not count, but pins and a suspect
   * take slots, so that fewer than eight stay beside them.
   */
  readonly keep: number;
  readonly mode: Mode;
  /** Called after a restore, when the target runs, to set its timers again. */
  readonly afterRestore?: TargetMethod | undefined;
  /** What every snapshot is asked; without it no snapshot is doubted. */
  readonly probe?: Probe | undefined;
  /** Which of them stay; without it the newest. */
  readonly retention?: Rules | undefined;
  /** When no run begins by itself. */
  readonly quiet?: QuietHours | undefined;
  /** Runs begin up to so many seconds after they are due. */
  readonly jitter?: bigint | undefined;
  /** Whether the first run is due when the target is registered; undefined for yes. */
  readonly immediate?: boolean | undefined;
  /** No backup by the timer if the target's version is still what it was after the start of the last one. */
  readonly skipUnchanged?: boolean | undefined;
  /** Seconds a backup may keep the target from running; without it the default of half a minute. */
  readonly maxDowntime?: bigint | undefined;
  /** Without it the default margin. */
  readonly margin?: Margin | undefined;
}

/** Thirty days of burn and a trillion cycles. */
export const DEFAULT_MARGIN: Margin = { days: 30, cycles: 1_000_000_000_000n };

/** Every six hours if something changed; the last two, four daily and two weekly ones, at most eight, with a proven stop. */
export const DEFAULT_POLICY: Policy = {
  schedule: { kind: 'every', seconds: DEFAULT_INTERVAL_SECONDS },
  keep: MAX_KEEP,
  mode: 'stop',
  retention: { last: 2, hourly: 0, daily: 4, weekly: 2, monthly: 0 },
  skipUnchanged: true,
};
