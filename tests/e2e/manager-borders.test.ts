/** What people give and get at the manager's borders: quotas, texts, what changes nothing, and ids of others. */
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { deploy, HOURLY, refused, SECOND, taken, type World } from './manager-world.ts';

let deployed: World;
let world: World;

beforeAll(() => {
  deployed = deploy(2);
  for (const chat of deployed.names.chats) deployed.register(chat);
});

const person = (number: number) => Principal.fromUint8Array(Uint8Array.of(number >> 8, number & 255, 9, 9, 9, 2));
const HELPER = person(1);
const helper = HELPER.toText() as PrincipalText;
const opt = (canister?: string): [] | [Principal] => (canister === undefined ? [] : [Principal.fromText(canister)]);
const historyTotal = () => taken(world.ask('history', [[]])).total;

function grant(role: 'viewer' | 'admin' | 'restorer', canister?: string, who = HELPER, sender?: PrincipalText) {
  return world.ask('grant', [{ who, role: { [role]: null } as never, canister: opt(canister) }], sender);
}

describe('grants', () => {
  it('of an admin are counted for each target, those of a controller not at all', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    taken(grant('admin', mine));
    let given = 1;
    for (let answer = grant('viewer', mine, person(2), helper); 'Ok' in answer; given += 1) {
      answer = grant('viewer', mine, person(given + 2), helper);
    }
    expect(given).toBe(50);
    expect(refused(grant('viewer', mine, person(900), helper)).code).toBe('too_many_grants');
    taken(grant('admin', other, person(901)));
    taken(grant('viewer', other, person(902), person(901).toText() as PrincipalText));
    taken(grant('viewer', mine, person(903)));
  });

  it('answer with the roles that the caller may change, and no id of another target', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    taken(grant('admin', mine));
    taken(grant('viewer', other, person(2)));
    const seen = taken(grant('viewer', mine, person(2), helper));
    expect(seen.map(({ canister }) => canister[0]?.toText())).toEqual([mine]);
  });
});

describe('a refusal', () => {
  it('names no default target to who may not view it', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    taken(grant('restorer', mine));
    taken(world.ask('set_default', [{ canister: opt(other) }]));
    const nothing = { canister: [] as [], snapshot_id: [] as [], time: [] as [] };
    for (const answer of [world.ask('restore', [], helper), world.ask('plan_restore', [nothing], helper)]) {
      const error = refused<unknown>(answer);
      expect(error.code).toBe('caller_not_allowed');
      expect(JSON.stringify(error)).not.toContain(other);
    }
  });
});

describe('what changes nothing', () => {
  it('writes nothing', () => {
    world = deployed.fork();
    const canister = Principal.fromText(world.chat);
    const { snapshot_id } = world.backup();
    taken(world.ask('pin', [{ canister, snapshot_id, label: 'kept' }]));
    taken(world.ask('pause', [{ canister: [canister] }]));
    taken(world.ask('set_default', [{ canister: [canister] }]));
    taken(world.ask('set_policy', [{ canister, policy: { ...HOURLY, keep: 5 } }]));
    taken(world.ask('set_settings', [{ public_http: [true] }]));
    taken(world.ask('mark_suspect', [{ canister, since: 0n }]));
    taken(grant('viewer'));
    const before = historyTotal();
    taken(world.ask('pin', [{ canister, snapshot_id, label: ' kept ' }]));
    taken(world.ask('pause', [{ canister: [canister] }]));
    taken(world.ask('set_default', [{ canister: [canister] }]));
    taken(world.ask('set_policy', [{ canister, policy: { ...HOURLY, keep: 5 } }]));
    taken(world.ask('set_settings', [{ public_http: [true] }]));
    taken(world.ask('mark_suspect', [{ canister, since: 0n }]));
    taken(grant('viewer'));
    taken(world.ask('hold', [{ canister, minutes: 0 }]));
    taken(world.ask('revoke', [{ who: person(7), role: { admin: null }, canister: [] }]));
    expect(historyTotal()).toBe(before);
    taken(world.ask('unpin', [{ canister, snapshot_id }]));
    taken(world.ask('unpin', [{ canister, snapshot_id }]));
    taken(world.ask('hold', [{ canister, minutes: 1 }]));
    world.ic.setTime(world.ic.time() + 61n * SECOND);
    taken(world.ask('hold', [{ canister, minutes: 0 }]));
    expect(historyTotal()).toBe(before + 2n);
  });
});

describe('a label', () => {
  it('is printable, and counted as people count', () => {
    world = deployed.fork();
    const canister = Principal.fromText(world.chat);
    const { snapshot_id } = world.backup();
    const pin = (label: string) => world.ask('pin', [{ canister, snapshot_id, label }]);
    for (const label of ['😀'.repeat(100), 'été 👩‍🚀', 'ä'.repeat(100)]) expect(taken(pin(label)).pin).toEqual([label]);
    for (const mark of ['\u001b[31m', 'a\nb', 'a\u202eb', 'a\u2066b', 'a\u200bb', '\u0085', 'a\u0000']) {
      const error = refused(pin(`x${mark}x`));
      expect(error.code).toBe('invalid_argument');
      expect(JSON.stringify(error)).not.toContain(mark);
      expect(error.message).toMatch(/\\u\{[0-9a-f]+\}/);
    }
    expect(refused(pin('😀'.repeat(101))).message).toContain('1 to 100 characters');
    const method = { method: 'a\u001bb', arg: new Uint8Array() };
    const named = world.ask('set_policy', [{ canister, policy: { ...HOURLY, after_restore: [method] } }]);
    expect(refused(named).message).toContain('\\u{1b}');
  });
});
