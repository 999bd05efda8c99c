import type { CandidPolicy } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { watFile } from '../harness/wat.ts';
import { DEVELOPER, deploy, HOUR, HOURLY, refused, SECOND, taken, type World } from './manager-world.ts';

const MINUTE = 60n * SECOND;
const DAY = 24n * HOUR;

let deployed: World;
beforeAll(() => {
  deployed = deploy(4);
});

const named = (canister: PrincipalText) => Principal.fromText(canister);
const toChat = (world: World) => ({ sender: DEVELOPER, canisterId: world.chat, method: 'append' });
const chatOf = (world: World) => named(world.chat);

function world(policy: Partial<CandidPolicy> = {}): World {
  const fork = deployed.fork();
  fork.register(fork.chat, { ...HOURLY, ...policy });
  return fork;
}

/** Runs by the timer, oldest first. */
function scheduled(world: World, canister = world.chat) {
  return world
    .runs()
    .filter((run) => run.asked_by === 'timer' && run.canister.toText() === canister)
    .reverse();
}

function nextRunOf(world: World, canister = world.chat): bigint {
  return taken(world.ask('targets', [[]])).items.find((target) => target.canister.toText() === canister)!.next_run_at;
}

/** As people write it, in UTC. */
function clock(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 16);
}

describe('a calendar', () => {
  it('is followed in UTC', () => {
    // The world begins on Thursday, 2026-01-01, at 09:00.
    const w = world({ schedule: { calendar: { cron: '30 4 * * mon-fri' } } });
    expect(clock(nextRunOf(w))).toBe('2026-01-02T04:30');
    w.pass(5n * DAY);
    expect(scheduled(w).map(({ started_at }) => clock(started_at))).toEqual([
      '2026-01-02T04:30',
      '2026-01-05T04:30',
      '2026-01-06T04:30',
    ]);
  });

  it('that was missed happens once', () => {
    const w = world({ schedule: { calendar: { cron: '0 * * * *' } } });
    w.about('stop_canister', w.names.manager);
    w.pass(10n * HOUR);
    w.about('start_canister', w.names.manager);
    w.pass(MINUTE);
    expect(scheduled(w).length).toBe(1);
  });

  it.each(['61 * * * *', 'every day', '0 0 31 2 *', ''])('that is none (%j) is refused, and says why', (cron) => {
    const w = deployed.fork();
    const policy = { ...HOURLY, schedule: { calendar: { cron } } };
    const { code, context } = refused(w.ask('register', [{ canister: chatOf(w), policy: [policy] }]));
    expect(code).toBe('invalid_policy');
    expect(Object.fromEntries(context).field).toBe('schedule.calendar.cron');
  });
});

describe('quiet hours', () => {
  it('put a run off to their end, over midnight, and do not move the grid', () => {
    const w = world({ schedule: { every_seconds: 21_600n }, quiet_hours: [{ from: 20 * 60, to: 5 * 60 }] });
    w.pass(DAY + MINUTE);
    // Due at 15:00, 21:00 (which is quiet), 3:00 (which falls together with it) and 9:00.
    expect(scheduled(w).map(({ started_at }) => clock(started_at))).toEqual([
      '2026-01-01T15:00',
      '2026-01-02T05:00',
      '2026-01-02T09:00',
    ]);
  });

  it('longer than two intervals are no missed run', () => {
    const w = world({ quiet_hours: [{ from: 20 * 60, to: 5 * 60 }] });
    w.pass(19n * HOUR);
    expect(taken(w.ask('health', [[]])).level).toBe('ok');
  });

  it('do not keep people from backing up', () => {
    const w = world({ quiet_hours: [{ from: 0, to: 23 * 60 }] });
    w.backup();
    expect(w.snapshots().length).toBe(1);
  });
});

describe('jitter', () => {
  it('spreads targets that are due together, and each comes to the same moment after an upgrade', () => {
    const w = deployed.fork();
    for (const chat of w.names.chats) w.register(chat, { ...HOURLY, jitter_seconds: [1800] });
    const planned = w.names.chats.map((chat) => nextRunOf(w, chat));
    expect(new Set(planned).size).toBe(w.names.chats.length);
    w.upgradeManager();
    expect(w.names.chats.map((chat) => nextRunOf(w, chat))).toEqual(planned);
    const registered = new Map(taken(w.ask('targets', [[]])).items.map((t) => [t.canister.toText(), t.registered_at]));
    w.pass(HOUR + 1800n * SECOND);
    w.names.chats.forEach((chat, i) => {
      const [run] = scheduled(w, chat);
      const late = run!.started_at - (registered.get(chat)! + HOUR);
      expect(late).toBeGreaterThanOrEqual(0n);
      expect(late).toBeLessThan(1800n * SECOND);
      expect(run!.started_at - planned[i]!).toBeLessThan(10n * SECOND);
    });
  });
});

describe('pause and resume', () => {
  it('leave one target alone, and catch up once', () => {
    const w = world();
    const second = w.names.chats[1]!;
    w.register(second);
    expect(taken(w.ask('pause', [{ canister: [chatOf(w)] }])).changed).toBe(1);
    expect(taken(w.ask('pause', [{ canister: [chatOf(w)] }])).changed).toBe(0);
    w.upgradeManager();
    w.pass(5n * HOUR + MINUTE);
    expect([scheduled(w).length, scheduled(w, second).length]).toEqual([0, 5]);
    expect(taken(w.ask('targets', [[]])).items.find(({ canister }) => canister.toText() === w.chat)!.paused).toEqual([
      true,
    ]);
    taken(w.ask('resume', [{ canister: [chatOf(w)] }]));
    w.pass(MINUTE);
    expect(scheduled(w).length).toBe(1);
    w.pass(HOUR);
    expect(scheduled(w).length).toBe(2);
  });

  it('of all of them stop the schedule, and nothing that people ask for', () => {
    const w = world();
    w.register(w.names.chats[1]!);
    expect(taken(w.ask('pause', [{ canister: [] }])).changed).toBe(2);
    w.append('Hi there!');
    w.backup();
    w.append('lost');
    taken(w.ask('restore_snapshot', [{ canister: chatOf(w), snapshot_id: Buffer.from(w.snapshots()[0]!, 'hex') }]));
    w.pass(3n * HOUR);
    expect(scheduled(w)).toEqual([]);
    expect(w.dump()).toEqual(['Hi there!']);
  });

  it('of one and of all are two things, and what health says ends each', () => {
    const w = world();
    const second = w.names.chats[1]!;
    w.register(second);
    w.backup();
    w.backup(second);
    taken(w.ask('pause', [{ canister: [chatOf(w)] }]));
    expect(taken(w.ask('pause', [{ canister: [] }])).changed).toBe(1);
    expect(taken(w.ask('pause', [{ canister: [] }])).changed).toBe(0);
    const shown = () => {
      const { items } = taken(w.ask('targets', [[]]));
      const [first, other] = [w.chat, second].map((id) => items.find(({ canister }) => canister.toText() === id)!);
      return [first, other].map((target) => [target?.paused[0] ?? false, target?.paused_alone[0]]);
    };
    const allPaused = () => taken(w.ask('status', [])).paused_all;
    w.upgradeManager();
    expect([allPaused(), shown()]).toEqual([
      [true],
      [
        [true, true],
        [true, false],
      ],
    ]);
    w.pass(3n * HOUR);
    expect([scheduled(w), scheduled(w, second)]).toEqual([[], []]);

    expect(pauseReasons(w)).toHaveLength(2);
    const advice = advised(w);
    expect(advice).toEqual([`(record { canister = opt principal "${w.chat}" })`, '(record { canister = null })']);
    expect(taken(w.ask('resume', [{ canister: [] }])).changed).toBe(1);
    expect([allPaused(), shown()]).toEqual([
      [false],
      [
        [true, true],
        [false, false],
      ],
    ]);
    expect(pauseReasons(w)).toHaveLength(1);
    w.pass(MINUTE);
    expect([scheduled(w).length, scheduled(w, second).length]).toEqual([0, 1]);
    expect(taken(w.ask('resume', [{ canister: [chatOf(w)] }])).changed).toBe(1);
    expect(pauseReasons(w)).toEqual([]);
    w.pass(MINUTE);
    expect(scheduled(w).length).toBe(1);
  });

  it('of all includes what is registered later', () => {
    const w = world();
    const second = w.names.chats[1]!;
    taken(w.ask('pause', [{ canister: [] }]));
    w.register(second);
    w.pass(2n * HOUR);
    expect(scheduled(w, second)).toEqual([]);
    expect(taken(w.ask('resume', [{ canister: [] }])).changed).toBe(2);
    w.pass(MINUTE);
    expect(scheduled(w, second).length).toBe(1);
  });
});

function pauseReasons(w: World): string[] {
  const { items } = taken(w.ask('health', [[]]));
  return items.flatMap(({ reasons }) => reasons.flatMap(({ code, message }) => (code === 'paused' ? [message] : [])));
}

/** The arguments of the calls of `resume` that health names, each once. */
function advised(w: World): string[] {
  const calls = pauseReasons(w).flatMap((message) => [...message.matchAll(/dfx canister call \S+ resume '([^']*)'/g)]);
  return [...new Set(calls.map(([, argument]) => argument!))];
}

describe('skip_unchanged', () => {
  const skipping = () => world({ skip_unchanged: [true] });
  const outcomes = (w: World) => scheduled(w).map(({ outcome }) => outcome);

  it('skips while nothing ran in the target, without a stop, and health counts it as covered', () => {
    const w = skipping();
    w.pass(HOUR + MINUTE);
    const { version } = w.ic.canister(w.chat)!;
    w.pass(3n * HOUR);
    expect(outcomes(w)).toEqual(['succeeded', 'skipped', 'skipped', 'skipped']);
    expect(w.ic.canister(w.chat)!.version).toBe(version);
    expect(w.snapshots().length).toBe(1);
    expect(taken(w.ask('health', [[]])).level).toBe('ok');
  });

  it('skips nothing that users wrote, be it written in the very round of the backup', () => {
    const w = skipping();
    w.pass(HOUR + MINUTE);
    w.append('one');
    w.pass(HOUR);
    expect(outcomes(w)).toEqual(['succeeded', 'succeeded']);
    let accepted = 0;
    for (let round = 0; round < 8; round += 1) {
      w.ic.setTime(nextRunOf(w));
      for (let before = 0; before < round; before += 1) w.ic.tick();
      const sent = w.ic.submit({
        ...toChat(w),
        payload: new Uint8Array(IDL.encode([IDL.Text], [`in round ${round}`])),
      });
      accepted += sent.kind === 'refused' ? 0 : 1;
      w.pass(HOUR + MINUTE);
      expect(w.dump().length).toBe(1 + accepted);
      const later = w.fork();
      later.append('after the backup');
      const snapshot_id = Buffer.from(w.snapshots().at(-1)!, 'hex');
      taken(later.ask('restore_without_safety', [{ canister: chatOf(w), snapshot_id }]));
      expect(later.dump()).toEqual(w.dump());
    }
  });

  it('looks past its own probes', () => {
    const probe = { method: 'dump', arg: Buffer.from('4449444c0000', 'hex'), tripwires: [] };
    const w = world({ skip_unchanged: [true], probe: [probe] });
    w.pass(3n * HOUR + MINUTE);
    expect(outcomes(w)).toEqual(['succeeded', 'skipped', 'skipped']);
  });

  it('never takes a target with a heartbeat for unchanged', async () => {
    const w = deployed.fork();
    const beating = w.create(await watFile('heartbeat'));
    w.setControllers(beating, [DEVELOPER, w.names.manager]);
    w.register(beating, { ...HOURLY, skip_unchanged: [true] });
    for (let hour = 0; hour < 3; hour += 1) {
      w.ic.setTime(w.ic.time() + HOUR);
      for (let round = 0; round < 20; round += 1) w.ic.tick();
    }
    expect(scheduled(w, beating).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('takes a new snapshot when the last one is gone, or was in doubt', () => {
    const w = skipping();
    w.pass(HOUR + MINUTE);
    w.manage('delete_canister_snapshot', {
      canister_id: chatOf(w),
      snapshot_id: Buffer.from(w.snapshots()[0]!, 'hex'),
    });
    w.pass(HOUR);
    expect(outcomes(w)).toEqual(['succeeded', 'succeeded']);
    taken(w.ask('mark_suspect', [{ canister: chatOf(w), since: 0n }]));
    w.pass(HOUR);
    expect(outcomes(w)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('does not keep people from backing up', () => {
    const w = skipping();
    w.pass(HOUR + MINUTE);
    w.backup();
    expect(w.snapshots().length).toBe(2);
  });
});
