/** Schemas of the values that cross a border, as Candid or JSON brings them, with principals as text. */
import { isPrincipalText } from '../ids/principal.ts';
import { decodeSnapshotId } from '../ids/snapshot-id.ts';
import {
  MAX_INTERVAL_SECONDS,
  MAX_KEEP,
  MAX_METHOD_ARG_BYTES,
  MAX_METHOD_NAME,
  MAX_NAME,
  MIN_INTERVAL_SECONDS,
} from '../limits.ts';
import { problemOfText } from './text.ts';
import { type SomeSchema, z } from './zod.ts';

/** Most items of a page. */
export const MAX_PAGE = 100;

/** A principal of any SDK: an object whose text is one. */
export const principalSchema = z.custom<{ toText(): string }>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'toText' in value &&
    typeof value.toText === 'function' &&
    isPrincipalText(String(value.toText())),
  'a principal',
);

export const snapshotIdSchema = z
  .instanceof(Uint8Array)
  .check(z.refine((id) => decodeSnapshotId(id) !== undefined, 'a snapshot id: eight bytes and the canister'));

export const intervalSchema = z
  .bigint()
  .check(
    z.refine(
      (seconds) => seconds >= MIN_INTERVAL_SECONDS && seconds <= MAX_INTERVAL_SECONDS,
      `${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} seconds`,
    ),
  );

export const keepSchema = z
  .number()
  .check(z.refine((keep) => Number.isInteger(keep) && keep >= 1 && keep <= MAX_KEEP, `1 to ${MAX_KEEP}`));

export const limitSchema = z
  .number()
  .check(z.refine((limit) => Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE, `1 to ${MAX_PAGE}`));

export const scheduleSchema = z.union([
  z.object({ every_seconds: intervalSchema }),
  z.object({ calendar: z.object({ cron: z.string() }) }),
]);

export const modeSchema = z.union([z.object({ stop: z.null() }), z.object({ running: z.null() })]);

const METHOD_NAME = `1 to ${MAX_METHOD_NAME} printable characters`;

export const methodNameSchema = z
  .string()
  .check(z.refine((name) => problemOfText(name, MAX_METHOD_NAME) === undefined, METHOD_NAME));

export const methodArgSchema = z
  .custom<Uint8Array | number[]>((value) => Array.isArray(value) || value instanceof Uint8Array, 'bytes')
  .check(z.refine((bytes) => bytes.length <= MAX_METHOD_ARG_BYTES, `at most ${MAX_METHOD_ARG_BYTES} bytes`));

/** A method of the target that the manager calls. */
export const targetMethodSchema = z.object({ method: methodNameSchema, arg: methodArgSchema });

/** What people call a target. The text of a principal would be taken for another canister. */
export const nameSchema = z
  .string()
  .check(
    z.refine(
      (name) => problemOfText(name, MAX_NAME) === undefined && name.trim() === name && !isPrincipalText(name),
      `1 to ${MAX_NAME} printable characters, without spaces at the ends, and not the id of a canister`,
    ),
  );

const count = z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0, 'a natural'));
const some = <Schema extends SomeSchema>(schema: Schema) => z.union([z.tuple([]), z.tuple([schema])]);

/** `Policy` of the Candid interface. */
export const policySchema = z.object({
  schedule: scheduleSchema,
  keep: keepSchema,
  mode: modeSchema,
  retention: some(z.object({ last: count, hourly: count, daily: count, weekly: count, monthly: count })),
  quiet_hours: some(z.object({ from: count, to: count })),
  jitter_seconds: some(count),
  immediate: some(z.boolean()),
  skip_unchanged: some(z.boolean()),
  max_downtime_seconds: some(count),
  margin: some(z.object({ days: count, cycles: z.bigint() })),
  after_restore: z.union([z.tuple([]), z.tuple([targetMethodSchema])]),
  probe: some(
    z.object({
      method: methodNameSchema,
      arg: methodArgSchema,
      tripwires: z.array(
        z.object({
          measure: z.union([z.object({ reply_bytes: z.null() }), z.object({ natural: count })]),
          at_least: some(z.bigint()),
          shrinks_at_most_percent: some(count),
        }),
      ),
    }),
  ),
});
