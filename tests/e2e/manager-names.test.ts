/** What people call a target, and what they type in the wrong unit or form, on the real Wasm. */
import { Principal } from '@dfinity/principal';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, refused, STRANGER, taken, type World } from './manager-world.ts';

let world: World;
let chats: Principal[];

beforeAll(() => {
  world = deploy(2).fork();
  chats = world.names.chats.map((chat) => Principal.fromText(chat));
  for (const chat of world.names.chats) world.register(chat);
  world.backup();
});

const name = (canister: Principal, text?: string, sender?: typeof STRANGER) =>
  world.ask('set_name', [{ canister, name: text === undefined ? [] : [text] }], sender);

function get(url: string): string {
  const request = { method: 'GET', url, headers: [], body: new Uint8Array(), certificate_version: [] as [] };
  const { body } = world.ask('http_request', [request], STRANGER) as unknown as { body: Uint8Array };
  return Buffer.from(body).toString();
}

describe('a name', () => {
  it('is shown wherever the target is, and stays over an upgrade', () => {
    expect(taken(name(chats[0]!, 'Zahlungen "Süd"')).name).toEqual(['Zahlungen "Süd"']);
    world.upgradeManager();
    const called = ['Zahlungen "Süd"'];
    expect(
      taken(world.ask('targets', [[]])).items.find(({ canister }) => canister.toText() === world.chat)!.name,
    ).toEqual(called);
    expect(world.runs()[0]!.name).toEqual(called);
    expect(taken(world.ask('status', [])).oldest_good[0]).toMatchObject({ name: called });
    expect(taken(world.ask('status', [])).restorable).toEqual([1]);
    const item = taken(world.ask('health', [[]])).items.find(({ canister }) => canister.toText() === world.chat)!;
    expect(item.name).toEqual(called);
    taken(world.ask('set_settings', [{ public_http: [true] }]));
    expect(get('/metrics')).toContain(`canister="${world.chat}",name="Zahlungen \\"Süd\\""`);
    expect(get('/')).toContain('Zahlungen &quot;Süd&quot;');
    expect(get('/')).toMatch(/\d+\.\d s<\/td>/);
    expect(JSON.parse(get(`/health/${world.chat}`))).toMatchObject({ name: called[0] });
    expect(get('/metrics')).toMatch(/^canister_backup_target_downtime_seconds\{.*\} [\d.]+(e-\d+)?$/m);
    taken(world.ask('set_settings', [{ public_http: [false] }]));
    expect(get('/metrics') + get('/') + get('/health')).not.toContain('Zahlungen');
  });

  it('is in refusals for those who may view the target, and for nobody else', () => {
    const undo = refused(world.ask('undo_restore', [chats[0]!]));
    expect(undo.message).toMatch(/^Zahlungen "Süd": /);
    expect(undo.context).toContainEqual(['name', 'Zahlungen "Süd"']);
    expect(JSON.stringify(refused(world.ask('undo_restore', [chats[0]!], STRANGER)))).not.toContain('Zahlungen');
  });

  it('belongs to one target, is printable, and is set by an admin', () => {
    expect(refused(name(chats[1]!, 'Zahlungen "Süd"')).code).toBe('name_taken');
    expect(refused(name(chats[1]!, 'a\u202eb')).code).toBe('invalid_argument');
    expect(refused(name(chats[1]!, 'x', STRANGER)).code).toBe('caller_not_allowed');
    expect(refused(name(Principal.anonymous(), 'x')).code).toBe('unknown_target');
    const before = taken(world.ask('history', [[]])).total;
    taken(name(chats[0]!, 'Zahlungen "Süd"'));
    expect(taken(world.ask('history', [[]])).total).toBe(before);
    expect(taken(name(chats[0]!)).name).toEqual([]);
    expect(taken(name(chats[1]!, 'Zahlungen "Süd"')).name).toEqual(['Zahlungen "Süd"']);
  });
});

describe('what is typed in another form', () => {
  const seconds = 1_767_279_600n;

  it('is refused before a run begins, with what to type instead', () => {
    const runs = world.runs().length;
    const canister = chats[0]!;
    for (const refusal of [
      refused(world.ask('restore_before', [{ canister, time: seconds }])),
      refused(world.ask('plan_restore', [{ canister: [canister], snapshot_id: [], time: [seconds] }])),
      refused(world.ask('mark_suspect', [{ canister, since: seconds }])),
    ]) {
      expect(refusal.code).toBe('invalid_argument');
      expect(refusal.message).toContain(String(seconds * 1_000_000_000n));
    }
    const [snapshot] = world.snapshots();
    const snapshot_id = new TextEncoder().encode(snapshot!);
    const literal = `blob "${snapshot!.replace(/../g, '\\$&')}"`;
    const about = { canister, snapshot_id };
    for (const refusal of [
      refused(world.ask('restore_snapshot', [about])),
      refused(world.ask('restore_without_safety', [about])),
      refused(world.ask('restore_forced', [{ canister, snapshot_id: [snapshot_id] }])),
      refused(world.ask('plan_restore', [{ canister: [canister], snapshot_id: [snapshot_id], time: [] }])),
      refused(world.ask('accept', [about])),
      refused(world.ask('pin', [{ ...about, label: 'x' }])),
      refused(world.ask('unpin', [about])),
      refused(world.ask('delete_snapshot', [about])),
      refused(world.ask('adopt', [{ canister, snapshot_ids: [snapshot_id], good: [] }])),
    ]) {
      expect(refusal.message).toContain(literal);
    }
    expect(world.runs()).toHaveLength(runs);
  });

  it('a backup says how long its target was down', () => {
    const run = world.runs().find(({ kind }) => kind === 'backup');
    expect(run!.downtime[0]).toMatchObject({ rounds: 2 });
    expect(run!.downtime[0]!.nanos).toBeGreaterThan(0n);
  });
});
