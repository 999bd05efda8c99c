import { backupManagerTypes } from '@canister-backup/shared';
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from 'local-ic';
import { beforeAll, describe, expect, it } from 'vitest';
import { askingCanister } from './asking.ts';
import {
  DEVELOPER,
  deploy,
  EMPTY_ARGUMENTS,
  HOUR,
  HOURLY,
  managerModule,
  refused,
  replyOf,
  SECOND,
  taken,
  type World,
} from './manager-world.ts';

let deployed: World;
beforeAll(() => {
  deployed = deploy(1);
});

describe('installing', () => {
  it.each([
    ['no bytes at all', new Uint8Array()],
    ['no arguments', new Uint8Array(IDL.encode([], []))],
  ])('takes %s as its argument, and so does an upgrade', (_, arg) => {
    const world = deployed.fork();
    const canister = world.create(managerModule(), { arg });
    const canister_id = Principal.fromText(canister);
    world.manage('install_code', { mode: { upgrade: [] }, canister_id, wasm_module: managerModule(), arg });
    expect(world.status(canister)).toBe('running');
  });
});

describe('stable memory', () => {
  it('keeps targets, policies, snapshots, runs and the default over an upgrade', () => {
    const world = deployed.fork();
    world.register();
    world.backup();
    taken(world.ask('set_default', [{ canister: [Principal.fromText(world.chat)] }]));
    const seen = () => [
      taken(world.ask('targets', [[]])),
      taken(world.ask('snapshots', [[]])),
      taken(world.ask('runs', [[]])),
    ];
    const before = seen();
    world.upgradeManager();
    expect(seen()).toEqual(before);
  });
});

describe('a target that is a controller of the manager', () => {
  /** A target that asks the manager for the backup of `wanted`, or of itself. */
  async function asking(world: World, wanted?: PrincipalText): Promise<PrincipalText> {
    const { manager } = world.names;
    const target = world.create(managerModule());
    const argument = new Uint8Array(
      IDL.encode([backupManagerTypes<IDL.Type>(IDL).Principal], [Principal.fromText(wanted ?? target)]),
    );
    const wasm_module = await askingCanister(Principal.fromText(manager).toUint8Array(), 'backup', argument);
    const canister_id = Principal.fromText(target);
    world.manage('install_code', { mode: { reinstall: null }, canister_id, wasm_module, arg: new Uint8Array() });
    world.setControllers(target, [DEVELOPER, manager]);
    world.setControllers(manager, [DEVELOPER, target]);
    world.register(target);
    return target;
  }

  const answerIn = (reply: Uint8Array) =>
    IDL.decode([backupManagerTypes<IDL.Type>(IDL).BackupResult], reply)[0] as never;

  it('is refused its own backup at once, because it would wait for itself', async () => {
    const world = deployed.fork();
    const target = await asking(world);
    expect(refused(answerIn(replyOf(world.call(target, 'ask'), 'ask'))).code).toBe('caller_is_target');
    expect(world.status(target)).toBe('running');
    expect(world.runs()).toEqual([]);
    expect(taken(world.ask('backup', [Principal.fromText(target)])).running).toBe(true);
  });

  it('is refused anything that takes time while a run stops it, so that neither waits for the other', async () => {
    const world = deployed.fork();
    world.register();
    const target = await asking(world, world.chat);
    const backedUp = world.submit('backup', [Principal.fromText(target)]);
    world.ic.tick();
    const asked = world.ic.submit({ sender: DEVELOPER, canisterId: target, method: 'ask', payload: EMPTY_ARGUMENTS });
    if (asked.kind === 'refused') throw new Error(asked.reject.message);
    const answered = answerIn(replyOf(world.ic.awaitIngress(asked.messageId), 'ask'));
    expect(refused(answered).code).toBe('caller_in_run');
    expect(taken(backedUp()).running).toBe(true);
    expect(world.snapshots()).toEqual([]);
    expect(taken(answerIn(replyOf(world.call(target, 'ask'), 'ask')))).toMatchObject({ running: true });
  });
});

describe('many runs', () => {
  it('leave no callback behind in the manager, and its memory does not grow', () => {
    const world = deployed.fork();
    world.register(world.chat, { ...HOURLY, keep: 2 });
    const count = (name: string) => {
      const request = {
        sender: DEVELOPER,
        canisterId: world.names.manager,
        method: name,
        payload: new Uint8Array(IDL.encode([], [])),
      };
      const result = world.ic.query(request);
      return result.kind === 'reply' ? IDL.decode([IDL.Nat32], new Uint8Array(result.data))[0] : undefined;
    };
    world.pass(10n * HOUR + 10n * 60n * SECOND);
    const { wasmMemorySize } = world.ic.canister(world.names.manager)!;
    world.pass(60n * HOUR);
    expect(world.runs().length).toBe(70);
    expect(world.ic.canister(world.names.manager)!.wasmMemorySize).toBe(wasmMemorySize);
    // azle's own counters, unless the build left them out.
    for (const name of ['_azle_reject_callbacks_len', '_azle_resolve_callbacks_len']) expect(count(name) ?? 0).toBe(0);
  });
});
