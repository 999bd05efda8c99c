/** Each way in which a backup can be worthless, on the real Wasm: health is not ok from the manager's first look after the fact. */
import { policyArg } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOUR, refused, SECOND, taken, type World } from './manager-world.ts';

const DAY = 24n * HOUR;
/** A look and a minute: the longest that a fact may stay unseen. */
const LOOK = 6n * HOUR + 60n * SECOND;
const DAILY = policyArg({ schedule: { every_seconds: 86_400n }, keep: 8, mode: { stop: null } });

let deployed: World;
let world: World;

beforeAll(() => {
  deployed = deploy(2);
  for (const chat of deployed.names.chats) deployed.register(chat, DAILY);
  for (const chat of deployed.names.chats) deployed.backup(chat);
  // The first look only reads when it has to look at whom.
  deployed.pass(120n * SECOND);
});

const health = (of = world) => taken(of.ask('health', [[]]));
const chatOf = (of = world) => health(of).items.find(({ canister }) => canister.toText() === of.chat)!;
const codes = (of = world) => chatOf(of).reasons.map(({ level, code }) => `${level} ${code}`);

function deleteSnapshots(of: World): void {
  for (const snapshot of of.snapshots()) {
    const snapshot_id = new Uint8Array(Buffer.from(snapshot, 'hex'));
    of.manage('delete_canister_snapshot', { canister_id: Principal.fromText(of.chat), snapshot_id });
  }
}

/** What is done to the first chat, by others and while no run is at it, and what health says at the next look. */
const WAYS: readonly [string, (of: World) => void, string][] = [
  ['it is deleted', deleteChat, 'critical target_deleted'],
  ['its code is taken away', (of) => of.about('uninstall_code', of.chat), 'critical target_empty'],
  [
    'its code and all snapshots are gone',
    (of) => {
      of.about('uninstall_code', of.chat);
      deleteSnapshots(of);
    },
    'critical target_empty',
  ],
  ['the manager is no controller of it any more', (of) => of.setControllers(of.chat, []), 'critical control_lost'],
  ['it is stopped by others', (of) => of.about('stop_canister', of.chat), 'critical target_not_running'],
  ['all its snapshots are deleted by hand', deleteSnapshots, 'critical no_good_snapshot'],
];

function deleteChat(of: World): void {
  of.about('stop_canister', of.chat);
  of.about('delete_canister', of.chat);
}

describe('health looks by itself', () => {
  it('is ok before, with the age of the newest good snapshot and what it is as of', () => {
    world = deployed.fork();
    expect(health()).toMatchObject({ level: 'ok', ok: 2 });
    world.pass(DAY / 2n);
    expect(health()).toMatchObject({ level: 'ok', ok: 2 });
    const {
      as_of: [asOf],
      newest_good_age_seconds: [age],
      last_downtime: [down],
    } = chatOf();
    expect(health().now - asOf!).toBeLessThanOrEqual(LOOK);
    expect(age).toBeGreaterThan(43_000n);
    expect(down).toBeGreaterThan(0n);
    expect(health().manager.as_of[0]).toBeGreaterThan(health().now - LOOK);
  });

  it.each(WAYS)('if %s', (_, happens, expected) => {
    world = deployed.fork();
    happens(world);
    expect(codes()).not.toContain(expected);
    world.pass(LOOK);
    expect(codes()).toContain(expected);
    expect(health().level).toBe(expected.split(' ')[0]);
    expect(health().now - chatOf().as_of[0]!).toBeLessThanOrEqual(LOOK);
  });

  it('if the policy takes only snapshots that are never good', () => {
    world = deployed.fork();
    const chat = Principal.fromText(world.chat);
    taken(world.ask('unregister', [chat]));
    deleteSnapshots(world);
    world.register(world.chat, policyArg({ ...DAILY, mode: { running: null } }));
    world.pass(3n * DAY);
    expect(codes()).toEqual(['warn no_good_snapshot']);
    expect(chatOf().snapshots).toBeGreaterThan(1);
  });

  it('if nothing was backed up for longer than the policy promises, though the manager ran', () => {
    world = deployed.fork();
    taken(world.ask('mark_suspect', [{ canister: Principal.fromText(world.chat), since: 1n }]));
    expect(codes()).toContain('critical no_good_snapshot');
  });

  it('and a backup says that code and snapshots are gone', () => {
    world = deployed.fork();
    world.about('uninstall_code', world.chat);
    deleteSnapshots(world);
    const chat = Principal.fromText(world.chat);
    world.ic.setTime(world.ic.time() + 60n * SECOND);
    expect(refused(world.ask('backup', [chat])).code).toBe('starved_target');
    expect(codes()).toContain('critical target_empty');
    expect(chatOf().reasons[0]!.message).toContain('no code and no snapshots');
  });

  it('and sees within five minutes that it was repaired', () => {
    world = deployed.fork();
    world.about('stop_canister', world.chat);
    world.pass(LOOK);
    expect(codes()).toEqual(['critical target_not_running']);
    world.about('start_canister', world.chat);
    world.pass(360n * SECOND);
    expect(codes()).toEqual([]);
  });

  it('after an upgrade too, and while paused', () => {
    world = deployed.fork();
    taken(world.ask('pause', [{ canister: [Principal.fromText(world.chat)] }]));
    world.upgradeManager();
    deleteChat(world);
    world.pass(LOOK);
    expect(codes()).toContain('critical target_deleted');
  });

  it('and no more often than it has to', () => {
    world = deployed.fork();
    world.managementCalls.length = 0;
    world.pass(DAY / 2n);
    const looks = world.managementCalls.filter(({ method }) => method === 'canister_status');
    expect(looks.length).toBeLessThanOrEqual(2 * 2);
    expect(looks.length).toBeGreaterThan(0);
  });
});
