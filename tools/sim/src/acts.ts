/** What people and the world do in the middle of a run. Everything is sent as a message and none is waited for. */
import type { CallRequest, PrincipalText } from 'local-ic';
import type { Action } from './action.ts';
import { CROWDS } from './crowds.ts';
import type { Act } from './faults.ts';
import { about, controllersRequest, HOUR, MINUTE, principal, toWorker, upgradeRequest } from './network.ts';
import { RACES } from './races.ts';
import type { World } from './world.ts';

/** Snapshots that a canister can have. */
const SLOTS = 10;

/** Cycles that are left to a canister that runs out of them: below what any call locks. */
const DRAINED = 1_000_000_000n;

/** @param target the canister that the scenario is about */
export function act(world: World, what: Act, target: PrincipalText): void {
  ACTIONS[what](world, target);
}

const send =
  (method: string, of: 'target' | 'manager'): Action =>
  (world, target) =>
    world.send(aboutCanister(world, method, of === 'target' ? target : world.names.manager));

const jump =
  (nanos: bigint): Action =>
  (world) =>
    world.advance(nanos);

const ACTIONS: Readonly<Record<Act, Action>> = {
  stop_manager: send('stop_canister', 'manager'),
  start_manager: send('start_canister', 'manager'),
  upgrade_manager: (world) => world.send(upgradeManager(world, false)),
  upgrade_manager_skipping_pre_upgrade: (world) => world.send(upgradeManager(world, true)),
  upgrade_manager_stopped: (world) => {
    const { manager } = world.names;
    world.send(aboutCanister(world, 'stop_canister', manager), (stopped) => {
      if (stopped.kind === 'reject') return;
      world.send(upgradeManager(world, false), () => world.send(aboutCanister(world, 'start_canister', manager)));
    });
  },
  uninstall_target: send('uninstall_code', 'target'),
  upgrade_target: (world, target) => {
    const module = target === world.names.chat ? world.modules.chat : world.modules.worker;
    world.send(upgradeRequest(world.names, target, { module }));
  },
  busy_target: (world, target) => {
    if (target !== world.names.worker) return;
    world.boundaries.workerBusy = true;
    world.send(toWorker(world.names));
  },
  take_control: (world, target) => world.send(controllersRequest(world.names, target, [world.names.developer])),
  start_target: send('start_canister', 'target'),
  stop_target: send('stop_canister', 'target'),
  backup_by_others: (world, target) => {
    world.send(aboutCanister(world, 'stop_canister', target), () => {
      world.send(aboutCanister(world, 'take_canister_snapshot', target));
      world.send(aboutCanister(world, 'start_canister', target));
    });
  },
  fill_slots: (world, target) => {
    const free = SLOTS - (world.see(target)?.snapshots.length ?? SLOTS);
    for (let i = 0; i < free; i += 1) world.send(aboutCanister(world, 'take_canister_snapshot', target));
  },
  take_a_slot: send('take_canister_snapshot', 'target'),
  delete_ours: (world, target) => {
    const snapshot = world.see(target)?.snapshots[0];
    if (snapshot === undefined) return;
    const argument = { canister_id: principal(target), snapshot_id: Buffer.from(snapshot, 'hex') };
    world.send(about('delete_canister_snapshot', argument, world.names.developer));
  },
  delete_target: (world, target) => {
    world.send(aboutCanister(world, 'stop_canister', target), (stopped) => {
      if (stopped.kind === 'reply') world.send(aboutCanister(world, 'delete_canister', target));
    });
  },
  drain_manager: (world) => drain(world, world.names.manager),
  drain_target: drain,
  append: (world) => world.append(`told in round ${world.ic.round()}`),
  ...RACES,
  ...CROWDS,
  jump_minutes: jump(7n * MINUTE),
  jump_hours: jump(2n * HOUR),
  jump_days: jump(72n * HOUR),
};

export function aboutCanister({ names }: World, method: string, canister: PrincipalText): CallRequest {
  return about(method, { canister_id: principal(canister) }, names.developer);
}

function upgradeManager({ names, modules }: World, skipPreUpgrade: boolean): CallRequest {
  return upgradeRequest(names, names.manager, { module: modules.manager, skipPreUpgrade });
}

function drain(world: World, canister: PrincipalText): void {
  if (world.see(canister) === null) return;
  world.ic.addCycles(canister, DRAINED - world.ic.cycles(canister));
}
