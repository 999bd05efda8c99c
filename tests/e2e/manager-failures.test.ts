import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { ManagementEvent, PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import { DEVELOPER, deploy, HOUR, HOURLY, MANAGEMENT, refused, SECOND, taken, type World } from './manager-world.ts';

let deployed: World;
let hanging: Uint8Array;
beforeAll(async () => {
  deployed = deploy(1);
  deployed.register();
  deployed.append('kept');
  hanging = await hangingCanister();
});

const principal = (text: PrincipalText) => Principal.fromText(text);

/** The canister that a management call is about. */
function aboutWhich(payload: Uint8Array): PrincipalText {
  const [{ canister_id }] = IDL.decode([IDL.Record({ canister_id: IDL.Principal })], payload) as unknown as [
    { canister_id: Principal },
  ];
  return canister_id.toText() as PrincipalText;
}

/** Refuses a management call of the manager, the first `times` times. */
function refuse(method: string, message: string, options: { rejectCode: 2 | 5; times?: number }) {
  let left = options.times ?? Number.POSITIVE_INFINITY;
  const errorCode = /^IC\d{4}/.exec(message)?.[0] as 'IC0207' | undefined;
  return (event: ManagementEvent) => {
    if (event.sender !== deployed.names.manager || event.method !== method || left <= 0) return undefined;
    left -= 1;
    return { reject: { rejectCode: options.rejectCode, errorCode: errorCode ?? 'IC0201', message } } as const;
  };
}

function backup(world: World) {
  return world.ask('backup', [principal(world.chat)]);
}

describe('the target runs again, and the run says what was wrong', () => {
  it.each([
    ['canister_status', 'IC0512: Only the controllers of the canister can control it.', 'not_controller'],
    ['list_canister_snapshots', 'IC0512: Only the controllers of the canister can control it.', 'not_controller'],
    ['stop_canister', 'IC0201: Maximum queue capacity 500 reached', 'stop_failed'],
    ['take_canister_snapshot', 'IC0207: Canister snapshotting failed with: out of cycles', 'target_out_of_cycles'],
    ['take_canister_snapshot', 'IC0210: Canister is heap delta rate limited', 'rate_limited'],
    [
      'take_canister_snapshot',
      'IC0406: Canister has reached the maximum number of snapshots allowed: 10.',
      'take_failed',
    ],
  ])('when %s of a backup is refused with %s', (method, message, code) => {
    const world = deployed.fork({ management: refuse(method, message, { rejectCode: 5 }) });
    expect(refused(backup(world)).code).toBe(code);
    expect(world.status()).toBe('running');
    expect(world.snapshots()).toEqual([]);
    expect(world.runs()[0]).toMatchObject({ outcome: 'failed', phase: 'closed', error: [{ code }] });
    expect(world.dump()).toEqual(['kept']);
  });

  it('when a load is refused', () => {
    const management = refuse('load_canister_snapshot', 'IC0406: hash differs', { rejectCode: 5 });
    const world = deployed.fork({ management });
    world.backup();
    world.append('later');
    expect(refused(world.ask('restore', [])).code).toBe('load_failed');
    expect(world.status()).toBe('running');
    expect(world.dump()).toEqual(['kept', 'later']);
  });

  it('when a deletion is refused, which the next run makes good', () => {
    const management = refuse('delete_canister_snapshot', 'IC0201: busy', { rejectCode: 2, times: 1 });
    const world = deployed.fork({ management });
    taken(world.ask('set_policy', [{ canister: principal(world.chat), policy: { ...HOURLY, keep: 1 } }]));
    world.backup();
    world.backup();
    expect(world.snapshots().length).toBe(2);
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'delete_failed' }] });
    world.backup();
    expect(world.snapshots().length).toBe(1);
  });

  it('when a start is refused twice', () => {
    const management = refuse('start_canister', 'IC0201: busy', { rejectCode: 2, times: 2 });
    const world = deployed.fork({ management });
    expect(taken(backup(world)).running).toBe(true);
    expect(world.status()).toBe('running');
  });

  it('when starts are refused for minutes: the watchdog goes on', () => {
    const management = refuse('start_canister', 'IC0201: busy', { rejectCode: 2, times: 6 });
    const world = deployed.fork({ management });
    expect(refused(backup(world)).code).toBe('run_in_progress');
    expect(world.status()).toBe('stopped');
    world.pass(400n * SECOND);
    expect(world.status()).toBe('running');
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', phase: 'closed' });
  });

  it('or it says which command to run, when the manager lost control in the middle, and starts it once it has it again', () => {
    const control = { lost: true };
    const refusal = refuse('start_canister', 'IC0512: Only the controllers of the canister can control it.', {
      rejectCode: 5,
    });
    const world = deployed.fork({ management: (event) => (control.lost ? refusal(event) : undefined) });
    const error = refused(backup(world));
    expect(error.code).toBe('start_failed');
    expect(error.message).toContain(`dfx canister start ${world.chat}`);
    world.pass(600n * SECOND);
    expect(world.status()).toBe('stopped');
    control.lost = false;
    world.pass(60n * SECOND);
    expect(world.status()).toBe('running');
    expect(world.runs()[0]).toMatchObject({ outcome: 'failed', phase: 'closed', error: [{ code: 'start_failed' }] });
  });
});

describe('targets that are taken from the manager while they are stopped', () => {
  const lost = new Set<PrincipalText>();
  const stopped = new Set<PrincipalText>();
  /** Short, because each of them is asked for every minute. */
  const INTERVAL = 300n * SECOND;
  const policy = { ...HOURLY, schedule: { every_seconds: INTERVAL / SECOND } };

  /** More than the timer has at work at once, all due with the chat, none of them ours once they were stopped. */
  function takenAway(): World {
    const message = 'IC0512: Only the controllers of the canister can control it.';
    const reject = { rejectCode: 5, errorCode: 'IC0512', message } as const;
    const world = deployed.fork({
      management: ({ sender, method, payload }) => {
        const target = sender === deployed.names.manager ? aboutWhich(payload) : undefined;
        if (target === undefined || !lost.has(target)) return undefined;
        if (stopped.has(target)) return { reject };
        if (method === 'stop_canister') stopped.add(target);
        return undefined;
      },
    });
    taken(world.ask('set_policy', [{ canister: principal(world.chat), policy }]));
    for (let count = 0; count < 5; count += 1) {
      const target = world.create(hanging);
      world.setControllers(target, [DEVELOPER, world.names.manager]);
      world.register(target, policy);
      lost.add(target);
    }
    world.pass(INTERVAL + 120n * SECOND);
    return world;
  }

  it('do not keep it from backing up others, and can be unregistered', () => {
    const world = takenAway();
    const open = () => taken(world.ask('status', [])).open_runs.map(({ canister }) => canister.toText());
    expect(new Set(open())).toEqual(lost);
    expect(world.runs().find(({ canister }) => canister.toText() === world.chat)).toMatchObject({
      asked_by: 'timer',
      outcome: 'succeeded',
    });
    world.pass(INTERVAL);
    expect(world.snapshots().length).toBe(2);

    const [gone] = [...lost] as [PrincipalText];
    const change = { canister: principal(gone), policy };
    expect(refused(world.ask('set_policy', [change])).code).toBe('run_in_progress');
    const { given_up } = taken(world.ask('unregister', [principal(gone)]));
    expect(given_up).toMatchObject([{ code: 'given_up_stopped' }]);
    expect(open()).not.toContain(gone);
    expect(world.runs().find(({ canister }) => canister.toText() === gone)).toMatchObject({
      outcome: 'failed',
      phase: 'closed',
      error: [{ code: 'not_controller' }],
      started_again: false,
    });
    const told = taken(world.ask('history', [[]])).items.find(({ kind }) => kind === 'run_closed')!;
    expect([told.actor, told.cause]).toEqual([DEVELOPER, expect.stringContaining('given up')]);
    // Whoever still owns one of the others has only to give control back.
    stopped.clear();
    lost.clear();
    world.pass(120n * SECOND);
    expect(open()).toEqual([]);
    expect(world.status(gone)).toBe('stopped');
  });
});

describe('a target that was not running', () => {
  it('stays stopped through a backup and a restore', () => {
    const world = deployed.fork();
    world.about('stop_canister', world.chat);
    expect(taken(backup(world))).toMatchObject({ running: false, snapshot: { good: true } });
    expect(world.status()).toBe('stopped');
    const { snapshot_id } = taken(world.ask('snapshots', [[]])).items[0]!;
    const named = { canister: principal(world.chat), snapshot_id };
    expect(taken(world.ask('restore_snapshot', [named])).running).toBe(false);
    expect(world.status()).toBe('stopped');
    expect(
      world.managementCalls.filter(({ method, sender }) => sender === world.names.manager && method.startsWith('st')),
    ).toEqual([]);
  });
});

describe('a target that does not stop', () => {
  // The budget of a policy that names none is 30 seconds; the five minutes of the IC are for restores.
  it('runs again after half a minute, and the run says downtime_exceeded', () => {
    let held = true;
    const target = { id: MANAGEMENT };
    const world = deployed.fork({
      deliver: holdAnswer(
        () => target.id,
        () => held,
      ),
    });
    target.id = world.create(hanging);
    world.setControllers(target.id, [DEVELOPER, world.names.manager]);
    world.register(target.id);
    world.ic.submit({ sender: DEVELOPER, canisterId: target.id, method: 'hang', payload: new Uint8Array() });
    for (let i = 0; i < 3; i += 1) world.ic.tick();
    world.submit('backup', [principal(target.id)]);
    for (let i = 0; i < 10; i += 1) world.ic.tick();
    expect(world.status(target.id)).toBe('stopping');
    world.ic.setTime(world.ic.time() + 31n * SECOND);
    for (let i = 0; i < 10; i += 1) world.ic.tick();
    expect(world.status(target.id)).toBe('running');
    expect(world.runs()[0]).toMatchObject({
      outcome: 'failed',
      error: [{ code: 'downtime_exceeded' }],
      started_again: true,
    });
    expect(world.snapshots(target.id)).toEqual([]);
    held = false;
    world.settle();
    expect(taken(world.ask('backup', [principal(target.id)])).snapshot.good).toBe(true);
  });
});

describe('one operation at a time', () => {
  it('refuses the second, and says what is running', () => {
    const world = deployed.fork();
    const first = world.submit('backup', [principal(world.chat)]);
    for (let i = 0; i < 3; i += 1) world.ic.tick();
    const error = refused(world.ask('backup', [principal(world.chat)]));
    expect(error.code).toBe('run_in_progress');
    expect(error.context).toEqual(
      expect.arrayContaining([
        ['run', '1'],
        ['kind', 'backup'],
        ['asked_by', DEVELOPER],
      ]),
    );
    expect(taken(first()).run_id).toBe(1n);
    expect(world.runs().length).toBe(1);
    expect(refused(backup(world)).code).toBe('backup_too_soon');
    world.pass(60n * SECOND);
    expect(taken(backup(world)).run_id).toBe(2n);
  });
});

describe('cycles of the manager', () => {
  it('refuses a run that it could not see through, before the stop, and says how many are missing', () => {
    const world = deployed.fork();
    const { manager } = world.names;
    const { version } = world.ic.canister(world.chat)!;
    world.ic.addCycles(manager, 300_000_000_000n - world.ic.cycles(manager));
    const error = refused(backup(world));
    expect(error.code).toBe('not_enough_cycles');
    const [available, required] = ['available', 'required'].map((name) =>
      BigInt(error.context.find(([key]) => key === name)![1]),
    );
    expect(required! / 42_102_152_000n).toBeGreaterThanOrEqual(8n);
    expect(available).toBeLessThan(required!);
    expect(world.ic.canister(world.chat)!.version).toBe(version);
    world.ic.addCycles(manager, required! - available! + 500_000_000n);
    expect(taken(backup(world)).running).toBe(true);
  });
});

describe('upgrading the manager', () => {
  it('is refused while a call is open, and the run goes on', () => {
    const world = deployed.fork();
    const answer = world.submit('backup', [principal(world.chat)]);
    while (world.status() === 'running') world.ic.tick();
    expect(() => world.upgradeManager()).toThrow('run_in_progress');
    expect(taken(answer()).running).toBe(true);
    expect(world.status()).toBe('running');
    world.upgradeManager();
    world.append('later');
    expect(taken(world.ask('restore', [])).running).toBe(true);
  });

  it('after a stop of it lets the run finish first', () => {
    const world = deployed.fork();
    const answer = world.submit('backup', [principal(world.chat)]);
    for (let i = 0; i < 3; i += 1) world.ic.tick();
    world.about('stop_canister', world.names.manager);
    expect(taken(answer()).running).toBe(true);
    expect(world.status()).toBe('running');
    world.upgradeManager();
    world.about('start_canister', world.names.manager);
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', phase: 'closed' });
    world.pass(HOUR + 10n * SECOND);
    expect(world.runs().length).toBe(2);
  });

  it.each([3, 4, 5, 6, 7])('with skip_pre_upgrade, %d rounds into a backup, leaves the target running', (rounds) => {
    const world = deployed.fork();
    world.submit('backup', [principal(world.chat)]);
    for (let i = 0; i < rounds; i += 1) world.ic.tick();
    world.upgradeManager({ skipPreUpgrade: true });
    world.pass(30n * SECOND);
    expect(world.status()).toBe('running');
    expect(world.runs()[0]).toMatchObject({ phase: 'closed' });
    world.pass(HOUR);
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', asked_by: 'timer' });
  });
});
