/** Calls of the manager by people who may make them, in the middle of a run. None is waited for. */
import { IDL } from '@dfinity/candid';
import type { PrincipalText } from 'local-ic';
import type { Action } from './action.ts';
import type { ACTS } from './faults.ts';
import { HOLD_MINUTES, hex, intervalOf, policyOf, principal, snapshotArg } from './network.ts';
import type { World } from './world.ts';

const AboutCanister = IDL.Record({ canister_id: IDL.Principal });

/** A call whose argument is the target's id. */
const on =
  (method: string): Action =>
  (world, target) =>
    world.ask(method, [principal(target)], { canister: target });

/** The same in a record, as `pause` takes it. */
const within =
  (method: string, all = false): Action =>
  (world, target) =>
    world.ask(method, [{ canister: all ? [] : [principal(target)] }], { canister: target });

/** About the newest or oldest of our snapshots. */
const ofSnapshot =
  (method: string, which: 0 | -1, more: Readonly<Record<string, unknown>> = {}): Action =>
  (world, target) => {
    const snapshot = world.ours(target).at(which);
    if (snapshot === undefined) return;
    const argument = { ...snapshotArg(target, snapshot), ...more };
    world.ask(method, [argument], { canister: target, snapshots: [snapshot] });
  };

const proxied =
  (method: 'stop_canister' | 'start_canister'): Action =>
  (world, target) => {
    const args = new Uint8Array(IDL.encode([AboutCanister], [{ canister_id: principal(target) }]));
    const argument = { canister_id: principal('aaaaa-aa'), method, args, cycles: 0n };
    world.ask('proxy', [argument], { canister: target, proxied: method });
  };

const roleOfFriend =
  (method: 'grant' | 'revoke'): Action =>
  (world, target) => {
    const argument = { who: principal(world.names.friend), role: { operator: null }, canister: [principal(target)] };
    world.ask(method, [argument], { canister: target });
  };

const newestSince = (world: World, target: PrincipalText): bigint | undefined => {
  const newest = world.ours(target).at(-1);
  return world.ic.canister(target)?.snapshots.find(({ id }) => hex(id) === newest)?.takenAt;
};

export const RACES = {
  backup: on('backup'),
  restore: (world) => world.ask('restore', [], { canister: world.names.chat }),
  undo_restore: on('undo_restore'),
  restore_forced: (world, target) =>
    world.ask('restore_forced', [{ canister: principal(target), snapshot_id: [] }], { canister: target }),
  set_policy: (world, target) => {
    const policy = { ...policyOf(world.names, target), keep: 3 };
    const interval = intervalOf(world.names, target);
    world.ask('set_policy', [{ canister: principal(target), policy }], { canister: target, interval });
  },
  stranger: (world, target) =>
    world.ask('backup', [principal(target)], { canister: target, sender: world.names.stranger }),
  hold: (world, target) =>
    world.ask('hold', [{ canister: principal(target), minutes: HOLD_MINUTES }], { canister: target }),
  unregister: on('unregister'),
  register: (world, target) => {
    const argument = { canister: principal(target), policy: [policyOf(world.names, target)] };
    world.ask('register', [argument], { canister: target });
  },
  adopt: (world, target) => {
    const snapshots = world.foreign(target).slice(0, 1);
    if (snapshots.length === 0) return;
    const snapshot_ids = snapshots.map((id) => Buffer.from(id, 'hex'));
    const argument = { canister: principal(target), snapshot_ids, good: [true] };
    world.ask('adopt', [argument], { canister: target, snapshots });
  },
  delete_snapshot: ofSnapshot('delete_snapshot', 0),
  settle: on('settle'),
  mark_suspect: (world, target) => {
    const since = newestSince(world, target);
    if (since === undefined) return;
    world.ask('mark_suspect', [{ canister: principal(target), since }], { canister: target, since });
  },
  proxy_stop: proxied('stop_canister'),
  proxy_start: proxied('start_canister'),
  accept: ofSnapshot('accept', -1),
  pin: ofSnapshot('pin', 0, { label: 'kept' }),
  unpin: ofSnapshot('unpin', 0),
  pause: within('pause'),
  pause_all: within('pause', true),
  resume: within('resume', true),
  grant: roleOfFriend('grant'),
  revoke: roleOfFriend('revoke'),
  friend: (world, target) => world.ask('backup', [principal(target)], { canister: target, sender: world.names.friend }),
  set_default: (world, target) => world.ask('set_default', [{ canister: [] }], { canister: target }),
  restore_before: (world, target) => {
    const time = newestSince(world, target);
    if (time === undefined) return;
    world.ask('restore_before', [{ canister: principal(target), time }], { canister: target });
  },
  restore_without_safety: ofSnapshot('restore_without_safety', 0),
  cancel_run: on('cancel_run'),
} as const satisfies Record<(typeof ACTS)['race'][number], Action>;
