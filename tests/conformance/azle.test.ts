/** Canisters as azle makes them: large modules that hold a JavaScript engine, their state in stable memory and heap. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { azle, decodeTexts, encodeRegistration, encodeText, isOk } from '../harness/azle.ts';
import { type Ic, statusOf } from '../harness/ic.ts';
import { NO_ARGUMENT } from '../harness/management.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';

/** Compiling the module counts some 6 G instructions towards the install rate limit, which falls by 2 G a round. */
const ROUNDS_BETWEEN_INSTALLS = 6;

type Id = Awaited<ReturnType<Ic['deploy']>>;

const append = (ic: Ic, chat: Id, message: string) => ic.call(chat, 'append', encodeText(message));
const dump = async (ic: Ic, chat: Id) => decodeTexts(await ic.query(chat, 'dump', NO_ARGUMENT));

conformance('azle', (rule) => {
  rule('a module of megabytes installs, from chunks or compressed, and answers', async (ic) => {
    const forms = [azle('chat'), azle('chat', 'wasm.gz')];
    for (const module of forms) {
      const chat = await ic.deploy(module);
      await append(ic, chat, 'Hi there!');
      expect(await dump(ic, chat)).toEqual(['Hi there!']);
      const hash = createHash('sha256').update(module).digest();
      expect((await ic.status(chat)).module_hash).toEqual([new Uint8Array(hash)]);
    }
  });

  rule('stable structures survive an upgrade', async (ic) => {
    const module = azle('chat', 'wasm.gz');
    const chat = await ic.deploy(module);
    await append(ic, chat, 'one');
    await ic.ticks(ROUNDS_BETWEEN_INSTALLS);
    await ic.upgrade(chat, module);
    await append(ic, chat, 'two');
    expect(await dump(ic, chat)).toEqual(['one', 'two']);
    await ic.ticks(ROUNDS_BETWEEN_INSTALLS);
    await ic.reinstall(chat, module);
    expect(await dump(ic, chat)).toEqual([]);
  });

  rule('its trap is IC0503 with its own text, and rolls back; the canister is well', async (ic) => {
    const chat = await ic.deploy(azle('chat', 'wasm.gz'));
    await append(ic, chat, 'Hi there!');
    await ic.call(chat, 'remove_spam', NO_ARGUMENT);
    const refused = await rejectOf(append(ic, chat, 'lost'));
    expect(refused.errorCode).toBe('IC0503');
    expect(refused.message).toContain('assertion failed: the length counter is 1, but the number of messages is 0');
    expect(await dump(ic, chat)).toEqual([]);
  });

  rule('a snapshot brings heap and stable memory back, stopped or running', async (ic) => {
    const chat = await ic.deploy(azle('chat', 'wasm.gz'));
    await append(ic, chat, 'Hi there!');
    const { id, total_size } = await ic.take(chat);
    expect(total_size).toBeGreaterThan(10_000_000n);
    for (const stopped of [false, true]) {
      await ic.call(chat, 'remove_spam', NO_ARGUMENT);
      expect(await dump(ic, chat)).toEqual([]);
      if (stopped) await ic.manage('stop_canister', { canister_id: chat });
      await ic.load(chat, id);
      if (stopped) await ic.manage('start_canister', { canister_id: chat });
      expect(await dump(ic, chat)).toEqual(['Hi there!']);
      await append(ic, chat, 'again');
    }
  });

  rule('what it asks for at install, randomness by a timer, is answered: it can be stopped', async (ic) => {
    const chat = await ic.deploy(azle('chat', 'wasm.gz'));
    await ic.ticks(4);
    await ic.manage('stop_canister', { canister_id: chat });
    expect(statusOf(await ic.status(chat))).toBe('stopped');
  });

  rule('its timers fire: a manager backs a chat up every minute, and goes on after an upgrade', async (ic) => {
    const module = azle('backup-manager', 'wasm.gz');
    const [manager, chat] = [await ic.deploy(module), await ic.deploy(azle('chat', 'wasm.gz'))];
    const anonymous = (await ic.pic.getControllers(chat))[0];
    if (anonymous === undefined) throw new Error('The chat has no controller.');
    await ic.pic.updateCanisterSettings({ canisterId: chat, controllers: [anonymous, manager] });
    expect(isOk(await ic.call(manager, 'register', encodeRegistration(chat, 60n)))).toBe(true);
    const minute = async () => {
      await ic.advance(60_000);
      await ic.ticks(12);
      return (await ic.snapshots(chat)).length;
    };
    expect(await minute()).toBe(1);
    expect(await minute()).toBe(2);
    await ic.upgrade(manager, module);
    await ic.ticks(4);
    expect(await minute()).toBe(3);
    expect(statusOf(await ic.status(chat))).toBe('running');
  });
});
