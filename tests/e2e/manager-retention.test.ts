import type { CandidPolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, HOURLY, refused, SECOND, taken, type World } from './manager-world.ts';

const MINUTE = 60n * SECOND;
const DAY = 24n * HOUR;

let deployed: World;
beforeAll(() => {
  deployed = deploy(1);
});

const chatOf = (world: World) => Principal.fromText(world.chat);
const hex = (bytes: Uint8Array | number[]) => Buffer.from(Uint8Array.from(bytes)).toString('hex');
const bytes = (id: string) => new Uint8Array(Buffer.from(id, 'hex'));
const about = (world: World, id: string) => ({ canister: chatOf(world), snapshot_id: bytes(id) });

function world(policy: CandidPolicy = HOURLY): World {
  const fork = deployed.fork();
  fork.register(fork.chat, policy);
  return fork;
}

/** One run by the timer, an interval after the last one. */
function nextRun(world: World, interval = HOUR): string {
  world.pass(interval);
  return world.snapshots().at(-1)!;
}

function lower(world: World, policy: CandidPolicy): void {
  taken(world.ask('set_policy', [{ canister: chatOf(world), policy }]));
}

function plan(world: World, policy?: CandidPolicy) {
  return taken(world.ask('plan_retention', [{ canister: chatOf(world), policy: policy === undefined ? [] : [policy] }]))
    .items;
}

describe('retention by rules', () => {
  const DAILY: CandidPolicy = {
    ...HOURLY,
    schedule: { every_seconds: 64_800n },
    retention: [{ last: 2, hourly: 0, daily: 3, weekly: 2, monthly: 0 }],
  };

  it('keeps the last ones, and the newest of each day and week', () => {
    const w = world(DAILY);
    const taken: bigint[] = [];
    for (let run = 0; run < 14; run += 1) {
      nextRun(w, 18n * HOUR);
      taken.push(w.ic.canister(w.chat)!.snapshots.at(-1)!.takenAt);
    }
    const newestOf = (length: bigint, offset = 0n) => {
      const found = new Map(taken.map((at) => [(at + offset) / length, at]));
      return [...found.values()].reverse();
    };
    // Weeks begin on Monday, and 1970 began on a Thursday.
    const weekly = newestOf(7n * DAY, 3n * DAY).slice(0, 2);
    const kept = new Set([...taken.slice(-2), ...newestOf(DAY).slice(0, 3), ...weekly]);
    expect(w.ic.canister(w.chat)!.snapshots.map(({ takenAt }) => takenAt)).toEqual(
      [...kept].sort((a, b) => Number(a - b)),
    );
  });

  it('does what plan_retention said it would, with its reasons', () => {
    const w = world({ ...HOURLY, keep: 2 });
    for (let run = 0; run < 3; run += 1) nextRun(w);
    const before = plan(w);
    expect(before.map(({ keep, reason }) => [keep, reason])).toEqual([
      [true, 'newest_good'],
      [true, 'within_keep'],
    ]);
    const tighter = plan(w, { ...HOURLY, keep: 1 });
    expect(tighter.map(({ keep, reason }) => [keep, reason])).toEqual([
      [true, 'newest_good'],
      // It would go once a run was due by the policy of now.
      [true, 'paced'],
    ]);
    const going = hex(tighter[1]!.snapshot_id);
    expect(w.snapshots()).toContain(going);
    lower(w, { ...HOURLY, keep: 1 });
    nextRun(w);
    expect(w.snapshots()).not.toContain(going);
  });

  it('counts what others made, and says that it stays', () => {
    const w = world();
    nextRun(w);
    w.about('take_canister_snapshot', w.chat);
    const foreign = w.snapshots().at(-1)!;
    const item = plan(w).find(({ snapshot_id }) => hex(snapshot_id) === foreign);
    expect(item).toMatchObject({ keep: true, reason: 'foreign', now: false });
  });
});

describe('history', () => {
  it('gets shorter by one snapshot an interval when a policy is lowered, however often', () => {
    const w = world();
    for (let run = 0; run < 6; run += 1) nextRun(w);
    expect(w.snapshots().length).toBe(6);
    lower(w, { ...HOURLY, keep: 1 });
    lower(w, { ...HOURLY, keep: 2 });
    lower(w, { ...HOURLY, keep: 1 });
    const lengths: number[] = [];
    for (let run = 0; run < 6; run += 1) {
      nextRun(w);
      lengths.push(w.snapshots().length);
    }
    // One of the six goes in each interval; that the new ones replace each other is beside that.
    expect(lengths).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('of eight days outlasts a policy of a minute: a day for each, however the policy is set', () => {
    const w = world({ ...HOURLY, schedule: { every_seconds: 86_400n } });
    for (let run = 0; run < 8; run += 1) nextRun(w, DAY);
    const days = w.snapshots();
    expect(days.length).toBe(8);
    const left = () => days.filter((id) => w.snapshots().includes(id)).length;
    const inAMinute = { ...HOURLY, schedule: { every_seconds: 60n } };
    lower(w, inAMinute);
    w.pass(12n * MINUTE);
    // New ones replace each other, and one slot stays free.
    expect([left(), w.snapshots().length]).toEqual([8, 9]);
    expect(w.runs().filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
    lower(w, { ...inAMinute, keep: 1, schedule: { calendar: { cron: '* * * * *' } } });
    w.pass(3n * MINUTE);
    taken(w.ask('unregister', [chatOf(w)]));
    w.register(w.chat, { ...inAMinute, immediate: [] });
    w.pass(3n * MINUTE);
    // With three policies in a quarter of an hour every slot is taken by what may not go: then nothing is taken.
    expect(refused(w.ask('backup', [chatOf(w)])).code).toBe('no_slot_yet');
    expect([left(), w.snapshots().length]).toEqual([8, 10]);
    expect(taken(w.ask('snapshots', [[]])).items[0]?.good).toBe(true);
    w.ic.setTime(w.ic.time() + DAY);
    w.pass(3n * MINUTE);
    expect(left()).toBe(7);
    w.pass(3n * MINUTE);
    expect(left()).toBe(7);
    // The first of those of a minute goes an hour later, and from then on there is a slot for new ones.
    w.ic.setTime(w.ic.time() + HOUR);
    w.pass(3n * MINUTE);
    expect(left()).toBe(7);
    expect(w.runs()[0]).toMatchObject({ outcome: 'succeeded' });
    // A clock that jumps saves nothing up.
    w.ic.setTime(w.ic.time() + 30n * DAY);
    w.pass(3n * MINUTE);
    expect(left()).toBe(6);
  });

  it('gets shorter neither before the old interval is over nor once a minute, if the new one is a minute', () => {
    const w = world();
    for (let run = 0; run < 3; run += 1) nextRun(w);
    const inAMinute = { ...HOURLY, keep: 1, schedule: { every_seconds: 60n } };
    const after = (minutes: bigint): number => {
      w.pass(minutes * MINUTE);
      return w.snapshots().length;
    };
    lower(w, inAMinute);
    // Three of the policy before, and the newest of this one.
    expect(after(1n)).toBe(4);
    taken(w.ask('unregister', [chatOf(w)]));
    w.register(w.chat, inAMinute);
    expect(after(1n)).toBe(5);
    w.ic.setTime(w.ic.time() + 50n * MINUTE);
    expect(after(1n)).toBe(5);
    w.ic.setTime(w.ic.time() + 10n * MINUTE);
    expect(after(1n)).toBe(4);
    expect(after(1n)).toBe(4);
  });

  it('gets no shorter by backups by hand, an upgrade, or by registering the target again', () => {
    const w = world();
    for (let run = 0; run < 5; run += 1) nextRun(w);
    lower(w, { ...HOURLY, keep: 1 });
    const scheduled = w.snapshots();
    for (let again = 0; again < 4; again += 1) {
      w.backup();
      w.upgradeManager();
      taken(w.ask('unregister', [chatOf(w)]));
      w.register(w.chat, { ...HOURLY, keep: 1 });
    }
    const left = scheduled.filter((id) => w.snapshots().includes(id));
    // The first of them may take the one that goes in this interval.
    expect(left.length).toBeGreaterThanOrEqual(scheduled.length - 1);
  });

  it('keeps its scheduled snapshots when people back up by hand again and again', () => {
    const w = world({ ...HOURLY, keep: 3 });
    for (let run = 0; run < 3; run += 1) nextRun(w);
    const scheduled = w.snapshots();
    for (let backup = 0; backup < 6; backup += 1) w.backup();
    expect(w.snapshots()).toEqual(expect.arrayContaining(scheduled));
    expect(w.snapshots().length).toBeLessThanOrEqual(8);
  });
});

describe('a backup by hand', () => {
  it('is refused within a minute of the last one, and says how long to wait', () => {
    const w = world();
    w.backup();
    w.pass(20n * SECOND);
    const { code, context } = refused(w.ask('backup', [chatOf(w)]));
    expect(code).toBe('backup_too_soon');
    const seconds = BigInt(Object.fromEntries(context).seconds!);
    expect(w.snapshots().length).toBe(1);
    w.pass(seconds * SECOND);
    taken(w.ask('backup', [chatOf(w)]));
  });

  it('may be tried again at once if it took nothing', () => {
    const w = world();
    w.setControllers(w.chat, [DEVELOPER]);
    refused(w.ask('backup', [chatOf(w)]));
    w.setControllers(w.chat, [DEVELOPER, w.names.manager]);
    taken(w.ask('backup', [chatOf(w)]));
  });
});

describe('a pin', () => {
  it('keeps a snapshot for ever, until it is taken away', () => {
    const w = world({ ...HOURLY, keep: 2 });
    const first = nextRun(w);
    expect(taken(w.ask('pin', [{ ...about(w, first), label: ' before the migration ' }])).pin).toEqual([
      'before the migration',
    ]);
    for (let run = 0; run < 5; run += 1) nextRun(w);
    expect(w.snapshots()).toContain(first);
    expect(w.snapshots().length).toBe(3);
    w.upgradeManager();
    expect(refused(w.ask('delete_snapshot', [about(w, first)])).code).toBe('snapshot_pinned');
    taken(w.ask('unpin', [about(w, first)]));
    nextRun(w);
    expect(w.snapshots()).not.toContain(first);
  });

  it('is refused to a sixth snapshot, to others’ snapshots, and without a label', () => {
    const w = world();
    const ids = Array.from({ length: 6 }, () => nextRun(w));
    for (const id of ids.slice(0, 5)) taken(w.ask('pin', [{ ...about(w, id), label: id }]));
    expect(refused(w.ask('pin', [{ ...about(w, ids[5]!), label: 'one more' }])).code).toBe('too_many_pins');
    taken(w.ask('pin', [{ ...about(w, ids[0]!), label: 'renamed' }]));
    expect(refused(w.ask('pin', [{ ...about(w, ids[0]!), label: '  ' }])).code).toBe('invalid_argument');
    w.about('take_canister_snapshot', w.chat);
    const foreign = w.snapshots().at(-1)!;
    expect(refused(w.ask('pin', [{ ...about(w, foreign), label: 'mine' }])).code).toBe('snapshot_not_ours');
  });

  it('on five snapshots leaves room for backups to go on', () => {
    const w = world();
    const pinned = Array.from({ length: 5 }, () => nextRun(w));
    for (const id of pinned) taken(w.ask('pin', [{ ...about(w, id), label: 'kept' }]));
    for (let run = 0; run < 6; run += 1) nextRun(w);
    expect(w.runs().every(({ outcome }) => outcome === 'succeeded')).toBe(true);
    expect(w.snapshots()).toEqual(expect.arrayContaining(pinned));
    expect(w.snapshots().length).toBeLessThanOrEqual(8);
  });
});

describe('delete_snapshot', () => {
  it('deletes ours and others’, but not the newest good one or the way back from a restore', () => {
    const w = world();
    w.append('kept');
    const first = nextRun(w);
    const newest = nextRun(w);
    w.about('take_canister_snapshot', w.chat);
    const foreign = w.snapshots().at(-1)!;
    expect(refused(w.ask('delete_snapshot', [about(w, newest)])).code).toBe('newest_good_snapshot');
    taken(w.ask('delete_snapshot', [about(w, first)]));
    taken(w.ask('delete_snapshot', [about(w, foreign)]));
    expect(w.snapshots()).toEqual([newest]);
    expect(refused(w.ask('delete_snapshot', [about(w, first)])).code).toBe('snapshot_not_found');

    w.append('lost');
    taken(w.ask('restore', []));
    const safety = w.snapshots().find((id) => id !== newest)!;
    expect(refused(w.ask('delete_snapshot', [about(w, safety)])).code).toBe('snapshot_unsettled');
    taken(w.ask('settle', [chatOf(w)]));
    expect(w.snapshots()).toContain(newest);
  });

  it('refuses the snapshot of another canister before anything is sent', () => {
    const w = world();
    const id = nextRun(w);
    const other = `${id.slice(0, 16)}${Buffer.from(Principal.fromText(w.names.manager).toUint8Array()).toString('hex')}`;
    const calls = w.managementCalls.length;
    expect(refused(w.ask('delete_snapshot', [about(w, other)])).code).toBe('snapshot_not_found');
    expect(w.managementCalls.length).toBe(calls);
  });
});

describe('adopt', () => {
  const adopt = (w: World, ids: string[], good: [] | [boolean] = []) =>
    w.ask('adopt', [{ canister: chatOf(w), snapshot_ids: ids.map(bytes), good }]);

  it('gives a manager that was installed anew its own snapshots back', () => {
    const w = world();
    w.append('Hi there!');
    const ids = [nextRun(w), nextRun(w)];
    w.reinstallManager();
    w.settle();
    w.register();
    w.append('broken');
    expect(refused(w.ask('restore', [])).code).toBe('no_good_snapshot');
    const { snapshots } = taken(adopt(w, ids, [true]));
    expect(snapshots.map(({ snapshot_id, good, origin }) => [hex(snapshot_id), good, origin])).toEqual(
      [...ids].reverse().map((id) => [id, false, ['adopted']]),
    );
    const { code, message } = refused(w.ask('restore', []));
    expect(code).toBe('no_good_snapshot');
    expect(message).toContain(`restore_snapshot '(record { canister = principal "${w.chat}"; snapshot_id = blob "`);
    taken(w.ask('restore_snapshot', [about(w, ids[1]!)]));
    expect(w.dump()).toEqual(['Hi there!']);
    const goodNow = () => taken(w.ask('snapshots', [[]])).items.filter(({ good }) => good);
    expect(goodNow().map(({ snapshot_id }) => hex(snapshot_id))).toEqual([ids[1]]);
    taken(w.ask('accept', [about(w, ids[0]!)]));
    expect(goodNow()).toHaveLength(2);
    w.append('broken');
    expect(hex(taken(w.ask('restore', [])).snapshot_id)).toBe(ids[1]);
  });

  it('makes neither a marked snapshot nor one of which nobody said that it was stopped good', () => {
    const w = world();
    w.append('Hi there!');
    const ids = [nextRun(w), nextRun(w)];
    taken(w.ask('mark_suspect', [{ canister: chatOf(w), since: 0n }]));
    w.reinstallManager();
    w.settle();
    w.register();
    taken(adopt(w, ids));
    expect(refused(w.ask('restore', [])).code).toBe('no_good_snapshot');
    expect(refused(w.ask('accept', [about(w, ids[1]!)]))).toMatchObject({
      code: 'stop_unproven',
      message: expect.stringContaining('good = opt true'),
    });
    taken(w.ask('restore_snapshot', [about(w, ids[1]!)]));
    expect(taken(w.ask('snapshots', [[]])).items.filter(({ good }) => good)).toEqual([]);
    taken(adopt(w, ids, [true]));
    expect(taken(w.ask('accept', [about(w, ids[0]!)])).good).toBe(true);
    const kinds = taken(w.ask('health', [[]])).items[0]!.reasons.map(({ code }) => code);
    expect(kinds).toContain('unproven');
    expect(kinds).not.toContain('suspect');
  });

  it('without good makes them ours but no choice of restore', () => {
    const w = world();
    w.about('take_canister_snapshot', w.chat);
    const id = w.snapshots()[0]!;
    taken(adopt(w, [id]));
    expect(refused(w.ask('restore', [])).code).toBe('no_good_snapshot');
    taken(w.ask('pin', [{ ...about(w, id), label: 'ours now' }]));
  });

  it('takes all or none', () => {
    const w = world();
    w.about('take_canister_snapshot', w.chat);
    const id = w.snapshots()[0]!;
    const missing = `ffffffffffffffff${id.slice(16)}`;
    expect(refused(adopt(w, [id, missing], [true])).code).toBe('snapshot_not_found');
    expect(taken(w.ask('snapshots', [[]])).items).toEqual([]);
    expect(refused(adopt(w, [])).code).toBe('invalid_argument');
  });

  it('changes nothing of what is ours already', () => {
    const w = world({ ...HOURLY, mode: { running: null } });
    const id = nextRun(w);
    taken(adopt(w, [id], [true]));
    const [snapshot] = taken(w.ask('snapshots', [[]])).items;
    expect(snapshot).toMatchObject({ good: false, origin: [] });
  });

  it('makes them give way to newer ones by the policy', () => {
    const w = world({ ...HOURLY, keep: 2 });
    w.about('take_canister_snapshot', w.chat);
    const old = w.snapshots()[0]!;
    taken(adopt(w, [old], [true]));
    nextRun(w);
    expect(w.snapshots()).toContain(old);
    for (let run = 0; run < 3; run += 1) nextRun(w);
    expect(w.snapshots()).not.toContain(old);
  });
});

describe('every change of a snapshot', () => {
  it('is in the history with who did it', () => {
    const w = world();
    const id = nextRun(w);
    taken(w.ask('pin', [{ ...about(w, id), label: 'kept' }]));
    taken(w.ask('unpin', [about(w, id)]));
    w.pass(MINUTE);
    const { items } = taken(w.ask('history', [[]]));
    expect(items.slice(0, 2).map(({ kind, actor }) => [kind, actor])).toEqual([
      ['unpinned', DEVELOPER],
      ['pinned', DEVELOPER],
    ]);
  });
});
