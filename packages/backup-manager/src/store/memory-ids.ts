/**
 * Every stable memory of the manager and the version of their layout, from the first build on. An id is never used
 * for anything else, also not after what it held is gone: the data of installed managers is found by it.
 */
export const MEMORY = {
  /** Layout version, counters and the default target, by name. */
  meta: 0,
  /** Registered targets, by the text of the canister. */
  targets: 1,
  /** The run of a target that is not over, by the text of the canister: the journal, and the lock. */
  openRuns: 2,
  /** Runs that are over, by number. */
  closedRuns: 3,
  /** Our snapshots of a canister and its last run, by the text of the canister; stays when a target is unregistered. */
  canisters: 4,
  /** Roles that were granted, by the text of the principal. */
  grants: 5,
  /** What happened, by number; the oldest go first. */
  history: 6,
  /** What was last seen of a target's health, by the text of the canister. */
  health: 7,
} as const;

/**
 * Version of keys and values. A build migrates what older builds wrote, one version after the other, and refuses what
 * newer builds wrote.
 */
export const LAYOUT_VERSION = 2;
