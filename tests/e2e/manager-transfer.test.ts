/** What a manager knows goes to a file and comes back: after a reinstall, nothing that was marked is good. */
import { type CandidPolicy, policyArg } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, HOUR, HOURLY, refused, SECOND, STRANGER, taken, type World } from './manager-world.ts';

const MINUTE = 60n * SECOND;
const PROBED: CandidPolicy = policyArg({
  ...HOURLY,
  probe: [
    {
      method: 'dump',
      arg: Uint8Array.from(Buffer.from('4449444c0000', 'hex')),
      tripwires: [{ measure: { reply_bytes: null }, at_least: [], shrinks_at_most_percent: [20] }],
    },
  ],
});

const principal = (text: string) => Principal.fromText(text);
const hex = (bytes: Uint8Array | number[]) => Buffer.from(Uint8Array.from(bytes)).toString('hex');
const STRANGERS_ROLE = { who: principal(STRANGER), role: { viewer: null }, canister: [] as [] } as const;

/** Everything in pages, as `npm run policies -- export` reads it. */
function exported(world: World, roles = false): Uint8Array[] {
  const pages: Uint8Array[] = [];
  let after: [] | [string] = [];
  do {
    const page: { state: Uint8Array | number[]; next: [] | [string] } = taken(
      world.ask('export_state', [{ after, roles: [roles] }]),
    );
    pages.push(Uint8Array.from(page.state));
    after = page.next;
  } while (after.length > 0);
  return pages;
}

function imported(world: World, state: Uint8Array, { apply = true, roles = false } = {}) {
  const { changes, applied } = taken(world.ask('import_state', [{ state, apply, roles: [roles] }]));
  expect(applied).toBe(apply);
  return changes.map(({ change, what, detail, reason }) => [change, what, reason[0]?.code ?? detail]);
}

/** The last is a safety snapshot; the other kinds are named by what they are. */
const QUALITIES = ['good pinned', 'marked', 'suspect', 'safety'];

const shown = (world: World) =>
  taken(world.ask('snapshots', [[]])).items.map(({ run_id: _, ...snapshot }) => ({
    ...snapshot,
    canister: snapshot.canister.toText(),
    snapshot_id: hex(snapshot.snapshot_id),
  }));

function qualitiesOf(world: World): string[] {
  return shown(world)
    .reverse()
    .map(({ good, doubt: [doubt], pin, safety_until }) => {
      const quality = good ? 'good' : (doubt?.kind ?? (safety_until.length > 0 ? 'safety' : 'not good'));
      return pin.length > 0 ? `${quality} pinned` : quality;
    });
}

let filled: World;
let forgotten: World;
let pages: Uint8Array[];
let before: ReturnType<typeof shown>;

beforeAll(() => {
  filled = deploy(2);
  filled.register(filled.chat, PROBED);
  const chat = principal(filled.chat);
  for (const message of ['one', 'two', 'three']) filled.append(message);
  filled.pass(HOUR);
  const first = filled.snapshots()[0]!;
  taken(filled.ask('pin', [{ canister: chat, snapshot_id: Buffer.from(first, 'hex'), label: 'wie früher' }]));
  filled.append('four');
  filled.pass(HOUR);
  taken(filled.ask('mark_suspect', [{ canister: chat, since: filled.ic.time() - HOUR }]));
  filled.call(filled.chat, 'remove_spam');
  filled.pass(HOUR);
  taken(filled.ask('restore', []));
  taken(filled.ask('pause', [{ canister: [chat] }]));
  taken(filled.ask('set_default', [{ canister: [chat] }]));
  taken(filled.ask('set_settings', [{ public_http: [true] }]));
  taken(filled.ask('grant', [{ ...STRANGERS_ROLE }]));
  expect(qualitiesOf(filled)).toEqual(QUALITIES);
  pages = exported(filled, true);
  before = shown(filled);
  forgotten = filled.fork();
  forgotten.reinstallManager();
  forgotten.settle();
});

const reinstalled = () => forgotten.fork();

describe('after a reinstall', () => {
  it('first says what would come back and changes nothing, then brings it back as it was', () => {
    const world = reinstalled();
    expect(pages).toHaveLength(1);
    const [page] = pages as [Uint8Array];
    const foreseen = imported(world, page, { apply: false, roles: true });
    expect(foreseen).toEqual([
      ['add', 'target', 'every 3600 s'],
      ['add', 'snapshot', 'good, pinned'],
      ['add', 'snapshot', 'marked'],
      ['add', 'snapshot', 'suspect'],
      ['add', 'snapshot', 'safety'],
      ['change', 'settings', 'public_http true'],
      ['change', 'settings', expect.stringContaining('runs are counted from')],
      ['change', 'default_target', ''],
      ['add', 'role', `viewer ${STRANGER}`],
    ]);
    expect(shown(world)).toEqual([]);
    expect(taken(world.ask('targets', [[]])).total).toBe(0n);

    expect(imported(world, page, { roles: true })).toEqual(foreseen);
    expect(shown(world)).toEqual(before);
    const [target] = taken(world.ask('targets', [[]])).items;
    expect(target).toMatchObject({ policy: PROBED, paused: [true], is_default: true });
    expect(taken(world.ask('roles', []))).toMatchObject([{ role: 'viewer' }]);
    expect(taken(world.ask('settings', []))).toEqual({ public_http: [true] });
    expect(imported(world, page, { roles: true })).toEqual([]);
    const kinds = taken(world.ask('history', [[]])).items.map(({ kind, actor }) => [kind, actor]);
    expect(kinds.filter(([kind]) => kind === 'imported')).toEqual(Array(3).fill(['imported', DEVELOPER]));
  });

  it('restores what was good, goes back to what was the way back, and numbers its runs on', () => {
    const world = reinstalled();
    imported(world, pages[0]!);
    world.call(world.chat, 'remove_spam');
    expect(hex(taken(world.ask('restore', [])).snapshot_id)).toBe(before.at(-1)!.snapshot_id);
    expect(world.dump()).toEqual(['one', 'two', 'three']);
    taken(world.ask('undo_restore', [principal(world.chat)]));
    const numbers = world.runs().map(({ run_id }) => run_id);
    expect(numbers).toHaveLength(2);
    const count = taken(filled.ask('status', [])).runs;
    expect(numbers).toEqual([count + 2n, count + 1n]);
  });

  it('keeps the runs that came before the import in sight', () => {
    const world = reinstalled();
    world.register(world.names.chats[1], HOURLY);
    world.backup(world.names.chats[1]);
    imported(world, pages[0]!);
    world.pass(HOUR);
    const count = taken(filled.ask('status', [])).runs;
    expect(world.runs().map(({ run_id }) => run_id)).toEqual([count + 1n, 1n]);
  });

  it('takes roles only if asked for, and what was adopted meanwhile becomes what it was', () => {
    const world = reinstalled();
    world.register(world.chat, HOURLY);
    const snapshot_ids = world.snapshots().map((id) => Buffer.from(id, 'hex'));
    taken(world.ask('adopt', [{ canister: principal(world.chat), snapshot_ids, good: [true] }]));
    expect(qualitiesOf(world)).toEqual(Array(4).fill('unproven'));
    const changes = imported(world, pages[0]!);
    expect(changes).toContainEqual(['change', 'policy', 'probe']);
    expect(changes).toContainEqual(['change', 'pause', 'paused']);
    expect(changes).toContainEqual(['change', 'snapshot', 'unproven -> marked']);
    expect(qualitiesOf(world)).toEqual(QUALITIES);
    expect(taken(world.ask('roles', []))).toEqual([]);
  });
});

describe('only what holds is taken', () => {
  it('not what the IC does not list, or lists otherwise', () => {
    const world = reinstalled();
    const [gone, other] = world.snapshots() as [string, string];
    world.manage('delete_canister_snapshot', {
      canister_id: principal(world.chat),
      snapshot_id: Buffer.from(gone, 'hex'),
    });
    const text = Buffer.from(pages[0]!).toString();
    const at = text.indexOf(other);
    const forged = text.slice(0, at) + text.slice(at).replace(/"size":\{"\$n":"\d+"\}/, '"size":{"$n":"1"}');
    expect(forged).not.toBe(text);
    const changes = imported(world, Buffer.from(forged));
    expect(changes.filter(([change]) => change === 'refuse').map(([, what, code]) => [what, code])).toEqual([
      ['snapshot', 'snapshot_not_found'],
      ['snapshot', 'snapshot_differs'],
    ]);
    expect(qualitiesOf(world)).toEqual(['suspect', 'safety']);
  });

  it('nothing of a canister that the manager does not control, or that a run is at', () => {
    const world = reinstalled();
    world.setControllers(world.chat, [DEVELOPER]);
    expect(imported(world, pages[0]!)).toContainEqual(['refuse', 'target', 'not_controller']);
    expect(taken(world.ask('targets', [[]])).items).toEqual([]);
    const busy = filled.fork();
    busy.pass(MINUTE);
    busy.send('backup', [principal(busy.chat)]);
    busy.ic.tick();
    busy.ic.tick();
    expect(imported(busy, pages[0]!)).toEqual([['refuse', 'target', 'run_in_progress']]);
  });

  it('nothing better than what this manager saw itself', () => {
    const world = filled.fork();
    taken(world.ask('mark_suspect', [{ canister: principal(world.chat), since: 0n }]));
    expect(imported(world, pages[0]!)).toEqual([]);
    expect(qualitiesOf(world)[0]).toBe('marked pinned');
  });

  it('nothing that is no state, and nothing from who controls the manager by a role alone', () => {
    const world = filled.fork();
    const ask = (state: Uint8Array) => refused(world.ask('import_state', [{ state, apply: true, roles: [] }]));
    for (const text of ['', '{}', '[]', '{"version":1,"items":[{}]}']) {
      expect(ask(Buffer.from(text)).code).toBe('invalid_argument');
    }
    taken(world.ask('grant', [{ ...STRANGERS_ROLE, role: { admin: null } }]));
    const arg = { state: pages[0]!, apply: true, roles: [] as [] };
    expect(refused(world.ask('import_state', [arg], STRANGER)).code).toBe('controllers_only');
    expect(refused(world.ask('export_state', [{ after: [], roles: [] }], STRANGER)).code).toBe('controllers_only');
  });
});
