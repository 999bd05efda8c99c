/** What icp-cli asks of a proxy canister, answered by the manager under its own roles, runs and history. */
import type { CandidProxyResult, CandidRole } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangingCanister, holdAnswer } from './hanging.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  MANAGEMENT,
  refused,
  SECOND,
  STRANGER,
  taken,
  World,
} from './manager-world.ts';

const blob = IDL.Vec(IDL.Nat8);
const Named = IDL.Record({ canister_id: IDL.Principal });
const Snapshot = IDL.Record({ canister_id: IDL.Principal, snapshot_id: blob });
/** As agent-rs sends it. */
const Take = IDL.Record({
  canister_id: IDL.Principal,
  replace_snapshot: IDL.Opt(blob),
  uninstall_code: IDL.Opt(IDL.Bool),
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
const Taken = IDL.Record({ id: blob, taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });
const Status = IDL.Record({
  status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
  settings: IDL.Record({ controllers: IDL.Vec(IDL.Principal) }),
});

let deployed: World;
let w: World;
let hanging: Uint8Array;

beforeAll(async () => {
  hanging = await hangingCanister();
  deployed = deploy(2);
  deployed.register();
  deployed.append('kept');
});

function fork(): World {
  w = deployed.fork();
  return w;
}

interface Wish {
  readonly arg?: Record<string, unknown>;
  readonly type?: IDL.Type;
  readonly canister?: string;
  readonly args?: Uint8Array;
  readonly cycles?: bigint;
  readonly sender?: PrincipalText;
}

function proxy(method: string, wish: Wish = {}): CandidProxyResult {
  const { arg = {}, type = Named, canister = MANAGEMENT, cycles = 0n, sender = DEVELOPER } = wish;
  const value = { canister_id: Principal.fromText(w.chat), ...arg };
  const args = wish.args ?? new Uint8Array(IDL.encode([type], [value]));
  return w.ask('proxy', [{ canister_id: Principal.fromText(canister), method, args, cycles }], sender);
}

/** The bytes that came back. */
function passed(answer: CandidProxyResult): Uint8Array {
  if ('Err' in answer) throw new Error(JSON.stringify(answer.Err));
  return Uint8Array.from(answer.Ok.result);
}

/** The code of a refusal. */
function refusal(answer: CandidProxyResult): string | undefined {
  if ('Ok' in answer) return undefined;
  return 'CallFailed' in answer.Err ? answer.Err.CallFailed.reason.split(':')[0] : Object.keys(answer.Err)[0];
}

const takeArg = { replace_snapshot: [], uninstall_code: [], sender_canister_version: [] };
const take = (arg: Record<string, unknown> = {}, sender = DEVELOPER) =>
  proxy('take_canister_snapshot', { arg: { ...takeArg, ...arg }, type: Take, sender });
const about = (method: string, id: string, sender = DEVELOPER) =>
  proxy(method, { arg: { snapshot_id: Buffer.from(id, 'hex') }, type: Snapshot, sender });
const list = () => passed(proxy('list_canister_snapshots'));
const status = () => IDL.decode([Status], passed(proxy('canister_status')))[0] as unknown as { status: object };

describe('proxy', () => {
  it('stops, takes, lists, starts, stops, loads: each its own act, with who asked', () => {
    fork();
    expect(passed(proxy('stop_canister'))).toEqual(EMPTY_ARGUMENTS);
    expect(status()).toMatchObject({ status: { stopped: null } });
    const snapshot = IDL.decode([Taken], passed(take()))[0] as unknown as { id: Uint8Array; total_size: bigint };
    const id = Buffer.from(snapshot.id).toString('hex');
    expect(w.snapshots()).toEqual([id]);
    expect(IDL.decode([IDL.Vec(Taken)], list())[0]).toEqual([snapshot]);
    expect(w.status()).toBe('stopped');
    passed(proxy('start_canister'));
    w.append('lost');
    passed(proxy('stop_canister'));
    passed(about('load_canister_snapshot', id));
    passed(proxy('start_canister'));
    expect(w.dump()).toEqual(['kept']);
    expect(w.runs().map(({ kind, asked_by, outcome }) => [kind, asked_by, outcome])).toEqual([
      ['restore', DEVELOPER, 'succeeded'],
      ['backup', DEVELOPER, 'succeeded'],
    ]);
    const told = taken(w.ask('history', [[]])).items.filter(({ cause }) => cause === 'proxy');
    expect(told.map(({ kind, actor }) => [kind, actor])).toEqual(
      ['started', 'stopped', 'started', 'stopped'].map((kind) => [kind, DEVELOPER]),
    );
    // The state before the load is kept, as in every restore.
    expect(w.snapshots()).toHaveLength(2);
    expect(taken(w.ask('undo_restore', [Principal.fromText(w.chat)])).run_id).toBe(3n);
  });

  it('keeps to the rules of a backup and a deletion', () => {
    fork();
    passed(take());
    expect(refusal(take())).toBe('backup_too_soon');
    const [id = ''] = w.snapshots();
    expect(refusal(about('delete_canister_snapshot', id))).toBe('newest_good_snapshot');
    w.ic.setTime(w.ic.time() + 60n * SECOND);
    passed(take());
    passed(about('delete_canister_snapshot', id));
    expect(w.snapshots()).toHaveLength(1);
  });

  it('tells health what it saw, so that what was repaired is well', () => {
    fork();
    w.backup();
    const reasons = () => taken(w.ask('health', [[]])).items[0]!.reasons.map(({ code }) => code);
    passed(proxy('stop_canister'));
    expect(reasons()).toEqual(['target_not_running']);
    passed(proxy('start_canister'));
    expect(reasons()).toEqual([]);
    w.about('stop_canister', w.chat);
    status();
    expect(reasons()).toEqual(['target_not_running']);
    w.about('start_canister', w.chat);
    expect(reasons()).toEqual(['target_not_running']);
    status();
    expect(reasons()).toEqual([]);
  });

  describe('while a stop is in flight', () => {
    /** A stop of a target that does not stop while it is held: of an hourly one, right before its next run. */
    function stopping(): { release: () => void; send: (method: string) => () => CandidProxyResult } {
      let held = true;
      let target = MANAGEMENT;
      w = deployed.fork({
        deliver: holdAnswer(
          () => target,
          () => held,
        ),
      });
      target = w.create(hanging);
      w.setControllers(target, [DEVELOPER, w.names.manager]);
      w.register(target);
      w = new World(w.ic, { ...w.names, chats: [target] }, w.managementCalls);
      w.pass(HOUR - 60n * SECOND);
      w.ic.submit({ sender: DEVELOPER, canisterId: target, method: 'hang', payload: EMPTY_ARGUMENTS });
      for (let round = 0; round < 3; round += 1) w.ic.tick();
      const args = new Uint8Array(IDL.encode([Named], [{ canister_id: Principal.fromText(target) }]));
      const canister_id = Principal.fromText(MANAGEMENT);
      return {
        release: () => (held = false),
        send: (method) => w.submit('proxy', [{ canister_id, method, args, cycles: 0n }]),
      };
    }
    const runsOf = () => w.runs().filter(({ canister }) => canister.toText() === w.chat);

    it('no run begins, a hold waits, and the run that was due comes after it', () => {
      const { release, send } = stopping();
      const stopped = send('stop_canister');
      for (let round = 0; round < 5; round += 1) w.ic.tick();
      expect(w.status()).toBe('stopping');
      const error = refused(w.ask('backup', [Principal.fromText(w.chat)]));
      expect([error.code, error.message]).toEqual(['proxied_in_flight', expect.stringContaining(DEVELOPER)]);
      expect(refusal(proxy('stop_canister'))).toBe('proxied_in_flight');
      w.ic.setTime(w.ic.time() + 120n * SECOND);
      for (let round = 0; round < 10; round += 1) w.ic.tick();
      expect(runsOf()).toEqual([]);
      const held = w.submit('hold', [{ canister: Principal.fromText(w.chat), minutes: 1 }]);
      for (let round = 0; round < 10; round += 1) w.ic.tick();
      release();
      taken(held());
      expect(w.status()).toBe('stopped');
      passed(stopped());
      w.pass(90n * SECOND);
      expect(runsOf()).toMatchObject([{ asked_by: 'timer', outcome: 'succeeded' }]);
      expect(w.status()).toBe('stopped');
    });

    it('a start ends it', () => {
      const { send } = stopping();
      const stopped = send('stop_canister');
      for (let round = 0; round < 5; round += 1) w.ic.tick();
      passed(send('start_canister')());
      expect(refusal(stopped())).toBe('stop_cancelled');
      expect(w.status()).toBe('running');
    });

    it('and nobody sees its answer after an upgrade, no run is kept away', () => {
      const { send } = stopping();
      send('stop_canister');
      for (let round = 0; round < 5; round += 1) w.ic.tick();
      w.upgradeManager({ skipPreUpgrade: true });
      // That the target is stopping is what a run finds.
      expect(refused(w.ask('backup', [Principal.fromText(w.chat)])).code).toBe('target_stopping');
    });
  });

  it.each([
    [['reply'], 'at once', undefined],
    [['reply', 'cleanup'], 'after six minutes', 'proxied_in_flight'],
  ])('keeps no run away for long when the %s of a start traps, and a run can begin %s', (traps, _, code) => {
    const left = [...traps];
    w = deployed.fork({
      execute: ({ canisterId, kind }) => {
        if (canisterId !== deployed.names.manager || kind !== left[0]) return undefined;
        left.shift();
        return { instructionLimit: 1_000n };
      },
    });
    expect(() => proxy('start_canister')).toThrow('IC0522');
    const attempt = w.ask('backup', [Principal.fromText(w.chat)]);
    expect('Err' in attempt ? attempt.Err.code : undefined).toBe(code);
    w.ic.setTime(w.ic.time() + 420n * SECOND);
    taken(w.ask('backup', [Principal.fromText(w.chat)]));
    expect(left).toEqual([]);
  });

  it('lets nobody near a target that is held, or that has a run open', () => {
    fork();
    const canister = Principal.fromText(w.chat);
    taken(w.ask('hold', [{ canister, minutes: 10 }]));
    expect(['stop_canister', 'start_canister'].map((method) => refusal(proxy(method)))).toEqual([
      'target_held',
      'target_held',
    ]);
    expect(refusal(take())).toBe('target_held');
    expect(refusal(proxy('canister_status'))).toBeUndefined();
    fork();
    const finish = w.submit('backup', [canister]);
    w.ic.tick();
    expect(refusal(proxy('start_canister'))).toBe('run_in_progress');
    taken(finish());
  });
});

describe('proxy refuses', () => {
  it('what is not on its list, and sends nothing', () => {
    fork();
    const before = w.managementCalls.length;
    for (const method of [
      'install_code',
      'update_settings',
      'delete_canister',
      'uninstall_code',
      'fetch_canister_logs',
    ]) {
      expect(refusal(proxy(method))).toBe('not_proxied');
    }
    for (const method of ['toString', '__proto__', '']) expect(refusal(proxy(method))).toBe('not_proxied');
    expect(refusal(proxy('canister_status', { canister: w.chat }))).toBe('not_proxied');
    expect(refusal(proxy('canister_status', { cycles: 1n }))).toBe('not_proxied');
    expect(refusal(proxy('canister_status', { args: new Uint8Array(1_001) }))).toBe('invalid_argument');
    expect(refusal(proxy('canister_status', { args: Uint8Array.of(1, 2, 3) }))).toBe('invalid_argument');
    expect(refusal(take({ replace_snapshot: [Uint8Array.of(1)] }))).toBe('invalid_argument');
    expect(refusal(take({ uninstall_code: [true] }))).toBe('invalid_argument');
    expect(w.managementCalls.length).toBe(before);
  });

  it('canisters that are not registered', () => {
    fork();
    const other = { canister_id: Principal.fromText(w.names.chats[1]!) };
    expect(refusal(proxy('canister_status', { arg: other }))).toBe('unknown_target');
    expect(refusal(proxy('stop_canister', { arg: other }))).toBe('unknown_target');
    expect(refusal(take(other))).toBe('unknown_target');
  });

  it.each([
    ['viewer', 'ok no no no no'],
    ['operator', 'ok no ok no no'],
    ['restorer', 'ok ok no ok no'],
    ['admin', 'ok ok ok ok ok'],
  ])('a %s what the role does not say', (role, expected) => {
    fork();
    w.backup();
    const [id = ''] = w.snapshots();
    w.ic.setTime(w.ic.time() + 60n * SECOND);
    const helper = STRANGER;
    // At the door, where a user without a role comes no further; a canister without one is told UnauthorizedUser.
    expect(proxy('canister_status', { sender: helper })).toMatchObject({ Err: { code: 'caller_not_allowed' } });
    const grant = { who: Principal.fromText(helper), role: { [role]: null } as CandidRole, canister: [] as [] };
    taken(w.ask('grant', [grant]));
    const world = w;
    const attempts = [
      () => proxy('list_canister_snapshots', { sender: helper }),
      () => proxy('stop_canister', { sender: helper }),
      () => take({}, helper),
      () => about('load_canister_snapshot', id, helper),
      () => about('delete_canister_snapshot', id, helper),
    ].map((attempt) => {
      w = world.fork();
      w.append('more');
      return refusal(attempt()) === 'caller_not_allowed' ? 'no' : 'ok';
    });
    expect(attempts.join(' ')).toBe(expected);
  });
});
