/**
 * What an import does with one canister: only what holds. Invariants:
 * - nothing becomes ours that the IC does not list with the same time and size;
 * - what this manager saw itself counts more than the file: of what is known here, only what is unproven changes;
 * - nothing becomes better than the file says.
 */
import { type ErrorValue, failure } from '../errors/registry.ts';
import { MAX_HOLD_MINUTES, MAX_PINS, NANOS_PER_SECOND } from '../limits.ts';
import { afterShrinking } from '../policy/deletions.ts';
import type { Policy } from '../policy/policy.ts';
import { type ScheduleState, startSchedule } from '../policy/schedule.ts';
import { isUnproven } from '../policy/tripwire.ts';
import type { CatalogEntry, ListedSnapshot } from '../run/types.ts';
import { readPolicy, writePolicy } from '../schemas/read.ts';
import type { RegisteredState, TargetItem } from './state.ts';
import { tag } from './tagged.ts';

/** `refuse`: left out, for the reason. What is the same on both sides is no change. */
export interface StateChange {
  readonly change: 'add' | 'change' | 'refuse';
  readonly what:
    | 'target'
    | 'policy'
    | 'name'
    | 'pause'
    | 'hold'
    | 'snapshot'
    | 'pin'
    | 'default_target'
    | 'settings'
    | 'role';
  readonly canister?: string | undefined;
  readonly snapshot?: string | undefined;
  /** From what to what, in a few words. */
  readonly detail: string;
  readonly reason?: ErrorValue | undefined;
}

/** A registered target here, as far as an import looks at it. */
export interface RegisteredHere {
  readonly policy: Policy;
  readonly schedule: ScheduleState;
  readonly registeredAt: bigint;
  readonly name?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly held?: { readonly until: bigint; readonly by: string } | undefined;
  readonly shrunkUntil?: bigint | undefined;
}

/** What is known of the canister here and now. */
export interface Here {
  readonly registered?: RegisteredHere | undefined;
  readonly catalog: readonly CatalogEntry[];
  readonly listed: readonly ListedSnapshot[];
  /** Nanoseconds. */
  readonly now: bigint;
}

export interface Judgement {
  readonly changes: readonly StateChange[];
  /** The target as it is then; undefined if nothing of it changes. */
  readonly registered?: RegisteredHere | undefined;
  /** What is to be recorded. */
  readonly entries: readonly CatalogEntry[];
}

export function judgeTarget(item: TargetItem, here: Here): Judgement {
  const target = judgeRegistration(item, here);
  const snapshots = judgeSnapshots(item, here);
  return {
    changes: [...target.changes, ...snapshots.changes],
    registered: target.registered,
    entries: snapshots.entries,
  };
}

type Registration = Pick<Judgement, 'changes' | 'registered'>;

function judgeRegistration({ canister, registered, snapshots }: TargetItem, here: Here): Registration {
  if (registered === undefined) return { changes: [] };
  const policy = readPolicy(registered.policy);
  if ('Err' in policy) {
    return { changes: [{ change: 'refuse', what: 'policy', canister, detail: 'not valid', reason: policy.Err }] };
  }
  const wanted = targetOf(registered, policy.Ok, { now: here.now, shrinks: snapshots.length > 0 });
  if (here.registered === undefined) {
    const detail = scheduleInWords(policy.Ok);
    return { changes: [{ change: 'add', what: 'target', canister, detail }], registered: wanted };
  }
  return judgeChange(canister, here.registered, wanted);
}

/** Its due time stays, unless the schedule itself brings it forward. */
function targetOf(
  { registeredAt, next, name, paused, held, shrunkUntil = 0n }: RegisteredState,
  policy: Policy,
  { now, shrinks }: { readonly now: bigint; readonly shrinks: boolean },
): RegisteredHere {
  const grid = startSchedule(policy.schedule, now);
  const schedule = next < grid.next ? { anchor: grid.anchor, next } : grid;
  const latest = now + BigInt(MAX_HOLD_MINUTES) * 60n * NANOS_PER_SECOND;
  const until = held === undefined || held.until < latest ? held?.until : latest;
  const notBefore = shrinks ? afterShrinking(grid, now) : 0n;
  const spaced = notBefore > shrunkUntil ? notBefore : shrunkUntil;
  return {
    policy,
    schedule,
    registeredAt,
    ...(name !== undefined && { name }),
    ...(paused === true && { paused }),
    ...(held && until !== undefined && until > now && { held: { until, by: held.by } }),
    ...(spaced > 0n && { shrunkUntil: spaced }),
  };
}

/** A target that is registered here: its schedule stays unless the policy has another. */
function judgeChange(canister: string, is: RegisteredHere, wanted: RegisteredHere): Registration {
  const changes: StateChange[] = [];
  const changed = (what: StateChange['what'], detail: string) =>
    changes.push({ change: 'change', what, canister, detail });
  const same = samePolicy(is.policy, wanted.policy);
  if (!same) changed('policy', fieldsThatDiffer(is.policy, wanted.policy));
  if ((is.paused ?? false) !== (wanted.paused ?? false)) changed('pause', wanted.paused ? 'paused' : 'resumed');
  const renamed = wanted.name !== undefined && wanted.name !== is.name;
  if (renamed) changed('name', wanted.name ?? '');
  const held = wanted.held !== undefined && wanted.held.until > (is.held?.until ?? 0n);
  if (held) changed('hold', `held by ${wanted.held?.by}`);
  if (changes.length === 0) return { changes };
  const { paused: _, ...rest } = is;
  const registered = {
    ...rest,
    policy: wanted.policy,
    ...(renamed && { name: wanted.name }),
    ...(wanted.paused && { paused: true }),
    ...(held && { held: wanted.held }),
    ...(!same && { schedule: wanted.schedule, shrunkUntil: later(is.shrunkUntil, wanted.shrunkUntil) }),
  };
  return { changes, registered };
}

function judgeSnapshots({ canister, snapshots }: TargetItem, { catalog, listed }: Here) {
  const changes: StateChange[] = [];
  const entries: CatalogEntry[] = [];
  let pins = catalog.filter(({ pin }) => pin !== undefined).length;
  for (const wanted of snapshots) {
    const { id: snapshot } = wanted;
    const is = catalog.find(({ id }) => id === snapshot);
    if (is !== undefined && !isUnproven(is)) continue;
    const reason = refuseSnapshot(wanted, listed);
    if (reason !== undefined) {
      changes.push({ change: 'refuse', what: 'snapshot', canister, snapshot, detail: qualityOf(wanted), reason });
      continue;
    }
    const pinned = is?.pin === undefined && wanted.pin !== undefined;
    const fits = !pinned || pins < MAX_PINS;
    if (!fits) {
      const full = failure('too_many_pins', { canister, limit: MAX_PINS });
      changes.push({ change: 'refuse', what: 'pin', canister, snapshot, detail: wanted.pin ?? '', reason: full });
    }
    if (pinned && fits) pins += 1;
    const pin = is?.pin ?? (fits ? wanted.pin : undefined);
    const { pin: _, ...rest } = wanted;
    const entry = { ...rest, ...(pin !== undefined && { pin }) };
    if (is !== undefined && sameValue(is, entry)) continue;
    const detail = is === undefined ? qualityOf(entry) : `unproven -> ${qualityOf(entry)}`;
    changes.push({ change: is === undefined ? 'add' : 'change', what: 'snapshot', canister, snapshot, detail });
    entries.push(entry);
  }
  return { changes, entries };
}

function refuseSnapshot(wanted: CatalogEntry, listed: readonly ListedSnapshot[]): ErrorValue | undefined {
  const { canister, id: snapshot } = wanted;
  const found = listed.find(({ id }) => id === snapshot);
  if (found === undefined) return failure('snapshot_not_found', { canister, snapshot });
  if (found.takenAt === wanted.takenAt && found.size === wanted.size) return undefined;
  return failure('snapshot_differs', { canister, snapshot, bytes: found.size, taken_at: found.takenAt });
}

/** In one word, with a pin. */
function qualityOf({ good, doubt, safetyUntil, state, pin }: CatalogEntry): string {
  const quality = good
    ? 'good'
    : state !== 'complete'
      ? state
      : (doubt?.kind ?? (safetyUntil === undefined ? 'not good' : 'safety'));
  return pin === undefined ? quality : `${quality}, pinned`;
}

function scheduleInWords({ schedule }: Policy): string {
  return schedule.kind === 'every' ? `every ${schedule.seconds} s` : schedule.cron;
}

function samePolicy(a: Policy, b: Policy): boolean {
  return fieldsThatDiffer(a, b) === '';
}

function fieldsThatDiffer(a: Policy, b: Policy): string {
  const [is, wanted] = [writePolicy(a), writePolicy(b)];
  const names = Object.keys(wanted).sort() as (keyof typeof wanted)[];
  return names.filter((name) => !sameValue(is[name], wanted[name])).join(', ');
}

/** Whatever the order of fields. */
function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(tag(a))) === JSON.stringify(sorted(tag(b)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
