import { createHash } from 'node:crypto';
import type { CandidPolicy, CandidTripwire } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { countingCanister, eightBytes } from './counting.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  HOURLY,
  refused,
  SECOND,
  STRANGER,
  taken,
  type World,
} from './manager-world.ts';

const MINUTE = 60n * SECOND;
const NEVER_SHRINKS_BY_HALF: CandidTripwire = {
  measure: { reply_bytes: null },
  at_least: [],
  shrinks_at_most_percent: [50],
};
const probing = (method: string, ...tripwires: CandidTripwire[]): CandidPolicy => ({
  ...HOURLY,
  probe: [{ method, arg: EMPTY_ARGUMENTS, tripwires }],
});
const principal = (text: PrincipalText) => Principal.fromText(text);
const hex = (bytes: Uint8Array | number[]) => Buffer.from(Uint8Array.from(bytes)).toString('hex');

let deployed: World;
let counting: Uint8Array;
beforeAll(async () => {
  deployed = deploy(1);
  deployed.register(deployed.chat, probing('dump', NEVER_SHRINKS_BY_HALF));
  for (const message of ['one', 'two', 'three']) deployed.append(message);
  counting = await countingCanister();
});

/** Backups that people ask for keep a distance from each other. */
function backupLater(world: World, canister = world.chat) {
  world.pass(2n * MINUTE);
  return world.backup(canister);
}

function snapshots(world: World) {
  return taken(world.ask('snapshots', [[]])).items;
}

/** A canister that counts, under backup with a rule on its count. */
function countingWorld(tripwire: Partial<CandidTripwire>): { world: World; canister: PrincipalText } {
  const world = deployed.fork();
  const canister = world.create(counting);
  world.setControllers(canister, [DEVELOPER, world.names.manager]);
  const rule = { measure: { natural: 0 }, at_least: [], shrinks_at_most_percent: [], ...tripwire } as CandidTripwire;
  world.register(canister, probing('count', rule));
  return { world, canister };
}

function set(world: World, canister: PrincipalText, value: bigint): void {
  world.call(canister, 'set', eightBytes(value));
}

describe('the fingerprint', () => {
  it('is exact when nothing else ran, and keeps size and hash of the answer', () => {
    const world = deployed.fork();
    const { good, fingerprint, doubt } = world.backup();
    const reply = new Uint8Array(IDL.encode([IDL.Vec(IDL.Text)], [['one', 'two', 'three']]));
    expect({ good, doubt }).toEqual({ good: true, doubt: [] });
    expect(fingerprint[0]).toMatchObject({ certainty: 'exact', reply_bytes: [BigInt(reply.length)], naturals: [] });
    expect(hex(fingerprint[0]!.reply_hash[0]!)).toBe(createHash('sha256').update(reply).digest('hex'));
    expect(world.runs()[0]?.steps.map(({ name }) => name)).toEqual([
      ...['status', 'list', 'status', 'stop', 'status_before_take', 'take', 'start'],
      ...['status_behind', 'probe', 'status_after_probe'],
    ]);
  });

  it('keeps the naturals of the answer', () => {
    const { world, canister } = countingWorld({ at_least: [1n] });
    set(world, canister, 42n);
    expect(world.backup(canister).fingerprint[0]).toMatchObject({ certainty: 'exact', naturals: [42n] });
  });

  it('is approximate, and the snapshot good all the same, when others call the target meanwhile', () => {
    const { world, canister } = countingWorld({ at_least: [1n] });
    set(world, canister, 42n);
    const answer = world.submit('backup', [principal(canister)]);
    for (let round = 0; round < 30; round += 1) {
      world.ic.submit({ sender: DEVELOPER, canisterId: canister, method: 'set', payload: eightBytes(42n) });
      world.ic.tick();
    }
    const { snapshot } = taken(answer());
    expect(snapshot).toMatchObject({ good: true, fingerprint: [{ certainty: 'approximate', naturals: [42n] }] });
  });

  it('is unknown, and the snapshot never good, when the target has no such method', () => {
    const world = deployed.fork();
    taken(world.ask('set_policy', [{ canister: principal(world.chat), policy: probing('no_such_method') }]));
    expect(world.backup()).toMatchObject({
      good: false,
      fingerprint: [{ certainty: 'unknown', reply_bytes: [] }],
      doubt: [{ kind: 'unknown', reasons: [{ code: 'probe_failed' }] }],
    });
    expect(world.runs()[0]).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'probe_failed' }] });
    expect(refused(world.ask('restore', [])).code).toBe('no_good_snapshot');
  });

  it('of a target that was stopped before is unknown: it is not started for a probe', () => {
    const world = deployed.fork();
    world.about('stop_canister', world.chat);
    expect(world.backup()).toMatchObject({ good: false, doubt: [{ reasons: [{ code: 'probe_not_sent' }] }] });
    expect(world.status()).toBe('stopped');
  });
});

describe('a tripwire', () => {
  it('sets suspects aside in one slot for as long as the target is broken, and restore passes over them', () => {
    const world = deployed.fork();
    const good = [world.backup(), backupLater(world)].map(({ snapshot_id }) => hex(snapshot_id));
    world.call(world.chat, 'remove_spam');
    world.pass(30n * HOUR);
    const listed = snapshots(world);
    expect(listed.map(({ good }) => good)).toEqual([false, true, true]);
    expect(listed[0]).toMatchObject({ doubt: [{ kind: 'suspect', reasons: [{ code: 'tripwire_shrunk' }] }] });
    expect(listed.slice(1).map(({ snapshot_id }) => hex(snapshot_id))).toEqual([...good].reverse());
    expect(world.snapshots().length).toBe(3);
    expect(world.runs().every(({ outcome }) => outcome === 'succeeded')).toBe(true);
    expect(world.ic.time() - listed[0]!.taken_at).toBeLessThan(HOUR + HOUR / 10n);
    const restored = taken(world.ask('restore', []));
    expect(hex(restored.snapshot_id)).toBe(good[1]);
    expect(world.dump()).toEqual(['one', 'two', 'three']);
    expect(backupLater(world).good).toBe(true);
  });

  it.each<[string, Partial<CandidTripwire>, bigint, string]>([
    ['at least', { at_least: [40n] }, 39n, 'tripwire_at_least'],
    ['at most so many percent smaller', { shrinks_at_most_percent: [10] }, 37n, 'tripwire_shrunk'],
  ])('on a count: %s', (_, rule, value, code) => {
    const { world, canister } = countingWorld(rule);
    set(world, canister, 42n);
    expect(world.backup(canister).good).toBe(true);
    set(world, canister, value);
    expect(backupLater(world, canister)).toMatchObject({ good: false, doubt: [{ reasons: [{ code }] }] });
    set(world, canister, 43n);
    expect(backupLater(world, canister).good).toBe(true);
  });

  it.each<[string, Partial<CandidTripwire>]>([
    ['without a bound', {}],
    ['of more than all', { shrinks_at_most_percent: [100] }],
    ['on a natural that is not kept', { measure: { natural: 16 }, at_least: [1n] }],
  ])('%s is refused', (_, rule) => {
    const world = deployed.fork();
    const whole = {
      measure: { reply_bytes: null },
      at_least: [],
      shrinks_at_most_percent: [],
      ...rule,
    } as CandidTripwire;
    const answer = world.ask('set_policy', [{ canister: principal(world.chat), policy: probing('dump', whole) }]);
    expect(refused(answer).code).toBe('invalid_policy');
  });
});

describe('people', () => {
  it('accept a suspect, which becomes the new normal', () => {
    const { world, canister } = countingWorld({ shrinks_at_most_percent: [10] });
    set(world, canister, 1000n);
    world.backup(canister);
    set(world, canister, 100n);
    const suspect = backupLater(world, canister);
    const arg = { canister: principal(canister), snapshot_id: suspect.snapshot_id };
    expect(refused(world.ask('accept', [arg], STRANGER)).code).toBe('caller_not_allowed');
    expect(taken(world.ask('accept', [arg]))).toMatchObject({ good: true, doubt: [] });
    expect(refused(world.ask('accept', [arg])).code).toBe('nothing_to_accept');
    expect(backupLater(world, canister).good).toBe(true);
    set(world, canister, 80n);
    expect(backupLater(world, canister).good).toBe(false);
  });

  it('mark what was taken since the damage, and take it back', () => {
    const world = deployed.fork();
    const before = world.backup();
    world.pass(HOUR / 2n);
    world.append('damage');
    const after = backupLater(world);
    const since = after.taken_at;
    const arg = { canister: principal(world.chat), since };
    expect(refused(world.ask('mark_suspect', [arg], STRANGER)).code).toBe('caller_not_allowed');
    const { marked, newest_good } = taken(world.ask('mark_suspect', [arg]));
    expect(marked.map(({ snapshot_id }) => hex(snapshot_id))).toEqual([hex(after.snapshot_id)]);
    expect(marked[0]).toMatchObject({
      good: false,
      doubt: [{ kind: 'marked', reasons: [{ code: 'marked_suspect' }] }],
    });
    expect(hex(newest_good[0]!.snapshot_id)).toBe(hex(before.snapshot_id));
    expect(hex(taken(world.ask('restore', [])).snapshot_id)).toBe(hex(before.snapshot_id));
    expect(world.dump()).toEqual(['one', 'two', 'three']);
    const back = { canister: principal(world.chat), snapshot_id: after.snapshot_id };
    expect(taken(world.ask('accept', [back])).good).toBe(true);
  });

  it('lose nothing by marking everything', () => {
    const world = deployed.fork();
    const kept = [world.backup(), backupLater(world)].map(({ snapshot_id }) => hex(snapshot_id));
    const marking = taken(world.ask('mark_suspect', [{ canister: principal(world.chat), since: 0n }]));
    expect(marking.newest_good).toEqual([]);
    world.pass(3n * HOUR);
    for (const id of kept) expect(world.snapshots()).toContain(id);
  });

  it('are told of a run in progress', () => {
    const world = deployed.fork();
    const { snapshot_id } = world.backup();
    world.pass(2n * MINUTE);
    const answer = world.submit('backup', [principal(world.chat)]);
    world.ic.tick();
    world.ic.tick();
    const canister = principal(world.chat);
    expect(refused(world.ask('accept', [{ canister, snapshot_id }])).code).toBe('run_in_progress');
    taken(answer());
  });

  it('find all of it as it was after an upgrade', () => {
    const { world, canister } = countingWorld({ shrinks_at_most_percent: [10], at_least: [5n] });
    set(world, canister, 1000n);
    world.backup(canister);
    set(world, canister, 100n);
    backupLater(world, canister);
    const read = () => [snapshots(world), world.runs(), taken(world.ask('targets', [[]])).items];
    const before = read();
    world.upgradeManager();
    expect(read()).toEqual(before);
  });
});
