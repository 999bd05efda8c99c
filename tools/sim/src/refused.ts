/** What a stranger calls, one method in each case, while everything is quiet: nothing may come of it. */
import type { History } from './history.ts';
import { HOLD_MINUTES, policyOf, principal, snapshotArg } from './network.ts';
import type { World } from './world.ts';

/** Arguments that somebody with the right could use: the snapshot is ours and there. */
const STRANGERS_CALLS: Readonly<Record<string, (world: World) => readonly unknown[]>> = {
  backup: ({ names }) => [principal(names.chat)],
  restore: () => [],
  restore_snapshot: (world) => [snapshotOf(world)],
  restore_without_safety: (world) => [snapshotOf(world)],
  restore_forced: ({ names }) => [{ canister: principal(names.chat), snapshot_id: [] }],
  undo_restore: ({ names }) => [principal(names.chat)],
  cancel_run: ({ names }) => [principal(names.chat)],
  settle: ({ names }) => [principal(names.chat)],
  register: ({ names }) => [{ canister: principal(names.stranger), policy: [] }],
  set_policy: ({ names }) => [{ canister: principal(names.chat), policy: policyOf(names, names.chat) }],
  unregister: ({ names }) => [principal(names.chat)],
  set_default: () => [{ canister: [] }],
  pin: (world) => [{ ...snapshotOf(world), label: "a stranger's" }],
  adopt: (world) => {
    const { canister, snapshot_id } = snapshotOf(world);
    return [{ canister, snapshot_ids: [snapshot_id], good: [true] }];
  },
  accept: (world) => [snapshotOf(world)],
  mark_suspect: ({ names }) => [{ canister: principal(names.chat), since: 0n }],
  delete_snapshot: (world) => [snapshotOf(world)],
  hold: ({ names }) => [{ canister: principal(names.chat), minutes: HOLD_MINUTES }],
  pause: () => [{ canister: [] }],
  grant: ({ names }) => [{ who: principal(names.stranger), role: { admin: null }, canister: [] }],
  set_settings: () => [{ public_http: [true] }],
};

function snapshotOf(world: World) {
  const { chat } = world.names;
  return snapshotArg(chat, world.ours(chat)[0] ?? '');
}

/**
 * Comparing the whole stable memory costs as much as all the rest, so this is done only where a stranger is among the
 * faults. The round, which every fault changes, decides which call it is.
 */
export function refusedCall(world: World): History['refusals'][number] {
  const { manager, chat, stranger } = world.names;
  const methods = Object.keys(STRANGERS_CALLS);
  const method = methods[world.ic.round() % methods.length] as string;
  const args = STRANGERS_CALLS[method]?.(world) ?? [];
  const before = world.ic.stableMemory(manager);
  const effects = world.observer.effects.length;
  const answer = world.askNow(method, args, { canister: chat, sender: stranger });
  const changed =
    world.observer.effects.length !== effects || Buffer.compare(before, world.ic.stableMemory(manager)) !== 0;
  return { method, answer, changed };
}
