/** Asks the manager how the targets are, and puts beside it what the IC knows. */
import type { CandidPage, CandidResult, CandidSnapshot, CandidTarget } from '@canister-backup/shared';
import type { Principal } from '@dfinity/principal';
import type { CallResult, PrincipalText } from 'local-ic';
import { HOUR, hex, MINUTE, replyValue, SECOND, toManager } from './network.ts';
import type { World } from './world.ts';

/** The words of `health`, as its interface has them. */
interface Health {
  readonly level: string;
  readonly manager: { readonly level: string; readonly as_of?: readonly [] | readonly [bigint] };
  readonly items: readonly Item[];
}
interface Item {
  readonly canister: Principal;
  readonly level: string;
  readonly as_of?: readonly [] | readonly [bigint];
  readonly open_run: readonly [] | readonly [bigint];
}

/** How late a look or a run may be: what a due run may wait before it counts as missed, and a run itself. */
const LATENESS = 20n * MINUTE;

/** Seconds between two looks at most, however long the interval is. */
const MOST_BETWEEN_LOOKS = 6n * HOUR;

/**
 * Asks only where something is wrong with a canister, or a snapshot was lost: what health says of a healthy world is for the
 * product's own tests.
 */
export function askHealth(world: World): void {
  const now = world.ic.certifiedTime();
  const { manager } = world.names;
  const targets = world.targets().filter((target) => suspicious(world, target, now));
  const ills = world.health.illsOf(manager, now);
  if (targets.length === 0 && ills.length === 0) return;
  if (world.see(manager)?.status !== 'running' || world.see(manager)?.hasCode !== true) return;
  // A manager that is frozen for want of cycles answers nothing, which nobody takes for ok.
  const answer = world.ic.query(toManager(world.names, 'health', [[]]));
  if (answer.kind === 'reject') return;
  const health = okOf<Health>(world, 'health', answer);
  const registered = query<CandidPage<CandidTarget<Principal>, Principal>>(world, 'targets', [[]]).items;
  for (const target of targets) {
    const item = health.items.find(({ canister }) => canister.toText() === target);
    const known = registered.find(({ canister }) => canister.toText() === target);
    if (item === undefined || known === undefined) continue;
    const looks = lookSpacing(known);
    for (const { ill, since } of worthless(world, known, now)) {
      world.health.told.push({
        canister: target,
        ill,
        since,
        now,
        looks,
        level: item.level,
        managerLevel: health.manager.level,
        asOf: item.as_of?.[0],
      });
    }
  }
  // It may look no sooner than when a run of one of its targets is due, or a look at it.
  const spacings = registered.filter(({ paused: [paused = false] }) => !paused).map(lookSpacing);
  const [looks] = spacings.sort((a, b) => (a < b ? -1 : 1));
  for (const [ill, since] of looks === undefined ? [] : ills) {
    const { level, as_of } = health.manager;
    const told = { canister: manager, ill, since, now, looks: looks ?? 0n, level, managerLevel: level };
    // As of when it is says when cycles were measured; that a timer is not set, it can only tell once one is overdue.
    world.health.told.push({ ...told, asOf: ill === 'asleep' ? undefined : as_of?.[0] });
  }
}

function suspicious(world: World, target: PrincipalText, now: bigint): boolean {
  return world.health.illsOf(target, now).length > 0 || world.health.lostSnapshotAt(target) > world.begunAt;
}

function lookSpacing({ policy: { schedule } }: CandidTarget<Principal>): bigint {
  const interval = 'every_seconds' in schedule ? schedule.every_seconds * SECOND : MOST_BETWEEN_LOOKS;
  return (interval < MOST_BETWEEN_LOOKS ? interval : MOST_BETWEEN_LOOKS) + LATENESS;
}

/** In which ways the backups of a target are worth nothing now. */
function worthless(world: World, known: CandidTarget<Principal>, now: bigint): { ill: string; since: bigint }[] {
  const target = known.canister.toText() as PrincipalText;
  const ills = world.health.illsOf(target, now).map(([ill, since]) => ({ ill: ill as string, since }));
  const there = world.ic.canister(target)?.snapshots ?? [];
  const good = goodOnes(world, known.canister);
  const newest = there.filter(({ id }) => good.has(hex(id))).at(-1)?.takenAt;
  if (newest === undefined) {
    // Since the last one was deleted, or since there is a target.
    const lost = world.health.lostSnapshotAt(target);
    return [...ills, { ill: 'no good snapshot', since: lost > known.registered_at ? lost : known.registered_at }];
  }
  const { schedule, skip_unchanged, mode } = known.policy;
  if (!('every_seconds' in schedule) || skip_unchanged[0] === true || 'running' in mode) return ills;
  const changed = lastChangeOf(world, target);
  // Two runs in a row may come to nothing.
  const promised = (newest > changed ? newest : changed) + 2n * schedule.every_seconds * SECOND + LATENESS;
  return promised < now ? [...ills, { ill: 'old snapshots', since: promised }] : ills;
}

/** From when on the schedule of a target is what it is now. */
function lastChangeOf(world: World, target: PrincipalText): bigint {
  const last = world.calls.findLast(({ canister, method }) => canister === target && RESCHEDULES.includes(method));
  return last?.sentTime ?? 0n;
}

const RESCHEDULES = ['register', 'set_policy', 'pause', 'resume', 'hold'];

/** Hexadecimal ids of what the manager would restore. */
function goodOnes(world: World, canister: Principal): Set<string> {
  const arg = { canister: [canister], after: [], limit: [] };
  const page = query<CandidPage<CandidSnapshot<Principal>, Principal>>(world, 'snapshots', [[arg]]);
  return new Set(page.items.filter(({ good }) => good).map(({ snapshot_id }) => hex(snapshot_id)));
}

function query<T>(world: World, name: string, args: readonly unknown[]): T {
  return okOf(world, name, world.ic.query(toManager(world.names, name, args)));
}

function okOf<T>(world: World, name: string, result: CallResult): T {
  const value = replyValue<CandidResult<T>>(world.names, name, result);
  if ('Err' in value) throw new Error(`${name}: ${value.Err.code}`);
  return value.Ok;
}
