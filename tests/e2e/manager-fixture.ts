/**
 * Stable memory of the manager as builds of old left it: what happened, the pages that are not empty, and what that
 * build showed of them. A build that changes the layout records its own, and reads those of all before it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Principal } from '@dfinity/principal';
import { DEVELOPER, HOUR, HOURLY, SECOND, STRANGER, taken, type World } from './manager-world.ts';

const PAGE = 4096;

export interface Fixture {
  /** Canisters of the world that it was recorded in: `deploy(4)` creates the same ones. */
  readonly names: World['names'];
  /** Nanoseconds. */
  readonly time: bigint;
  readonly stableMemory: Uint8Array;
  /** What `targets`, `snapshots`, `runs` and `status` showed, with principals and bytes as text. */
  readonly shown: Readonly<Record<string, unknown>>;
}

const fileOf = (layout: number) => new URL(`../fixtures/manager-layout-${layout}.json.gz`, import.meta.url);

/** Layouts that there is a recording of. */
export function recordedLayouts(newest: number): number[] {
  return Array.from({ length: newest }, (_, at) => at + 1).filter((layout) => existsSync(fileOf(layout)));
}

/**
 * Everything that a manager remembers: targets with policies of their own and one without, a default, runs by the timer
 * and by hand, one that failed and one restore, snapshots of a target that is no longer registered, and a run that is
 * just waiting for its target to stop.
 */
export function happen(world: World): void {
  const [first, second, third, gone] = world.names.chats as readonly string[] as [string, string, string, string];
  const principal = (text: string) => Principal.fromText(text);
  world.register(world.names.chats[0], { ...HOURLY, keep: 3 });
  world.register(world.names.chats[1], { ...HOURLY, mode: { running: null } });
  taken(world.ask('register', [{ canister: principal(third), policy: [] }]));
  world.register(world.names.chats[3]);
  taken(world.ask('set_default', [{ canister: [principal(second)] }]));
  world.append('before');
  world.pass(5n * HOUR + 1200n * SECOND);
  const { snapshot_id } = world.backup(world.names.chats[0]);
  taken(world.ask('restore_snapshot', [{ canister: principal(first), snapshot_id }]));
  taken(world.ask('unregister', [principal(gone)]));
  world.setControllers(world.names.chats[2]!, [DEVELOPER]);
  world.ask('backup', [principal(third)]);
  world.setControllers(world.names.chats[2]!, [DEVELOPER, world.names.manager]);
}

/** What layout 2 can hold in addition: roles, a hold, a pause, a pin, a doubt, an adopted snapshot and settings. */
export function happenSince(world: World): void {
  const [first, second, third] = world.names.chats.map((text) => Principal.fromText(text)) as [
    Principal,
    Principal,
    Principal,
  ];
  const who = Principal.fromText(STRANGER);
  taken(world.ask('grant', [{ who, role: { operator: null }, canister: [first] }]));
  taken(world.ask('grant', [{ who, role: { viewer: null }, canister: [] }]));
  taken(world.ask('pause', [{ canister: [second] }]));
  taken(world.ask('hold', [{ canister: third, minutes: 600 }]));
  taken(world.ask('set_settings', [{ public_http: [true] }]));
  const { snapshot_id } = taken(world.ask('snapshots', [[]])).items.find(
    ({ good, canister }) => good && canister.toText() === first.toText(),
  )!;
  taken(world.ask('pin', [{ canister: first, snapshot_id, label: 'before the release' }]));
  taken(world.ask('mark_suspect', [{ canister: first, since: world.ic.time() - HOUR }]));
  const theirs = world.about('take_canister_snapshot', world.names.chats[0]!) as { id: Uint8Array };
  taken(world.ask('adopt', [{ canister: first, snapshot_ids: [theirs.id], good: [] }]));
  world.pass(120n * SECOND);
}

/** Leaves the manager with a run of its first target open, in the round in which the stop arrived. */
export function leaveOpen(world: World): void {
  world.send('backup', [Principal.fromText(world.chat)]);
  for (let round = 0; round < 20 && world.status() === 'running'; round += 1) world.ic.tick();
  if (world.status() === 'running') throw new Error('the target was never stopped');
}

/** What the manager shows, as JSON can hold it. */
export function shownBy(world: World): Record<string, unknown> {
  const { now: _, cycles: __, ...status } = taken(world.ask('status', []));
  const shown = {
    targets: taken(world.ask('targets', [[]])).items,
    snapshots: taken(world.ask('snapshots', [[]])).items,
    runs: taken(world.ask('runs', [[]])).items,
    status,
  };
  return JSON.parse(JSON.stringify(shown, plain)) as Record<string, unknown>;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object' && value !== null && '__principal__' in value) return value.__principal__;
  return value;
}

export function saveFixture(layout: number, world: World, shown: Record<string, unknown>): void {
  const memory = world.ic.stableMemory(world.names.manager);
  const pages: [number, string][] = [];
  for (let at = 0; at < memory.length; at += PAGE) {
    const page = memory.subarray(at, at + PAGE);
    if (page.some((byte) => byte !== 0)) pages.push([at, Buffer.from(page).toString('base64')]);
  }
  const { names } = world;
  const text = JSON.stringify({ names, time: String(world.ic.time()), size: memory.length, pages, shown });
  writeFileSync(fileOf(layout), gzipSync(text, { level: 9 }));
}

export function loadFixture(layout: number): Fixture {
  const { names, time, size, pages, shown } = JSON.parse(gunzipSync(readFileSync(fileOf(layout))).toString());
  const stableMemory = new Uint8Array(size);
  for (const [at, page] of pages) stableMemory.set(Buffer.from(page, 'base64'), at);
  return { names, time: BigInt(time), stableMemory, shown };
}
