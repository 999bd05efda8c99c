/** What `policies.json` may hold; `docs/policies.md` explains it. Unknown names are refused: a typo protects nobody. */
import { isPrincipalText, LARGEST_NATURAL, RULE_NAMES } from '@canister-backup/shared';
import * as z from 'zod';
import { readCycles, readDuration, readTimeOfDay } from '../units.ts';

/** A text that `read` makes a value of. */
function read<T>(reader: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context) => {
    const value = reader(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}

const natural = z.int().min(0);
const duration = read(readDuration, 'a time like "90s", "15m", "6h" or "7d"');
const timeOfDay = read(readTimeOfDay, 'a time of day in UTC like "22:30"');
const cycles = read(readCycles, 'cycles like "500b", "1t" or "1_000_000"');
const large = read((text) => (/^\d{1,39}$/.test(text) ? BigInt(text) : undefined), 'digits').refine(
  (value) => value <= LARGEST_NATURAL,
  'expected a natural of 128 bits',
);
const principal = z.string().refine(isPrincipalText, 'expected the text of a principal');
const bytes = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2})*$/, 'expected bytes in hexadecimal')
  .default('4449444c0000');
const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,49}$/, 'expected up to 50 letters, digits, "_", "-" or "."');

const targetMethod = z.strictObject({ method: z.string(), arg: bytes });

const tripwire = z.strictObject({
  measure: z.union([z.literal('reply_bytes'), z.strictObject({ natural })]),
  at_least: z.union([natural.transform(BigInt), large]).optional(),
  shrinks_at_most_percent: natural.optional(),
});

/** Every field may be left out; `null` takes an optional one away that an outer layer has. */
const policy = {
  schedule: z
    .union([z.strictObject({ every: duration }), z.strictObject({ calendar: z.string() })], {
      error: 'expected { "every": "6h" } or { "calendar": "0 3 * * *" }',
    })
    .optional(),
  keep: natural.optional(),
  mode: z.enum(['stop', 'running']).optional(),
  retention: z
    .strictObject(Object.fromEntries(RULE_NAMES.map((rule) => [rule, natural.default(0)])) as RuleSchemas)
    .nullable()
    .optional(),
  quiet_hours: z.strictObject({ from: timeOfDay, to: timeOfDay }).nullable().optional(),
  jitter: duration.nullable().optional(),
  immediate: z.boolean().nullable().optional(),
  skip_unchanged: z.boolean().nullable().optional(),
  max_downtime: duration.nullable().optional(),
  margin: z.strictObject({ days: natural, cycles }).nullable().optional(),
  after_restore: targetMethod.nullable().optional(),
  probe: targetMethod
    .extend({ tripwires: z.array(tripwire).default([]) })
    .nullable()
    .optional(),
};

type RuleSchemas = Record<(typeof RULE_NAMES)[number], z.ZodDefault<typeof natural>>;

export const policiesSchema = z.strictObject({
  $schema: z.string().optional(),
  manager: principal.optional(),
  default_target: z.string().nullable().optional(),
  defaults: z.strictObject(policy).default({}),
  targets: z.array(
    z.strictObject({ canister: principal, name: name.optional(), paused: z.boolean().optional(), ...policy }),
  ),
  roles: z
    .array(
      z.strictObject({
        who: principal,
        role: z.enum(['viewer', 'operator', 'restorer', 'admin']),
        target: z.string().optional(),
      }),
    )
    .optional(),
});

export type PoliciesFile = z.output<typeof policiesSchema>;
export type FilePolicy = PoliciesFile['defaults'];
