/**
 * The manager itself goes back to a snapshot of it, at each step of a run. The IC keeps no timer of a canister that got other
 * code, and the heap that comes back believes in timers and calls of its own time. The next update call wakes the schedule.
 *
 * `ASLEEP_STEPS=all` tries every step of a run with every way back; without, a step for each way in turn.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import {
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  managerModule,
  refused,
  SECOND,
  STRANGER,
  taken,
  type World,
} from './manager-world.ts';

const MINUTE = 60n * SECOND;
const chatModule = () =>
  new Uint8Array(readFileSync(createRequire(import.meta.url).resolve('@canister-backup/chat/wasm.gz')));

const deployed = deploy(1);
const self = (world: World) => Principal.fromText(world.names.manager);

function install(world: World, mode: object, wasm_module: Uint8Array): void {
  world.manage('install_code', { mode, canister_id: self(world), wasm_module, arg: EMPTY_ARGUMENTS });
}

/** What happens to the manager between its snapshot and the load. */
const WAYS: Readonly<Record<string, (world: World) => void>> = {
  'an older snapshot': () => {},
  'an uninstall, and the snapshot': (world) => world.about('uninstall_code', world.names.manager),
  'a reinstall, and the snapshot': (world) => install(world, { reinstall: null }, managerModule()),
  'an upgrade with a wrong module, and the snapshot': (world) =>
    install(world, { upgrade: [{ skip_pre_upgrade: [true] }] }, chatModule()),
};

/** Rounds after a backup was asked for; in the last ones the run is over. */
const STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const ALL = process.env.ASLEEP_STEPS === 'all';

/** The manager is paused and stopped first, as docs/mainnet.md says, or left running, with calls open. */
const EVERY = Object.keys(WAYS).flatMap((way) =>
  [true, false].flatMap((drained) => STEPS.map((step) => ({ way, drained, step }))),
);
const CASES = EVERY.filter(
  ({ way, drained, step }) =>
    ALL || (step === 2 * Object.keys(WAYS).indexOf(way) + 1 && drained === way.startsWith('an u')),
);

function load(world: World, snapshot_id: Uint8Array): void {
  world.manage('load_canister_snapshot', { canister_id: self(world), snapshot_id });
}

/** A manager with a snapshot of itself, taken at a step of a run, and loaded later, that way. */
function broughtBack({ way, drained, step }: (typeof CASES)[number]): World {
  const world = deployed.fork();
  world.register();
  world.backup();
  world.pass(2n * MINUTE);
  world.send('backup', [Principal.fromText(world.chat)]);
  for (let round = 0; round < step; round += 1) world.ic.tick();
  const { manager } = world.names;
  if (drained) taken(world.ask('pause', [{ canister: [] }]));
  if (drained) world.about('stop_canister', manager);
  const { id } = world.manage('take_canister_snapshot', { canister_id: self(world) }) as { id: Uint8Array };
  if (drained) world.about('start_canister', manager);
  world.settle();
  // The deadline that the heap believes in is past then, or still to come.
  world.pass(drained ? 2n * HOUR : 20n * MINUTE);
  if (drained) world.about('stop_canister', manager);
  WAYS[way]!(world);
  load(world, id);
  if (drained) world.about('start_canister', manager);
  return world;
}

function timerRuns(world: World, from: bigint) {
  return world.runs().filter(({ asked_by, started_at }) => asked_by === 'timer' && started_at >= from);
}

describe('a manager that goes back to a snapshot of itself', () => {
  it.each(CASES)('by $way (stopped before: $drained), $step rounds into a run, backs up again', (one) => {
    const world = broughtBack(one);
    const from = world.ic.time();
    taken(world.ask('resume', [{ canister: [] }]));
    world.pass(HOUR + MINUTE);
    const status = taken(world.ask('status', []));
    expect(status.open_runs).toEqual([]);
    expect(timerRuns(world, from)).toContainEqual(
      expect.objectContaining({ outcome: 'succeeded', was_running: [true] }),
    );
    expect(world.status()).toBe('running');
    const { level, manager } = taken(world.ask('health', [[]]));
    expect({ level, open: manager.open_calls, reasons: manager.reasons }).toEqual({
      level: 'ok',
      open: 0,
      reasons: [],
    });
    // It is refused while a call is open.
    world.upgradeManager();
  });
});

describe('a manager whose timer is lost', () => {
  /** Its only alarm is for the next backup, which is due in two hours, and the IC has no timer. */
  function asleep(): World {
    const world = deployed.fork();
    world.register();
    world.backup();
    const { manager } = world.names;
    world.about('stop_canister', manager);
    const { id } = world.manage('take_canister_snapshot', { canister_id: self(world) }) as { id: Uint8Array };
    WAYS['an uninstall, and the snapshot']!(world);
    load(world, id);
    world.about('start_canister', manager);
    world.pass(2n * HOUR);
    expect(timerRuns(world, 0n)).toEqual([]);
    return world;
  }

  const reasons = (world: World) => taken(world.ask('health', [[]])).manager.reasons;

  it('says so in its health, and the call that health names wakes it', () => {
    const world = asleep();
    const [reason] = reasons(world);
    expect(reason).toMatchObject({ level: 'critical', code: 'timer_asleep' });
    expect(reason!.message).toContain(`dfx canister call ${world.names.manager} resume '(record { canister = null })'`);
    expect(taken(world.ask('resume', [{ canister: [] }])).changed).toBe(0);
    world.pass(MINUTE);
    expect(timerRuns(world, 0n)).toHaveLength(1);
    expect(reasons(world)).toEqual([]);
    expect(taken(world.ask('history', [[]])).items.map(({ kind }) => kind)).toContain('loaded');
  });

  it('is woken by no stranger, who causes no work', () => {
    const world = asleep();
    refused(world.ask('backup', [Principal.fromText(world.chat)], STRANGER));
    expect(world.ic.canister(world.names.manager)!.globalTimer).toBe(0n);
  });

  it('is woken by the upgrade that health names too', () => {
    const world = asleep();
    world.upgradeManager();
    world.pass(MINUTE);
    expect(timerRuns(world, 0n)).toHaveLength(1);
    expect(reasons(world)).toEqual([]);
  });
});
