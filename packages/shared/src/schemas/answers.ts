/**
 * Schemas of the manager's answers, for clients that do not trust what they decoded and for tests. A canister that does
 * not use them does not carry them: nothing here has an effect of its own.
 */
import { ROLES } from '../access/rights.ts';
import { ERROR_CODES } from '../errors/registry.ts';
import { HEALTH_LEVELS } from '../health/types.ts';
import { modeSchema, policySchema, principalSchema, snapshotIdSchema } from './border.ts';
import { type SomeSchema, z } from './zod.ts';

const nat64 = z.bigint().check(z.refine((value) => BigInt.asUintN(64, value) === value, 'a 64-bit natural'));
const nat = z.bigint().check(z.refine((value) => value >= 0n, 'a natural'));
const count = z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0, 'a natural'));
const hash = z.instanceof(Uint8Array).check(z.refine((bytes) => bytes.length === 32, '32 bytes'));
const opt = <Schema extends SomeSchema>(schema: Schema) => z.union([z.tuple([]), z.tuple([schema])]);

export const errorSchema = z.object({
  code: z.string().check(z.refine((code) => ERROR_CODES.some((known) => known === code), 'a code of the registry')),
  message: z.string().check(z.minLength(1)),
  context: z.array(z.tuple([z.string(), z.string()])),
});

const fingerprint = z.object({
  certainty: z.enum(['exact', 'approximate', 'unknown']),
  reply_bytes: opt(nat64),
  reply_hash: opt(hash),
  naturals: z.array(nat),
});

const doubt = z.object({
  kind: z.enum(['suspect', 'unknown', 'marked', 'unproven', 'load_failed']),
  reasons: z.array(errorSchema),
});

export const snapshotSchema = z.object({
  canister: principalSchema,
  snapshot_id: snapshotIdSchema,
  taken_at: nat64,
  total_size: nat64,
  run_id: nat64,
  mode: modeSchema,
  module_hash: opt(hash),
  canister_version: opt(nat64),
  good: z.boolean(),
  pin: opt(z.string()),
  origin: opt(z.enum(['manual', 'adopted'])),
  safety_until: opt(nat64),
  fingerprint: opt(fingerprint),
  doubt: opt(doubt),
});

export const targetSchema = z.object({
  canister: principalSchema,
  policy: policySchema,
  is_default: z.boolean(),
  registered_at: nat64,
  next_run_at: nat64,
  last_run: opt(nat64),
  open_run: opt(nat64),
  paused: opt(z.boolean()),
  paused_alone: opt(z.boolean()),
  held: opt(z.object({ until: nat64, by: z.string() })),
  newest_good: opt(snapshotSchema),
  name: opt(z.string()),
  newest_good_age_seconds: opt(nat64),
  last_downtime: opt(nat64),
});

const downtime = z.object({ nanos: nat64, rounds: count });

export const runSchema = z.object({
  run_id: nat64,
  canister: principalSchema,
  kind: z.enum(['backup', 'restore', 'undo_restore', 'restore_forced', 'adopt', 'delete']),
  mode: modeSchema,
  asked_by: z.string().check(z.minLength(1)),
  outcome: z.enum(['open', 'succeeded', 'skipped', 'failed', 'interrupted']),
  error: opt(errorSchema),
  warnings: z.array(errorSchema),
  phase: z.string().check(z.minLength(1)),
  started_at: nat64,
  ended_at: opt(nat64),
  was_running: opt(z.boolean()),
  started_again: z.boolean(),
  snapshot_id: opt(snapshotIdSchema),
  deleted: z.array(snapshotIdSchema),
  steps: z.array(z.object({ name: z.string(), at: nat64, error: opt(errorSchema) })),
  state_after: opt(z.enum(['snapshot', 'before'])),
  safety_snapshot: opt(snapshotIdSchema),
  downtime: opt(downtime),
  name: opt(z.string()),
});

export const keptSchema = z.object({
  snapshots: z.array(snapshotSchema),
  total_size: nat64,
  storage_cycles_per_day: nat,
  note: z.string().check(z.minLength(1)),
});

const result = <Schema extends SomeSchema>(Ok: Schema) =>
  z.union([z.strictObject({ Ok }), z.strictObject({ Err: errorSchema })]);

const page = <Item extends SomeSchema, Cursor extends SomeSchema>(item: Item, cursor: Cursor) =>
  result(z.object({ items: z.array(item), total: nat64, next: opt(cursor) }));

const restoreReport = z.object({
  run_id: nat64,
  canister: principalSchema,
  snapshot_id: snapshotIdSchema,
  taken_at: nat64,
  age_seconds: nat64,
  module_hash: opt(hash),
  running: z.boolean(),
  summary: z.string().check(z.minLength(1)),
  safety_snapshot: opt(snapshotIdSchema),
  lost: opt(z.string().check(z.minLength(1))),
  downtime: opt(downtime),
  warnings: opt(z.array(errorSchema)),
  ways_back: opt(z.array(snapshotSchema)),
});

const stateSeen = z.object({ at: nat64, module_hash: opt(hash), canister_version: opt(nat64), size: opt(nat64) });

const restorePlan = z.object({
  canister: principalSchema,
  snapshot_id: snapshotIdSchema,
  why: z.string().check(z.minLength(1)),
  age_seconds: nat64,
  state_then: stateSeen,
  state_now: stateSeen,
  lost: z.string().check(z.minLength(1)),
  older: z.array(snapshotSchema),
  safety: z.enum(['taken', 'kept', 'none']),
  steps: z.array(z.string()),
  rounds_down: count,
  cycles_locked: nat,
  cycles_of_target: nat,
  warnings: z.array(errorSchema),
  ways_back: opt(z.array(snapshotSchema)),
});

const grants = result(
  z.array(
    z.object({
      who: principalSchema,
      role: z.enum(ROLES),
      canister: opt(principalSchema),
      granted_by: principalSchema,
      granted_at: nat64,
    }),
  ),
);

const level = z.enum(HEALTH_LEVELS);
const reason = z.object({
  level: z.enum(['warn', 'critical']),
  code: z.string(),
  message: z.string().check(z.minLength(1)),
});
const settings = result(z.object({ public_http: opt(z.boolean()) }));

const healthAnswer = result(
  z.object({
    level,
    now: nat64,
    manager: z.object({
      level,
      reasons: z.array(reason),
      cycles: nat,
      liquid_cycles: opt(nat),
      runway_days: opt(nat),
      open_runs: count,
      open_calls: count,
      as_of: opt(nat64),
    }),
    ok: count,
    warn: count,
    critical: count,
    items: z.array(
      z.object({
        canister: principalSchema,
        level,
        reasons: z.array(reason),
        last_success: opt(nat64),
        next_run_at: nat64,
        failures: count,
        target_status: opt(z.enum(['running', 'stopping', 'stopped'])),
        open_run: opt(nat64),
        snapshots: count,
        suspects: count,
        foreign_snapshots: count,
        slots_free: count,
        bytes: nat64,
        cycles: opt(nat),
        runway_days: opt(nat),
        name: opt(z.string()),
        as_of: opt(nat64),
        newest_good_at: opt(nat64),
        newest_good_age_seconds: opt(nat64),
        last_downtime: opt(nat64),
      }),
    ),
    next: opt(principalSchema),
  }),
);

const historyAnswer = result(
  z.object({
    items: z.array(
      z.object({
        number: nat64,
        at: nat64,
        kind: z.string().check(z.minLength(1)),
        actor: z.string().check(z.minLength(1)),
        cause: z.string(),
        canister: opt(principalSchema),
        run_id: opt(nat64),
        details: z.array(z.tuple([z.string(), z.string()])),
        hash,
        previous: hash,
      }),
    ),
    total: nat64,
    next: opt(nat64),
    head: hash,
    certificate: opt(z.instanceof(Uint8Array)),
    witness: z.instanceof(Uint8Array),
  }),
);

const httpAnswer = z.object({
  status_code: z.number().check(z.refine((status) => [200, 404, 405, 503].includes(status), 'a status we answer with')),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.instanceof(Uint8Array),
});

/** Never `InsufficientCycles`: calls with cycles are not passed on. */
const proxied = z.union([
  z.strictObject({ Ok: z.object({ result: z.instanceof(Uint8Array) }) }),
  z.strictObject({
    Err: z.union([
      z.strictObject({ CallFailed: z.object({ reason: z.string().check(z.regex(/^[a-z_]+: ./)) }) }),
      z.strictObject({ UnauthorizedUser: z.null() }),
    ]),
  }),
]);

/** What each method of the manager answers. */
export const answerSchemas = {
  health: healthAnswer,
  history: historyAnswer,
  settings,
  set_settings: settings,
  http_request: httpAnswer,
  grant: grants,
  revoke: grants,
  roles: grants,
  register: result(targetSchema),
  unregister: result(z.object({ canister: principalSchema, kept: keptSchema })),
  set_policy: result(z.object({ target: targetSchema, kept: keptSchema })),
  set_name: result(targetSchema),
  set_default: result(opt(principalSchema)),
  backup: result(
    z.object({
      run_id: nat64,
      snapshot: snapshotSchema,
      running: z.boolean(),
      deleted: z.array(snapshotIdSchema),
      downtime: opt(downtime),
    }),
  ),
  restore: result(restoreReport),
  restore_snapshot: result(restoreReport),
  restore_before: result(restoreReport),
  restore_without_safety: result(restoreReport),
  restore_forced: result(restoreReport),
  cancel_run: result(runSchema),
  undo_restore: result(restoreReport),
  undo_restore_to: result(restoreReport),
  settle: result(
    z.object({
      canister: principalSchema,
      snapshot_id: snapshotIdSchema,
      note: z.string().check(z.minLength(1)),
      ways_back: opt(z.array(snapshotSchema)),
    }),
  ),
  plan_restore: result(restorePlan),
  accept: result(snapshotSchema),
  mark_suspect: result(z.object({ marked: z.array(snapshotSchema), newest_good: opt(snapshotSchema) })),
  pin: result(snapshotSchema),
  unpin: result(snapshotSchema),
  adopt: result(z.object({ run_id: nat64, snapshots: z.array(snapshotSchema) })),
  delete_snapshot: result(z.object({ run_id: nat64 })),
  plan_retention: result(
    z.object({
      items: z.array(
        z.object({
          snapshot_id: snapshotIdSchema,
          taken_at: nat64,
          keep: z.boolean(),
          reason: z.string().check(z.minLength(1)),
          now: z.boolean(),
        }),
      ),
      note: z.string().check(z.minLength(1)),
    }),
  ),
  hold: result(targetSchema),
  pause: result(z.object({ changed: count })),
  resume: result(z.object({ changed: count })),
  proxy: proxied,
  export_state: result(z.object({ state: z.instanceof(Uint8Array), next: opt(z.string()) })),
  import_state: result(
    z.object({
      changes: z.array(
        z.object({
          change: z.enum(['add', 'change', 'refuse']),
          what: z.string().check(z.minLength(1)),
          canister: opt(principalSchema),
          snapshot_id: opt(snapshotIdSchema),
          detail: z.string(),
          reason: opt(errorSchema),
        }),
      ),
      applied: z.boolean(),
    }),
  ),
  targets: page(targetSchema, principalSchema),
  snapshots: page(snapshotSchema, principalSchema),
  runs: page(runSchema, nat64),
  status: result(
    z.object({
      version: z.string(),
      layout_version: count,
      now: nat64,
      cycles: nat,
      targets: count,
      snapshots: count,
      runs: nat64,
      open_runs: z.array(runSchema),
      next_run: opt(z.object({ canister: principalSchema, at: nat64 })),
      open_probes: opt(z.array(z.object({ canister: principalSchema, method: z.string(), since: nat64 }))),
      paused_all: opt(z.boolean()),
      restorable: opt(count),
      oldest_good: opt(
        z.object({ canister: principalSchema, name: opt(z.string()), taken_at: nat64, age_seconds: nat64 }),
      ),
    }),
  ),
};
