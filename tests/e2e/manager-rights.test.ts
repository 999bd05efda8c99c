/** Who may what, on the real Wasm. */
import type { CandidRole } from '@canister-backup/shared';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEVELOPER, deploy, EMPTY_ARGUMENTS, HOURLY, refused, STRANGER, taken, type World } from './manager-world.ts';

let deployed: World;
let world: World;

beforeAll(() => {
  deployed = deploy(2);
  for (const chat of deployed.names.chats) deployed.register(chat);
});

const HELPER = Principal.fromUint8Array(Uint8Array.of(...new Array<number>(28).fill(3), 2));
const helper = HELPER.toText() as PrincipalText;

const ROLES: Record<string, CandidRole> = {
  viewer: { viewer: null },
  operator: { operator: null },
  restorer: { restorer: null },
  admin: { admin: null },
};

function grant(role: string, canister?: string): void {
  taken(world.ask('grant', [argument(role, canister)]));
}

function argument(role: string, canister?: string) {
  return { who: HELPER, role: ROLES[role]!, canister: opt(canister) };
}

function opt(canister?: string): [] | [Principal] {
  return canister === undefined ? [] : [Principal.fromText(canister)];
}

/** What each method says to the helper, on a fork for each: `Ok`, or the code of the refusal. */
function tried(chat = world.chat): Record<string, string> {
  const canister = Principal.fromText(chat);
  const policy = HOURLY;
  const asked = (answer: { Ok: unknown } | { Err: { code: string } }) => ('Ok' in answer ? 'Ok' : answer.Err.code);
  const now = world;
  const attempts = {
    targets: () => asked(now.fork().ask('targets', [[]], helper)),
    backup: () => asked(now.fork().ask('backup', [canister], helper)),
    restore_snapshot: () => {
      const fork = now.fork();
      const { snapshot_id } = fork.backup(chat);
      return asked(fork.ask('restore_snapshot', [{ canister, snapshot_id }], helper));
    },
    hold: () => asked(now.fork().ask('hold', [{ canister, minutes: 5 }], helper)),
    end_hold: () => asked(now.fork().ask('hold', [{ canister, minutes: 0 }], helper)),
    set_policy: () => asked(now.fork().ask('set_policy', [{ canister, policy }], helper)),
    unregister: () => asked(now.fork().ask('unregister', [canister], helper)),
    grant: () => asked(now.fork().ask('grant', [argument('viewer', chat)], helper)),
    grant_all: () => asked(now.fork().ask('grant', [argument('viewer')], helper)),
    set_default: () => asked(now.fork().ask('set_default', [{ canister: [canister] }], helper)),
  };
  return Object.fromEntries(Object.entries(attempts).map(([name, attempt]) => [name, attempt()]));
}

const NO = 'caller_not_allowed';
const NOTHING = {
  targets: NO,
  backup: NO,
  restore_snapshot: NO,
  hold: NO,
  end_hold: NO,
  set_policy: NO,
  unregister: NO,
  grant: NO,
  grant_all: NO,
  set_default: NO,
};

describe('a role', () => {
  it.each([
    ['viewer', { targets: 'Ok' }],
    ['operator', { targets: 'Ok', backup: 'Ok', hold: 'Ok', end_hold: 'Ok' }],
    ['restorer', { targets: 'Ok', restore_snapshot: 'Ok', end_hold: 'Ok' }],
    [
      'admin',
      {
        targets: 'Ok',
        backup: 'Ok',
        restore_snapshot: 'Ok',
        hold: 'Ok',
        end_hold: 'Ok',
        set_policy: 'Ok',
        unregister: 'Ok',
        grant: 'Ok',
      },
    ],
  ])('of a %s on one target allows what it says there, and nothing elsewhere', (role, allowed) => {
    world = deployed.fork();
    grant(role, world.chat);
    expect(tried()).toEqual({ ...NOTHING, ...allowed });
    expect(tried(world.names.chats[1])).toEqual({ ...NOTHING, targets: 'Ok' });
  });

  it('on all targets allows it everywhere; only that of an admin is for what is about no single target', () => {
    world = deployed.fork();
    grant('operator');
    expect(tried(world.names.chats[1])).toEqual({
      ...NOTHING,
      targets: 'Ok',
      backup: 'Ok',
      hold: 'Ok',
      end_hold: 'Ok',
    });
    grant('admin');
    expect(Object.values(tried(world.names.chats[1]))).toEqual(Object.keys(NOTHING).map(() => 'Ok'));
  });

  it('that is taken back allows nothing any more, and one that is given twice is taken back once', () => {
    world = deployed.fork();
    grant('operator', world.chat);
    grant('operator', world.chat);
    expect(taken(world.ask('revoke', [argument('operator')]))).toHaveLength(1);
    expect(taken(world.ask('revoke', [argument('operator', world.chat)]))).toEqual([]);
    expect(tried()).toEqual(NOTHING);
  });

  it('outlives an upgrade', () => {
    world = deployed.fork();
    grant('operator', world.chat);
    world.upgradeManager();
    expect(taken(world.ask('backup', [Principal.fromText(world.chat)], helper)).running).toBe(true);
  });

  it('shows its holder nothing of other targets', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    world.backup(other);
    world.backup(mine);
    grant('viewer', mine);
    const seen = [
      taken(world.ask('targets', [[]], helper)).items,
      taken(world.ask('snapshots', [[]], helper)).items,
      taken(world.ask('runs', [[]], helper)).items,
    ].map((items) => items.map(({ canister }) => canister.toText()));
    expect(seen).toEqual([[mine], [mine], [mine]]);
    const asked = { canister: [Principal.fromText(other)] as [Principal], after: [] as [], limit: [] as [] };
    expect(taken(world.ask('snapshots', [[asked]], helper)).items).toEqual([]);
    const status = taken(world.ask('status', [], helper));
    expect(status.targets).toBe(1);
    expect(status.next_run[0]?.canister.toText()).toBe(mine);
  });

  it('of a restorer restores with no arguments only what it is for', () => {
    world = deployed.fork();
    const [mine, other] = world.names.chats as [PrincipalText, PrincipalText];
    world.backup(mine);
    world.append('since');
    grant('restorer', mine);
    taken(world.ask('set_default', [{ canister: opt(other) }]));
    expect(refused(world.ask('restore', [], helper)).code).toBe(NO);
    taken(world.ask('set_default', [{ canister: opt(mine) }]));
    expect(taken(world.ask('restore', [], helper)).running).toBe(true);
  });
});

describe('roles', () => {
  it('are listed with who granted them; the holder sees its own, a stranger nothing', () => {
    world = deployed.fork();
    grant('admin', world.chat);
    grant('viewer');
    const all = taken(world.ask('roles', []));
    expect(all.map(({ role, canister }) => [role, canister[0]?.toText()])).toEqual([
      ['admin', world.chat],
      ['viewer', undefined],
    ]);
    expect(all.map(({ granted_by }) => granted_by.toText())).toEqual([DEVELOPER, DEVELOPER]);
    expect(taken(world.ask('roles', [], helper))).toEqual(all);
    expect(refused(world.ask('roles', [], STRANGER)).code).toBe(NO);
  });

  it('are not for everybody', () => {
    world = deployed.fork();
    const anonymous = { who: Principal.anonymous(), role: ROLES.viewer!, canister: [] as [] };
    expect(refused(world.ask('grant', [anonymous])).code).toBe('invalid_argument');
    expect(taken(world.ask('roles', []))).toEqual([]);
  });

  it('are refused with the call that grants them', () => {
    world = deployed.fork();
    const { message } = refused(world.ask('backup', [Principal.fromText(world.chat)], STRANGER));
    expect(message).toContain(`the role operator or admin on ${world.chat}`);
    expect(message).toContain(`canister call ${world.names.manager} grant`);
    const { context } = refused(world.ask('targets', [[]], STRANGER));
    expect(context).toEqual(
      expect.arrayContaining([
        ['right', 'view'],
        ['scope', 'any target'],
        ['roles', 'viewer'],
      ]),
    );
  });
});

describe('a message that no method takes', () => {
  it('is turned away before it costs anything, whoever sends it', () => {
    world = deployed.fork();
    const { manager } = world.names;
    const send = (sender: PrincipalText, payload: Uint8Array, method = 'register') => {
      const before = world.ic.cycles(manager);
      const result = world.ic.call({ sender, canisterId: manager, method, payload });
      expect(before - world.ic.cycles(manager)).toBe(0n);
      return result.kind === 'reject' ? result.reject.message : 'replied';
    };
    expect(send(DEVELOPER, new Uint8Array(32_769))).toContain('invalid_argument: ');
    expect(send(DEVELOPER, new Uint8Array(32_768))).toContain('are not a Candid message');
    expect(send(DEVELOPER, EMPTY_ARGUMENTS)).toContain('invalid_argument: ');
    // A query that is called as an update, too, and the timers' own method.
    for (const method of ['register', 'targets', 'http_request', '<ic-cdk internal> timer_executor']) {
      expect(send(STRANGER, EMPTY_ARGUMENTS, method)).toMatch(/caller_not_allowed: |rejected the message/);
    }
  });
});
