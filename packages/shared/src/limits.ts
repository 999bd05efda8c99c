/**
 * Every number of the backup product that is not a user's choice, with its unit and where it comes from.
 * "Interface" is the Internet Computer interface specification 0.66, "replica" is dfinity/ic of October 2025.
 */

/** Nanoseconds in a second: all times are `bigint` nanoseconds since 1970-01-01 UTC, as `ic0.time` gives them. */
export const NANOS_PER_SECOND = 1_000_000_000n;

/** Snapshots that the IC keeps per canister, ours and others' together (replica, `max_number_of_snapshots_per_canister`). */
export const MAX_SNAPSHOTS_PER_CANISTER = 10;

/** Slots that stay free when a run is over: one to take before deleting, one for what a human may need later. */
export const FREE_SLOTS = 2;

/** The most snapshots that a policy may keep: what is left of the slots. */
export const MAX_KEEP = MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS;

/** Shortest interval of a schedule, in seconds. A run takes several rounds; closer runs would only cost downtime. */
export const MIN_INTERVAL_SECONDS = 60n;

/** Longest interval of a schedule, in seconds: 366 days. */
export const MAX_INTERVAL_SECONDS = 31_622_400n;

/** Interval of the default policy, in seconds: six hours. */
export const DEFAULT_INTERVAL_SECONDS = 21_600n;

/** Interval in nanoseconds of a snapshot that was adopted, since the one it was taken at is not known: the default policy's. */
export const ADOPTED_PACE_NANOS = DEFAULT_INTERVAL_SECONDS * NANOS_PER_SECOND;

/** How long the IC waits for open calls of a canister before it gives up a stop, in seconds (replica, `stop_canister_timeout_duration`). */
export const STOP_TIMEOUT_SECONDS = 300n;

/**
 * How long a run may be without any progress before the watchdog takes its open calls for lost, in nanoseconds.
 * No call of a run takes longer than a stop; the minute on top is for the rounds of the call itself.
 */
export const WATCHDOG_NANOS = (STOP_TIMEOUT_SECONDS + 60n) * NANOS_PER_SECOND;

/** How long a target may take to answer a probe before it is given up, in nanoseconds. */
export const PROBE_NANOS = 60n * NANOS_PER_SECOND;

/**
 * How much of an answer to a probe is read, in bytes. The interpreter takes about 14,000 instructions to hash a byte and
 * 4,000 to walk over it, so 8 KiB cost half of what a backup may spend on an answer (0.3 G); a count has a dozen bytes.
 */
export const MAX_REPLY_READ_BYTES = 8_192;

/**
 * Longest text that is kept of a refusal by the IC or by a canister, and of any one value in an error, in characters. The
 * longest refusal of the IC that says something to people has a few hundred; one by a canister may have two million.
 */
export const MAX_REJECT_TEXT = 1_000;
export const MAX_CONTEXT_TEXT = 2_000;

/** Largest argument of a probe in bytes, kept with each snapshot so that only answers to the same probe are compared. */
export const MAX_PROBE_ARG_BYTES = 1_000;

/** Largest argument of a management method that the manager's `proxy` decodes, in bytes: ids, and little more. */
export const MAX_PROXIED_ARG_BYTES = 1_000;

/** Tripwires of one probe. */
export const MAX_TRIPWIRES = 8;

/** Starts that are sent at once, one after the other, when a start fails. After that the watchdog paces them. */
export const IMMEDIATE_STARTS = 3;

/** How long the manager waits between later attempts to start a target, in nanoseconds. */
export const START_RETRY_NANOS = 60n * NANOS_PER_SECOND;

/** Roles that admins may have granted on one target at a time: more than a team has, and stable memory stays bounded. */
export const MAX_GRANTS_OF_TARGET = 50;

/** Longest name of a method of a target that the manager calls, in characters, and largest argument, in bytes. */
export const MAX_METHOD_NAME = 100;
export const MAX_METHOD_ARG_BYTES = 10_000;

/** Largest argument of a user's message that the manager accepts, in bytes: a policy, the longest, has less than half. */
export const MAX_MESSAGE_BYTES = 32_768;

/**
 * Types, fields and values of one argument, in steps: the longest policy takes fewer than 500, with the type table that
 * libraries write, and a step costs up to 25,000 instructions.
 */
export const MAX_ARGUMENT_STEPS = 700;

/** The same for an argument inside `proxy`'s: three fields of four types. */
export const MAX_PROXIED_ARG_STEPS = 100;

/** How long a safety snapshot stays if nobody settles it, in nanoseconds: seven days. */
export const SAFETY_NANOS = 7n * 86_400n * NANOS_PER_SECOND;

/** How long a restore may keep its target down for what it tries again, in nanoseconds: ten minutes. */
export const RESTORE_DOWNTIME_NANOS = 600n * NANOS_PER_SECOND;

/**
 * A snapshot below this size cannot have the load that follows it refused for its rate: a take adds at most its own size
 * to less than one limit, and two rounds end before the load, each of which takes one limit away (replica,
 * `heap_delta_rate_limit`: 75 MiB).
 */
export const SAFE_TO_LOAD_BYTES = 2n * 78_643_200n;

/** How often the history of a target is asked again whether a load was carried out, if it could not be read. */
export const LOAD_CHECKS = 3;

/**
 * The calls that a new run asks cycles for: the seven of a backup, with the starts that may have to be sent again, and
 * as many deletions as a policy that was lowered can bring.
 */
export const CALLS_OF_A_NEW_RUN = 16n;

/**
 * The most calls that an open run may still have in flight at once: stop and status, or status, the work, start and
 * status, and two more starts.
 */
export const CALLS_OF_AN_OPEN_RUN = 6n;

/** Calls with which a run looks at its target before it asks for cycles: status and list. */
export const CALLS_TO_LOOK = 2n;

/** Calls in flight that belong to no run: for one caller, about one canister, and in all. */
export interface CallBounds {
  readonly caller: number;
  readonly canister: number;
  readonly all: number;
}

/**
 * Each locks 42.1 G cycles on a subnet of 13 nodes, so all together lock one trillion at most. A plan of a restore makes two
 * at once, so two people can look at one target; the callers of one target cannot take what those of others need.
 */
export const OUTSIDE_CALLS = {
  look: { caller: 4, canister: 4, all: 16 },
  wait: { caller: 2, canister: 2, all: 8 },
} as const satisfies Record<string, CallBounds>;

/** When a caller that was refused for the calls of others may try again, in seconds: a look takes two or three rounds. */
export const BUSY_RETRY_SECONDS = 5n;

/** How late a run may begin before it counts as missed, in nanoseconds. */
export const MISSED_GRACE_NANOS = 900n * NANOS_PER_SECOND;

/**
 * How much later it may begin for each target there is, in nanoseconds, because all may be due at once: a run takes about
 * eight rounds, and up to four are open at a time.
 */
export const MISSED_GRACE_PER_TARGET_NANOS = 4n * NANOS_PER_SECOND;

/** The longest time between two looks of the manager at a target, in nanoseconds: six hours, or its interval if that is shorter. */
export const LOOK_NANOS = 21_600n * NANOS_PER_SECOND;

/**
 * The same for a target that is not well, so that health tells soon that it was repaired, in nanoseconds: five minutes. Two
 * calls, about 20 M cycles each time.
 */
export const LOOK_AGAIN_NANOS = 300n * NANOS_PER_SECOND;

/** How late a look may be before what is known of a target counts as out of date, in nanoseconds. */
export const LOOK_GRACE_NANOS = 900n * NANOS_PER_SECOND;

/**
 * How late an alarm may ring before an update call sets it anew, in nanoseconds. The CDK rings it by a call of the canister
 * to itself, which takes two rounds, and some more on a busy subnet.
 */
export const ALARM_GRACE_NANOS = 60n * NANOS_PER_SECOND;

/** How late an alarm may ring before health says that it sleeps, in nanoseconds: a subnet may be down for an upgrade. */
export const ALARM_ASLEEP_NANOS = 600n * NANOS_PER_SECOND;

/** How long a call that belongs to no run may be open before health says so, in nanoseconds. */
export const OPEN_CALL_GRACE_NANOS = 3600n * NANOS_PER_SECOND;

/** Fewer days of cycles than this are a warning. */
export const RUNWAY_DAYS = 30n;

/** How far back spending is looked at in full, in nanoseconds: 14 days. */
export const SPEND_WINDOW_NANOS = 1_209_600n * NANOS_PER_SECOND;

/** Least time between two deletions that are paced (`policy/deletions.ts`), in nanoseconds: fifty minutes. */
export const SHRINK_SPACING_NANOS = 3000n * NANOS_PER_SECOND;

/**
 * How much earlier than a whole interval after the last one a paced deletion may come, in nanoseconds: ten minutes, because
 * runs of one schedule are not equally late. What comes early makes the next one wait longer.
 */
export const SHRINK_SLACK_NANOS = 600n * NANOS_PER_SECOND;

/** Shortest pace, in nanoseconds: an hour, so that with the slack two paced deletions are `SHRINK_SPACING_NANOS` apart. */
export const SHORTEST_PACE_NANOS = SHRINK_SPACING_NANOS + SHRINK_SLACK_NANOS;

/** Most seconds that a run begins late to spread targets: a day. */
export const MAX_JITTER_SECONDS = 86_400;

/** Least and most seconds that a policy allows a backup to keep its target down; the IC gives up a stop after 300. */
export const MIN_DOWNTIME_SECONDS = 10;
export const MAX_DOWNTIME_SECONDS = 300;

/**
 * How long a backup waits for the stop if the policy says nothing, in seconds. A stop waits for the calls that the target
 * has open: one to another subnet is answered within some ten seconds, so three times that is for what will come, and
 * what has not come by then (a call that hangs) would mostly keep the target down for the whole five minutes of the IC.
 */
export const DEFAULT_DOWNTIME_SECONDS = 30n;

/** Most days of a target's burn that a policy leaves it. */
export const MAX_MARGIN_DAYS = 3650;

/** Time between two backups of a target by hand, in nanoseconds. */
export const MANUAL_SPACING_NANOS = 60n * NANOS_PER_SECOND;

/** Most snapshots of a target that may be pinned, so that backups go on. */
export const MAX_PINS = 5;

/** Most safety snapshots of a target that are not settled: what would follow has the last slots, and backups need one. */
export const MAX_SAFETIES = FREE_SLOTS;

/** Most characters of a pin's label. */
export const MAX_LABEL = 100;

/**
 * Most targets of one manager. What is short is a query over all of them, which has 5 G instructions (replica,
 * `max_instructions_per_query_message`): with 2,000 targets of 8 snapshots, none of them well, `health` takes 3.5 G. An upgrade,
 * which has 300 G, takes 5.0 G (tests/e2e/manager-many.test.ts with `MANY_TARGETS=2000`).
 */
export const MAX_TARGETS = 2_000;

/** Targets whose details one answer over HTTP has: about 1 kB for each in an answer of at most 2 MiB. */
export const TARGETS_PER_PART = 100;

/** Bytes of a page of `export_state`, about; below the 2 MiB of an answer, and of a message that brings it back. */
export const STATE_PAGE_BYTES = 500_000;

/** Canisters of a page of `export_state`, and of one `import_state`, which makes two calls for each. */
export const STATE_PAGE_ITEMS = 50;

/** Largest argument of `import_state`, in bytes: the IC takes messages of 2 MiB. */
export const MAX_IMPORT_BYTES = 1_500_000;

/** Canisters that an import asks the IC about at a time; each call in flight locks about 42.1 G cycles. */
export const IMPORTS_AT_ONCE = 4;

/** Longest name of a target, in code points: fits a line of a page. */
export const MAX_NAME = 100;

/** Longest hold, in minutes: a day. */
export const MAX_HOLD_MINUTES = 1440;

/** Storage fee of a 13-node application subnet in cycles for a GiB and a second (replica, `gib_storage_per_second_fee`). */
export const STORAGE_CYCLES_PER_GIB_SECOND = 127_000n;

/**
 * What a target of a 13-node subnet pays for a take and for a load, in cycles, beside a cycle for each byte of the
 * snapshot and, for a load, what compiling the module costs (replica, `canister_snapshot_baseline_instructions`).
 */
export const TAKE_CYCLES = 2_005_000_000n;
export const LOAD_CYCLES = 2_010_000_000n;

/** Bytes in a GiB. */
export const BYTES_PER_GIB = 1_073_741_824n;

/** Seconds in a day. */
export const SECONDS_PER_DAY = 86_400n;
