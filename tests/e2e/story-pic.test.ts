/**
 * The story as a user of `@dfinity/pic` would test it: two canisters, typed actors, time that passes. Nothing here knows
 * which IC it runs on.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type BackupManagerService,
  backupManagerIdlFactory,
  type ChatService,
  chatIdlFactory,
} from '@canister-backup/shared';
import type { Actor, PocketIc } from '@dfinity/pic';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import type { Ic } from '../harness/ic.ts';
import { conformance } from '../harness/servers.ts';

const require = createRequire(import.meta.url);
const wasm = (name: string) => new Uint8Array(readFileSync(require.resolve(`@canister-backup/${name}/wasm.gz`)));
const HOUR_MS = 3_600_000;
const NANOS_PER_DAY = 86_400_000_000_000n;
const SIX_HOURS = 21_600n;
/** From the timer to the last answer of a backup run. */
const ROUNDS_OF_A_RUN = 12;

const DEVELOPER = Principal.selfAuthenticating(Uint8Array.of(7));

const OWNED = { sender: DEVELOPER, arg: IDL.encode([], []) };
const chatFactory: IDL.InterfaceFactory = ({ IDL: library }) => chatIdlFactory<IDL.ServiceClass>({ IDL: library });
const managerFactory: IDL.InterfaceFactory = ({ IDL: library }) =>
  backupManagerIdlFactory<IDL.ServiceClass>({ IDL: library });

interface Deployed {
  readonly pic: PocketIc;
  readonly chatId: Principal;
  readonly managerId: Principal;
  readonly chat: Actor<ChatService>;
  readonly manager: Actor<BackupManagerService<Principal>>;
}

async function deploy({ pic, deploy: create }: Ic): Promise<Deployed> {
  const managerId = await create(wasm('backup-manager'), { ...OWNED, controllers: [DEVELOPER] });
  const chatId = await create(wasm('chat'), { ...OWNED, controllers: [DEVELOPER, managerId] });
  const chat = pic.createActor<ChatService>(chatFactory, chatId);
  const manager = pic.createActor<BackupManagerService<Principal>>(managerFactory, managerId);
  manager.setPrincipal(DEVELOPER);
  const registered = await manager.register({ canister: chatId, policy: [] });
  expect(registered).toHaveProperty('Ok');
  return { pic, chatId, managerId, chat, manager };
}

conformance('the story through @dfinity/pic', (rule) => {
  rule('a bug loses every message, and one call brings them back', async (ic) => {
    const { pic, chat, manager } = await deploy(ic);
    await chat.append('Hi there!');
    expect(await chat.dump()).toEqual(['Hi there!']);

    await pic.advanceTime(6 * HOUR_MS + 1000);
    await pic.tick(ROUNDS_OF_A_RUN);
    const listed = await manager.snapshots([]);
    expect(listed).toMatchObject({ Ok: { total: 1n, items: [{ good: true }] } });
    expect(await manager.runs([])).toMatchObject({ Ok: { items: [{ asked_by: 'timer', outcome: 'succeeded' }] } });

    expect(await chat.remove_spam()).toBe(0n);
    expect(await chat.dump()).toEqual([]);
    await expect(chat.append('Is anybody here?')).rejects.toThrow(/counter/);

    const restored = await manager.restore();
    expect(restored).toMatchObject({ Ok: { running: true } });
    expect(await chat.dump()).toEqual(['Hi there!']);
    await chat.append('We are back.');
    expect(await chat.dump()).toEqual(['Hi there!', 'We are back.']);
  });

  rule(
    'the default policy backs up every six hours, and keeps the last two and one of each of the last days',
    async (ic) => {
      const { pic, chatId, manager, chat } = await deploy(ic);
      expect(await manager.targets([])).toMatchObject({
        Ok: { items: [{ policy: { schedule: { every_seconds: SIX_HOURS }, keep: 8 } }] },
      });
      const taken: string[] = [];
      for (let backup = 0; backup < 10; backup += 1) {
        await chat.append(`message ${backup}`);
        await pic.advanceTime(6 * HOUR_MS + 1000);
        await pic.tick(ROUNDS_OF_A_RUN);
        const listed = await manager.snapshots([]);
        if ('Ok' in listed) taken.push(String(listed.Ok.items[0]?.taken_at));
      }
      expect(new Set(taken).size).toBe(10);
      const newestOfDays = new Map(taken.map((at) => [BigInt(at) / NANOS_PER_DAY, at]));
      const kept = new Set([...taken.slice(-2), ...newestOfDays.values()]);
      const onChain = await ic.manage('list_canister_snapshots', { canister_id: chatId }, DEVELOPER);
      expect(
        (onChain as { taken_at_timestamp: bigint }[]).map((snapshot) => String(snapshot.taken_at_timestamp)).sort(),
      ).toEqual([...kept].sort());
      expect((await chat.dump()).length).toBe(10);
    },
  );

  rule('a stranger gets a refusal that changes nothing', async (ic) => {
    const { manager, chat } = await deploy(ic);
    await chat.append('Hi there!');
    manager.setPrincipal(Principal.selfAuthenticating(Uint8Array.of(9)));
    // An update is refused at the door, a query by its answer.
    await expect(manager.restore()).rejects.toThrow('caller_not_allowed');
    expect(await manager.status()).toHaveProperty('Err');
    expect(await chat.dump()).toEqual(['Hi there!']);
  });
});
