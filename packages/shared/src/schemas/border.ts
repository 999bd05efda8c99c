/** Schemas of the values that cross a border, as Candid or JSON brings them, with principals as text. */
import { isPrincipalText } from '../ids/principal.ts';
import { decodeSnapshotId } from '../ids/snapshot-id.ts';
import { MAX_INTERVAL_SECONDS, MAX_KEEP, MIN_INTERVAL_SECONDS } from '../limits.ts';
import { z } from './zod.ts';

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

/** `Policy` of the Candid interface. */
export const policySchema = z.object({ schedule: scheduleSchema, keep: keepSchema, mode: modeSchema });
