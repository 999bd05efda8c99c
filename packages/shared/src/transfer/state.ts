/**
 * What a manager knows and the IC does not, as text that another manager, or the same one after a reinstall, can take:
 * targets with their policies, what is known of each snapshot, settings, and roles. Version 1 is JSON in ASCII,
 * `{ "version": 1, "items": […] }`, with bigints and bytes as `tagged.ts` writes them. Fields are added and never renamed;
 * a field that is not known is left out by the reader.
 */
import { type Grant, ROLES } from '../access/rights.ts';
import { policyArg } from '../candid/policy-arg.ts';
import type { CandidPolicy } from '../candid/values.ts';
import { ERROR_CODES, type ErrorValue, failure } from '../errors/registry.ts';
import { hexToBytes } from '../ids/bytes.ts';
import { isPrincipalText } from '../ids/principal.ts';
import { decodeSnapshotId } from '../ids/snapshot-id.ts';
import { MAX_LABEL, MAX_SNAPSHOTS_PER_CANISTER } from '../limits.ts';
import type { Fingerprint, ProbeReply } from '../policy/probe.ts';
import type { Doubt } from '../policy/tripwire.ts';
import type { CatalogEntry } from '../run/types.ts';
import { nameSchema, policySchema } from '../schemas/border.ts';
import type { Result } from '../schemas/read.ts';
import { type SomeSchema, z } from '../schemas/zod.ts';
import { tag, untag } from './tagged.ts';

export const STATE_VERSION = 1;

/** What is true of the manager as a whole. Times are nanoseconds. */
export interface ManagerItem {
  readonly kind: 'manager';
  readonly manager: string;
  /** When it was asked. */
  readonly at: bigint;
  /** How many runs there have been: snapshots name theirs by its number. */
  readonly runs: bigint;
  readonly defaultTarget?: string | undefined;
  readonly publicHttp: boolean;
  /** Whether all targets are paused at once, however each of them is. */
  readonly pausedAll?: boolean | undefined;
}

export interface RegisteredState {
  readonly policy: CandidPolicy;
  readonly registeredAt: bigint;
  /** The next due time. */
  readonly next: bigint;
  readonly name?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly held?: { readonly until: bigint; readonly by: string } | undefined;
  readonly shrunkUntil?: bigint | undefined;
}

/** A canister, registered or not, with what is known of its snapshots. */
export interface TargetItem {
  readonly kind: 'target';
  readonly canister: string;
  readonly registered?: RegisteredState | undefined;
  readonly snapshots: readonly CatalogEntry[];
  readonly restored?: { readonly snapshot: string; readonly version: bigint } | undefined;
  /** From when the pace of deletions counts, in nanoseconds. */
  readonly pacedFrom?: bigint | undefined;
}

/** All roles of one principal. */
export interface RolesItem {
  readonly kind: 'roles';
  readonly who: string;
  readonly grants: readonly Grant[];
}

export type StateItem = ManagerItem | TargetItem | RolesItem;

/** One item as text, for pages that are filled until they are large enough. */
export function writeItem(item: StateItem): string {
  return JSON.stringify(tag(item)).replace(/[\u007f-\uffff]/g, escapeUnit);
}

/** A page of items that `writeItem` wrote. */
export function joinItems(items: readonly string[]): string {
  return `{"version":${STATE_VERSION},"items":[${items.join(',')}]}`;
}

/** The items of a page, each checked by itself. */
export function readState(text: string): Result<StateItem[]> {
  let parsed: unknown;
  try {
    parsed = untag(JSON.parse(text));
  } catch {
    return { Err: invalid('state', 'JSON') };
  }
  const page = pageSchema.safeParse(parsed);
  if (!page.success) return { Err: invalid('state', `a state of version ${STATE_VERSION}`) };
  const items: StateItem[] = [];
  for (const [at, item] of page.data.items.entries()) {
    const read = readItem(item);
    if (typeof read === 'string') return { Err: invalid(`state.items[${at}]`, read) };
    items.push(read);
  }
  const twice = repeated(items.map(nameOf));
  return twice === undefined ? { Ok: items } : { Err: invalid('state', `each item once, and ${twice} is there twice`) };
}

/** What an item is about. */
export function nameOf(item: StateItem): string {
  if (item.kind === 'manager') return 'manager';
  return item.kind === 'target' ? `target ${item.canister}` : `roles ${item.who}`;
}

function readItem(item: unknown): StateItem | string {
  const kind = (item as { kind?: unknown } | null)?.kind;
  const schema = SCHEMAS.find(([name]) => name === kind)?.[1];
  if (schema === undefined) return 'a manager, a target or roles';
  const parsed = schema.safeParse(kind === 'target' ? withWholePolicy(item) : item);
  if (parsed.success) return parsed.data as StateItem;
  const [issue] = parsed.error.issues;
  return `as the interface says: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trimEnd();
}

/** A manager of before knows fewer fields of a policy: they are as if nobody had set them. */
function withWholePolicy(item: unknown): unknown {
  const { registered } = item as { registered?: { policy?: unknown } };
  if (typeof registered?.policy !== 'object' || registered.policy === null) return item;
  const policy = policyArg(registered.policy as CandidPolicy);
  return { ...(item as object), registered: { ...registered, policy } };
}

const text = z.string();
const principal = text.check(z.refine(isPrincipalText, 'a principal'));
const nat64 = z.bigint().check(z.refine((value) => BigInt.asUintN(64, value) === value, 'a 64-bit natural'));
const count = z.number().check(z.refine((value) => Number.isInteger(value) && value >= 0, 'a natural'));
const hash = text.check(z.refine((hex) => /^[0-9a-f]{64}$/.test(hex), 'a hash'));
const maybe = <Schema extends SomeSchema>(schema: Schema) => z.optional(schema);
const snapshotId = text.check(z.refine((id) => canisterOf(id) !== undefined, 'the id of a snapshot'));

const errorValue = z.object({
  code: z.enum(ERROR_CODES),
  message: text,
  context: z.array(z.tuple([text, text])),
});

const reply = z.object({ size: count, hash, naturals: z.array(z.bigint()) } satisfies Fields<ProbeReply>);

const fingerprint = z.object({
  certainty: z.enum(['exact', 'approximate', 'unknown']),
  probe: text,
  reply: maybe(reply),
} satisfies Fields<Fingerprint>);

const doubt = z.object({
  kind: z.enum(['suspect', 'unknown', 'marked', 'unproven', 'load_failed']),
  reasons: z.array(errorValue),
  otherwiseGood: z.boolean(),
} satisfies Fields<Doubt>);

/** A field more in the catalog is a field more here: else it would not survive. */
type Fields<T> = { readonly [Name in keyof T]-?: SomeSchema };

const entry = z
  .object({
    id: snapshotId,
    canister: principal,
    takenAt: nat64,
    size: nat64,
    runId: nat64,
    mode: z.enum(['stop', 'running']),
    moduleHash: maybe(hash),
    version: maybe(nat64),
    state: z.enum(['incomplete', 'complete', 'deleting']),
    good: z.boolean(),
    fingerprint: maybe(fingerprint),
    doubt: maybe(doubt),
    origin: maybe(z.enum(['manual', 'adopted'])),
    pin: maybe(text.check(z.refine((label) => label.length >= 1 && label.length <= MAX_LABEL, 'a label'))),
    versionAfter: maybe(nat64),
    safetyUntil: maybe(nat64),
    every: maybe(nat64),
  } satisfies Fields<CatalogEntry>)
  .check(
    z.refine(
      ({ good, state, doubt, safetyUntil }) =>
        !good || (state === 'complete' && doubt === undefined && safetyUntil === undefined),
      'good only if it is complete, not in doubt, and no safety snapshot',
    ),
  );

const registered = z.object({
  policy: policySchema,
  registeredAt: nat64,
  next: nat64,
  name: maybe(nameSchema),
  paused: maybe(z.boolean()),
  held: maybe(z.object({ until: nat64, by: text })),
  shrunkUntil: maybe(nat64),
} satisfies Fields<RegisteredState>);

const target = z
  .object({
    kind: text,
    canister: principal,
    registered: maybe(registered),
    snapshots: z
      .array(entry)
      .check(
        z.refine(
          (entries) =>
            entries.length <= MAX_SNAPSHOTS_PER_CANISTER && repeated(entries.map(({ id }) => id)) === undefined,
          `at most ${MAX_SNAPSHOTS_PER_CANISTER} snapshots, each once`,
        ),
      ),
    restored: maybe(z.object({ snapshot: snapshotId, version: nat64 })),
    pacedFrom: maybe(nat64),
  } satisfies Fields<TargetItem>)
  .check(
    z.refine(
      ({ canister, snapshots }) =>
        snapshots.every((snapshot) => snapshot.canister === canister && canisterOf(snapshot.id) === canister),
      'snapshots of that canister',
    ),
  );

const manager = z.object({
  kind: text,
  manager: principal,
  at: nat64,
  runs: nat64,
  defaultTarget: maybe(principal),
  publicHttp: z.boolean(),
  pausedAll: maybe(z.boolean()),
} satisfies Fields<ManagerItem>);

const roles = z.object({
  kind: text,
  who: principal,
  grants: z.array(
    z.object({
      role: z.enum(ROLES),
      canister: maybe(principal),
      grantedBy: principal,
      grantedAt: nat64,
    } satisfies Fields<Grant>),
  ),
} satisfies Fields<RolesItem>);

const SCHEMAS = [
  ['manager', manager],
  ['target', target],
  ['roles', roles],
] as const;

const pageSchema = z.object({
  version: z.number().check(z.refine((version) => version === STATE_VERSION, 'a version that is known')),
  items: z.array(z.custom<unknown>((item) => typeof item === 'object' && item !== null, 'an item')),
});

function canisterOf(id: string): string | undefined {
  const bytes = hexToBytes(id);
  return bytes === undefined ? undefined : decodeSnapshotId(bytes)?.canister;
}

function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function invalid(field: string, expected: string): ErrorValue {
  return failure('invalid_argument', { field, value: 'something else', expected });
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
