import type { CandidPolicy } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  HOURLY,
  MANAGEMENT,
  refused,
  replyOf,
  SECOND,
  STRANGER,
  taken,
  type World,
} from './manager-world.ts';

let deployed: World;
beforeAll(() => {
  deployed = deploy(2);
});

const hex = (bytes: Uint8Array | number[]) => Buffer.from(bytes).toString('hex');
const principal = (text: PrincipalText) => Principal.fromText(text);

describe('who may call', () => {
  it('nobody but the controllers, for any method, and a refused call changes nothing', () => {
    const world = deployed.fork();
    const chat = principal(world.chat);
    world.register();
    const before = taken(world.ask('status', []));
    const answers = [
      world.ask('register', [{ canister: principal(world.names.chats[1]!), policy: [] }], STRANGER),
      world.ask('unregister', [chat], STRANGER),
      world.ask('set_policy', [{ canister: chat, policy: { ...HOURLY, keep: 1 } }], STRANGER),
      world.ask('set_default', [{ canister: [chat] }], STRANGER),
      world.ask('backup', [chat], STRANGER),
      world.ask('restore', [], STRANGER),
      world.ask('restore_snapshot', [{ canister: chat, snapshot_id: new Uint8Array(18) }], STRANGER),
      world.ask('targets', [[]], STRANGER),
      world.ask('snapshots', [[]], STRANGER),
      world.ask('runs', [[]], STRANGER),
      world.ask('status', [], STRANGER),
    ];
    for (const answer of answers) {
      expect(refused<unknown>(answer)).toMatchObject({ code: 'caller_not_allowed' });
      expect(refused<unknown>(answer).message).toContain(STRANGER);
    }
    const after = taken(world.ask('status', []));
    expect({ ...after, now: 0n, cycles: 0n }).toEqual({ ...before, now: 0n, cycles: 0n });
    expect(world.managementCalls.filter(({ sender }) => sender === world.names.manager).length).toBe(1);
  });
});

describe('register', () => {
  it('takes a canister that the manager controls, with the default policy if none is given', () => {
    const world = deployed.fork();
    const target = taken(world.ask('register', [{ canister: principal(world.chat), policy: [] }]));
    expect(target).toMatchObject({
      policy: { schedule: { every_seconds: 21_600n }, keep: 8, mode: { stop: null }, after_restore: [] },
      is_default: false,
      newest_good: [],
    });
    expect(target.next_run_at).toBe(target.registered_at);
  });

  it('is followed by the first backup at once, also with jitter, and the second is an interval after it', () => {
    const world = deployed.fork();
    world.register(world.chat, { ...HOURLY, immediate: [], jitter_seconds: [3000] });
    const { registered_at } = taken(world.ask('targets', [[]])).items[0]!;
    world.pass(SECOND);
    expect(world.runs()).toMatchObject([{ asked_by: 'timer', outcome: 'succeeded' }]);
    expect(taken(world.ask('targets', [[]])).items[0]!.next_run_at).toBeGreaterThanOrEqual(registered_at + HOUR);
    world.append('lost');
    taken(world.ask('restore', []));
    expect(world.dump()).toEqual([]);
  });

  it('is not, if the policy says so, or a good snapshot is younger than an interval', () => {
    const world = deployed.fork();
    world.register();
    world.pass(SECOND);
    expect(world.runs()).toEqual([]);
    world.backup();
    const again = () => {
      taken(world.ask('unregister', [principal(world.chat)]));
      world.register(world.chat, { ...HOURLY, immediate: [] });
      world.pass(SECOND);
      return world.runs().length;
    };
    expect(again()).toBe(1);
    world.ic.setTime(world.ic.time() + HOUR);
    expect(again()).toBe(2);
  });

  it('keeps its first run through a change of the policy, and in quiet hours until they are over', () => {
    const world = deployed.fork();
    const minute = Number((world.ic.time() / (60n * SECOND)) % 1440n);
    const quiet_hours: CandidPolicy['quiet_hours'] = [{ from: minute, to: (minute + 30) % 1440 }];
    world.register(world.chat, { ...HOURLY, immediate: [], quiet_hours });
    const policy = { ...HOURLY, quiet_hours, immediate: [] as [], schedule: { every_seconds: 7200n } };
    taken(world.ask('set_policy', [{ canister: principal(world.chat), policy }]));
    world.pass(SECOND);
    expect(world.runs()).toEqual([]);
    world.pass(31n * 60n * SECOND);
    expect(world.runs()).toMatchObject([{ asked_by: 'timer', outcome: 'succeeded' }]);
  });

  it('refuses what is not controlled, and says which command to run', () => {
    const world = deployed.fork();
    world.setControllers(world.chat, [Principal.fromText(STRANGER).toText() as PrincipalText]);
    const error = refused(world.ask('register', [{ canister: principal(world.chat), policy: [] }]));
    expect(error.code).toBe('not_controller');
    expect(error.message).toContain(
      `dfx canister update-settings ${world.chat} --add-controller ${world.names.manager}`,
    );
    expect(error.message).toContain(
      `icp canister settings update ${world.chat} --add-controller ${world.names.manager}`,
    );
  });

  it('refuses itself, aaaaa-aa, duplicates and what does not exist', () => {
    const world = deployed.fork();
    world.register();
    const codeFor = (text: string) =>
      refused(world.ask('register', [{ canister: Principal.fromText(text), policy: [] }])).code;
    expect(codeFor(world.names.manager)).toBe('self_target');
    expect(codeFor(MANAGEMENT)).toBe('management_canister');
    expect(codeFor(world.chat)).toBe('duplicate_target');
    expect(codeFor('bkyz2-fmaaa-aaaaa-qaaaq-cai')).toMatch(/^(target_not_found|status_failed)$/);
  });

  it.each<[string, Partial<CandidPolicy>, string]>([
    ['keep 0', { keep: 0 }, 'invalid_policy'],
    ['keep 9', { keep: 9 }, 'invalid_policy'],
    ['an interval below a minute', { schedule: { every_seconds: 59n } }, 'invalid_policy'],
    ['a calendar without a day', { schedule: { calendar: { cron: '0 3 30 2 *' } } }, 'invalid_policy'],
  ])('refuses a policy with %s', (_, change, code) => {
    const world = deployed.fork();
    const policy = { ...HOURLY, ...change };
    expect(refused(world.ask('register', [{ canister: principal(world.chat), policy: [policy] }])).code).toBe(code);
    expect(taken(world.ask('targets', [[]])).total).toBe(0n);
  });
});

describe('changing targets', () => {
  it('unregister keeps every snapshot, and says what that costs', () => {
    const world = deployed.fork();
    world.register();
    const { total_size } = world.backup();
    const { kept } = taken(world.ask('unregister', [principal(world.chat)]));
    expect(kept.snapshots.length).toBe(1);
    expect(kept.total_size).toBe(total_size);
    expect(kept.storage_cycles_per_day).toBeGreaterThan(0n);
    expect(kept.note).toContain('cost');
    expect(world.snapshots().length).toBe(1);
    expect(refused(world.ask('unregister', [principal(world.chat)])).code).toBe('unknown_target');
  });

  it('a target that is registered again has its snapshots back', () => {
    const world = deployed.fork();
    world.register();
    world.backup();
    taken(world.ask('unregister', [principal(world.chat)]));
    world.register();
    world.append('later');
    expect(taken(world.ask('restore', [])).canister.toText()).toBe(world.chat);
  });

  it('set_policy deletes nothing and starts a new grid', () => {
    const world = deployed.fork();
    world.register();
    for (let i = 0; i < 3; i += 1) world.backup();
    const policy = { ...HOURLY, keep: 1, schedule: { every_seconds: 600n } };
    const { target, kept } = taken(world.ask('set_policy', [{ canister: principal(world.chat), policy }]));
    expect(target.policy).toEqual(policy);
    expect(target.next_run_at).toBeLessThan(world.ic.time() + 601_000_000_000n);
    expect(kept.snapshots.length).toBe(3);
    expect(world.snapshots().length).toBe(3);
    world.backup();
    // What was taken under the policy before goes by its pace alone: one once a run was due by it, not one for each run.
    const older = () => kept.snapshots.filter((one) => world.snapshots().includes(hex(one.snapshot_id))).length;
    expect(older()).toBe(3);
    world.pass(HOUR);
    expect(older()).toBe(2);
  });

  it.each(['unregister', 'set_policy'] as const)('%s waits for a run in flight', (name) => {
    const world = deployed.fork();
    world.register();
    const backup = world.submit('backup', [principal(world.chat)]);
    for (let i = 0; i < 3; i += 1) world.ic.tick();
    const change =
      name === 'unregister'
        ? world.submit('unregister', [principal(world.chat)])
        : world.submit('set_policy', [{ canister: principal(world.chat), policy: { ...HOURLY, keep: 2 } }]);
    world.ic.tick();
    expect(taken(world.ask('status', [])).open_runs.length).toBe(1);
    expect(taken(backup()).running).toBe(true);
    expect(taken<{ kept: { snapshots: unknown[] } }>(change()).kept.snapshots.length).toBe(1);
    expect(world.status()).toBe('running');
  });
});

describe('the default target', () => {
  it('is needed by restore when there are several, and may be none', () => {
    const world = deployed.fork();
    const [first, second] = world.names.chats as [PrincipalText, PrincipalText];
    expect(refused(world.ask('restore', [])).code).toBe('no_target');
    world.register(first);
    world.register(second);
    const ambiguous = refused(world.ask('restore', []));
    expect(ambiguous.code).toBe('ambiguous_target');
    expect(ambiguous.message).toContain(first);
    expect(ambiguous.message).toContain(second);
    taken(world.ask('set_default', [{ canister: [principal(second)] }]));
    expect(refused(world.ask('restore', []))).toMatchObject({
      code: 'no_good_snapshot',
      context: expect.arrayContaining([['canister', second]]),
    });
    taken(world.ask('set_default', [{ canister: [] }]));
    expect(refused(world.ask('restore', [])).code).toBe('ambiguous_target');
  });
});

describe('the queries', () => {
  it('answer to no arguments at all', () => {
    const world = deployed.fork();
    for (const method of ['targets', 'snapshots', 'runs', 'status']) {
      const request = { sender: DEVELOPER, canisterId: world.names.manager, method, payload: EMPTY_ARGUMENTS };
      expect(replyOf(world.ic.query(request), method).length).toBeGreaterThan(0);
    }
  });

  it('page', () => {
    const world = deployed.fork();
    for (const chat of world.names.chats) world.register(chat);
    for (const chat of [...world.names.chats, ...world.names.chats]) world.backup(chat);
    const page = (after: [] | [Principal]) => taken(world.ask('targets', [[{ after, limit: [1] }]]));
    const first = page([]);
    const second = page(first.next);
    expect([...first.items, ...second.items].map((t) => t.canister.toText()).sort()).toEqual(
      [...world.names.chats].sort(),
    );
    expect(second.next).toEqual([]);
    const runs = taken(world.ask('runs', [[{ canister: [principal(world.chat)], before: [], limit: [1] }]]));
    const older = taken(world.ask('runs', [[{ canister: [principal(world.chat)], before: runs.next, limit: [1] }]]));
    expect([...runs.items, ...older.items].map((run) => run.run_id)).toEqual([3n, 1n]);
    expect(older.next).toEqual([]);
    expect(taken(world.ask('runs', [[{ canister: [], before: [3n], limit: [] }]])).items.map((r) => r.run_id)).toEqual([
      2n,
      1n,
    ]);
    expect(refused(world.ask('runs', [[{ canister: [], before: [], limit: [101] }]])).code).toBe('invalid_argument');
    expect(
      taken(world.ask('snapshots', [[{ canister: [principal(world.chat)], after: [], limit: [] }]])).items.length,
    ).toBe(2);
  });

  it('trap without a path of the build on what is not Candid', () => {
    const world = deployed.fork();
    const request = {
      sender: DEVELOPER,
      canisterId: world.names.manager,
      method: 'runs',
      payload: new Uint8Array([1, 2, 3]),
    };
    const result = world.ic.query(request);
    if (result.kind === 'reply') throw new Error('it was answered');
    expect(result.reject.message.split('See the list')[0]).not.toContain('/');
  });
});
