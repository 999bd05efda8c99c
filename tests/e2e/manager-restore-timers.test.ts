/**
 * A load leaves the global timer as it is, and brings back a heap that believes in another one. What becomes of timers
 * then, with Motoko's and with azle's, and that `after_restore` of the policy wakes them.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCanister } from '@canister-backup/canister-build';
import { policyArg } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { motoko } from '../harness/motoko.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  HOURLY,
  replyOf,
  SECOND,
  taken,
  type World,
} from './manager-world.ts';

/** How a canister is told to count every so many seconds, and which method sets its timers again. */
interface Kind {
  readonly module: () => Promise<Uint8Array>;
  readonly arg: Uint8Array;
  readonly tick: IDL.Type;
  readonly wake: { readonly method: string; readonly arg: Uint8Array };
}

const encode = (type: IDL.Type, value: unknown) => new Uint8Array(IDL.encode([type], [value]));

/** Built once for all tests of it. */
let ticker: Promise<Uint8Array> | undefined;

const KINDS: Record<string, Kind> = {
  Motoko: {
    module: async () => motoko('Counter'),
    arg: encode(IDL.Nat, 0n),
    tick: IDL.Nat,
    wake: { method: 'tick', arg: encode(IDL.Nat, 60n) },
  },
  azle: {
    module: () => {
      ticker ??= buildTicker();
      return ticker;
    },
    arg: EMPTY_ARGUMENTS,
    tick: IDL.Nat32,
    wake: { method: 'wake', arg: EMPTY_ARGUMENTS },
  },
};

/** `tests/canisters/ticker`, built in a folder of its own. */
async function buildTicker(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'ticker-'));
  try {
    const home = join(folder, 'ticker');
    cpSync(fileURLToPath(new URL('../canisters/ticker', import.meta.url)), home, { recursive: true });
    mkdirSync(join(home, 'node_modules'));
    const manager = dirname(createRequire(import.meta.url).resolve('@canister-backup/backup-manager/wasm'));
    symlinkSync(join(manager, '../node_modules/azle'), join(home, 'node_modules/azle'));
    return new Uint8Array(readFileSync((await buildCanister(home)).gzipPath));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const deployed = deploy(0);

function tickerIn(world: World, { arg }: Kind, module: Uint8Array): PrincipalText {
  const id = world.create(module, { arg: new Uint8Array(arg) });
  world.setControllers(id, [DEVELOPER, world.names.manager]);
  return id;
}

function ticks(world: World, canisterId: PrincipalText): number {
  const request = { sender: DEVELOPER, canisterId, method: 'ticked', payload: EMPTY_ARGUMENTS };
  return Number(IDL.decode([IDL.Nat], replyOf(world.ic.query(request), 'ticked'))[0]);
}

const lastRestore = (world: World) => world.runs().find(({ kind }) => kind === 'restore')!;

describe.each(Object.entries(KINDS))('timers of %s', (_, kind) => {
  let module: Uint8Array;
  beforeAll(async () => {
    module = await kind.module();
  });

  /** Ticks every minute; a backup is there from before the timer that is pending at the restore. */
  function ticking(afterRestore: boolean): { world: World; id: PrincipalText } {
    const world = deployed.fork();
    const id = tickerIn(world, kind, module);
    const method = { method: kind.wake.method, arg: kind.wake.arg };
    const policy = policyArg({ ...HOURLY, after_restore: afterRestore ? [method] : [] });
    taken(world.ask('register', [{ canister: Principal.fromText(id), policy: [policy] }]));
    replyOf(world.call(id, 'tick', encode(kind.tick, kind.tick === IDL.Nat ? 60n : 60)), 'tick');
    world.pass(150n * SECOND);
    world.backup(id);
    expect(ticks(world, id)).toBe(2);
    return { world, id };
  }

  /** Takes the global timer away, as an uninstall or an upgrade without timers does. */
  function loseTimer(world: World, id: PrincipalText): void {
    world.manage('uninstall_code', { canister_id: Principal.fromText(id) });
    expect(world.ic.canister(id)!.globalTimer).toBe(0n);
  }

  it('go on by themselves while the IC has a timer of the canister', () => {
    const { world, id } = ticking(false);
    world.pass(10n * 60n * SECOND);
    taken(world.ask('restore', []));
    expect(ticks(world, id)).toBe(2);
    world.pass(HOUR / 2n);
    expect(ticks(world, id)).toBeGreaterThan(20);
  });

  it('sleep after a restore into a canister whose timer is gone, and the answer warns', () => {
    const { world, id } = ticking(false);
    loseTimer(world, id);
    const report = taken(world.ask('restore', []));
    expect(report.warnings[0]).toMatchObject([{ code: 'timers_may_sleep' }]);
    expect(report.summary).toContain('after_restore');
    world.pass(HOUR / 2n);
    expect(ticks(world, id)).toBe(2);
  });

  it('are woken by the method that the policy names', () => {
    const { world, id } = ticking(true);
    loseTimer(world, id);
    const report = taken(world.ask('restore', []));
    expect(report.warnings).toEqual([[]]);
    expect(lastRestore(world).steps.at(-1)).toMatchObject({ name: 'after_restore', error: [] });
    world.pass(HOUR / 2n);
    expect(ticks(world, id)).toBeGreaterThan(20);
  });

  it('are woken after a forced restore and after an undo', () => {
    const { world, id } = ticking(true);
    const canister = Principal.fromText(id);
    taken(world.ask('restore_forced', [{ canister, snapshot_id: [] }]));
    const before = ticks(world, id);
    world.pass(HOUR / 4n);
    expect(ticks(world, id)).toBeGreaterThan(before + 10);
    taken(world.ask('undo_restore', [canister]));
    const after = ticks(world, id);
    world.pass(HOUR / 4n);
    expect(ticks(world, id)).toBeGreaterThan(after + 10);
  });
});

/**
 * ic-cdk-timers, which azle and Rust canisters use, sets the IC's timer only for what is due before the deadline that it
 * set last, and the heap that was loaded believes in the deadline of its own time. Once that is past and the IC has no
 * timer, it sets none any more: no method of the canister helps, an upgrade with the same module does.
 */
it('timers of azle stay asleep if the deadline in the snapshot is past, until an upgrade', async () => {
  const kind = KINDS.azle!;
  const module = await kind.module();
  const world = deployed.fork();
  const id = tickerIn(world, kind, module);
  const canister = Principal.fromText(id);
  const policy = policyArg({ ...HOURLY, after_restore: [{ method: 'wake', arg: EMPTY_ARGUMENTS }] });
  taken(world.ask('register', [{ canister, policy: [policy] }]));
  const tick = () => replyOf(world.call(id, 'tick', encode(IDL.Nat32, 60)), 'tick');
  tick();
  world.backup(id);
  world.pass(10n * 60n * SECOND);
  world.manage('uninstall_code', { canister_id: canister });
  taken(world.ask('restore', []));
  tick();
  world.pass(HOUR / 2n);
  expect(ticks(world, id)).toBe(0);
  const upgrade = { mode: { upgrade: [] }, canister_id: canister, wasm_module: module, arg: EMPTY_ARGUMENTS };
  world.manage('install_code', upgrade);
  tick();
  world.pass(HOUR / 2n);
  expect(ticks(world, id)).toBeGreaterThan(20);
});

it('a method that does not exist, or traps, is a warning: the canister is restored all the same', () => {
  const world = deployed.fork();
  const id = tickerIn(world, KINDS.Motoko!, motoko('Counter'));
  const canister = Principal.fromText(id);
  for (const method of ['nothing', 'trap']) {
    const policy = policyArg({ ...HOURLY, after_restore: [{ method, arg: EMPTY_ARGUMENTS }] });
    if (method === 'nothing') taken(world.ask('register', [{ canister, policy: [policy] }]));
    else taken(world.ask('set_policy', [{ canister, policy }]));
    if (method === 'nothing') world.backup(id);
    replyOf(world.call(id, 'increment'), 'increment');
    const report = taken(world.ask('restore', []));
    expect(report.running).toBe(true);
    expect(report.warnings[0]).toMatchObject([{ code: 'after_restore_failed' }]);
  }
});
