/**
 * What is going on when the faults strike. Each scenario begins on a world that is prepared once; a new operation of the
 * manager is one more entry here.
 */
import type { CandidProbe } from '@canister-backup/shared';
import type { PrincipalText } from 'local-ic';
import { aboutCanister } from './acts.ts';
import { DUMP, HOLD_MINUTES, principal, replyOf, toChat } from './network.ts';
import { askBackup, demand, hourLater, idsOf, keepBusy, named, type Scenario, say, setPolicy } from './prepare.ts';
import type { World } from './world.ts';
import { WORLDS } from './worlds.ts';

/** Nothing is left of the messages if the answer is so much shorter. */
const PROBE: CandidProbe = {
  ...DUMP,
  tripwires: [{ measure: { reply_bytes: null }, at_least: [], shrinks_at_most_percent: [30] }],
};

/** Seconds, the least that a policy may have. */
const SHORT_DOWNTIME = 10;

const ORDINARY = {
  backup_by_timer: { about: 'chat', begin: hourLater },
  backup_by_call: { about: 'chat', begin: (world) => askBackup(world, world.names.chat) },
  backup_of_a_stopped_target: {
    about: 'chat',
    prepare: (world) => void replyOf(world.call(aboutCanister(world, 'stop_canister', world.names.chat)), 'stop'),
    begin: hourLater,
  },
  backup_that_makes_room: {
    about: 'chat',
    prepare: (world) => {
      const free = 10 - (world.see(world.names.chat)?.snapshots.length ?? 10);
      const take = aboutCanister(world, 'take_canister_snapshot', world.names.chat);
      for (let i = 0; i < free - 3; i += 1) replyOf(world.call(take), 'take');
    },
    begin: hourLater,
  },
  backup_beside_a_pin: {
    about: 'chat',
    prepare: (world) => {
      demand(world, 'pin', [{ ...named(world, 0), label: 'kept' }], idsOf(world, 0));
    },
    begin: hourLater,
  },
  hold_during_a_backup: {
    about: 'chat',
    begin: (world) => {
      hourLater(world);
      for (let round = 0; round < 3; round += 1) world.tick();
      const { chat } = world.names;
      world.ask('hold', [{ canister: principal(chat), minutes: HOLD_MINUTES }], { canister: chat });
    },
  },
  backup_of_the_worker: { about: 'worker', begin: (world) => askBackup(world, world.names.worker) },
  backup_with_a_probe: {
    about: 'chat',
    prepare: (world) => setPolicy(world, { probe: [PROBE], skip_unchanged: [true] }),
    begin: hourLater,
  },
  backup_that_is_suspect: {
    about: 'chat',
    prepare: (world) => {
      setPolicy(world, { probe: [PROBE] });
      demand(world, 'backup', [principal(world.names.chat)]);
      world.send(toChat(world.names, 'remove_spam', []));
      world.settle();
    },
    begin: hourLater,
  },
  backup_that_is_skipped: {
    about: 'chat',
    prepare: (world) => {
      setPolicy(world, { skip_unchanged: [true] });
      hourLater(world);
      world.settle();
    },
    begin: hourLater,
  },
  backup_of_a_busy_worker: {
    about: 'worker',
    prepare: (world) => setPolicy(world, { max_downtime_seconds: [SHORT_DOWNTIME] }, world.names.worker),
    begin: (world) => {
      keepBusy(world);
      askBackup(world, world.names.worker);
    },
  },
  adopt_somebody_elses: {
    about: 'chat',
    begin: (world) => {
      const { chat } = world.names;
      const snapshots = idsOf(world, -1);
      const snapshot_ids = snapshots.map((id) => Buffer.from(id, 'hex'));
      world.ask('adopt', [{ canister: principal(chat), snapshot_ids, good: [true] }], { canister: chat, snapshots });
    },
  },
  delete_an_old_one: { about: 'chat', begin: (world) => askDeletion(world, 0) },
  delete_the_newest_good_one: { about: 'chat', begin: (world) => askDeletion(world, 1) },
  restore_newest: { about: 'chat', begin: (world) => world.ask('restore', [], { canister: world.names.chat }) },
  restore_and_wake: {
    about: 'chat',
    prepare: (world) => setPolicy(world, { after_restore: [DUMP] }),
    begin: (world) => world.ask('restore', [], { canister: world.names.chat }),
  },
  restore_a_named_one: { about: 'chat', begin: (world) => askRestore(world, 0) },
  restore_somebody_elses: { about: 'chat', begin: (world) => askRestore(world, -1) },
  restore_without_safety: { about: 'chat', begin: (world) => askRestore(world, 0, 'restore_without_safety') },
  second_restore: { about: 'chat', prepare: restoreOnce, begin: (world) => askRestore(world, 0) },
  undo_restore: {
    about: 'chat',
    prepare: restoreOnce,
    begin: (world) => world.ask('undo_restore', [principal(world.names.chat)], { canister: world.names.chat }),
  },
  restore_forced: { about: 'chat', begin: (world) => askForced(world, world.names.chat) },
  restore_forced_of_a_busy_worker: {
    about: 'worker',
    begin: (world) => {
      keepBusy(world);
      askForced(world, world.names.worker);
    },
  },
} as const satisfies Record<string, Scenario>;

export const SCENARIOS = { ...ORDINARY, ...WORLDS };

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

export function scenario(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}

export function targetOf(world: World, name: ScenarioName): PrincipalText {
  return world.names[scenario(name).about];
}

function askForced(world: World, canister: PrincipalText): void {
  world.ask('restore_forced', [{ canister: principal(canister), snapshot_id: [] }], { canister });
}

/** The state before stays in a safety snapshot that nobody settled. */
function restoreOnce(world: World): void {
  demand(world, 'restore', []);
  world.settle();
  say(world, 'fourth');
}

/** @param which position in the list of the chat's snapshots: 0 and 1 are ours, -1 is somebody else's */
function askRestore(world: World, which: number, method = 'restore_snapshot'): void {
  world.ask(method, [named(world, which)], { canister: world.names.chat });
}

function askDeletion(world: World, which: number): void {
  const options = { canister: world.names.chat, snapshots: idsOf(world, which) };
  world.ask('delete_snapshot', [named(world, which)], options);
}
