/** Time through @dfinity/pic: set, certified, advanced, and never back. */
import { expect } from 'vitest';
import type { Ic } from '../harness/ic.ts';
import { conformance } from '../harness/servers.ts';
import { type Counter, counter, counterFactory } from './pic-canister.ts';

const NANOS_PER_MS = 1_000_000n;
const START_MS = Date.UTC(2021, 4, 6, 19, 17, 10);
const LATER_MS = Date.UTC(2030, 0, 1);

async function deploy({ pic }: Ic) {
  const { actor } = await pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm: await counter() });
  return actor;
}

conformance('time through @dfinity/pic', (rule) => {
  rule('a new instance starts in May 2021', async ({ pic }) => {
    expect(await pic.getTime()).toBe(START_MS);
  });

  rule('a time that was set is exact, and canisters see it after a round', async (ic) => {
    const actor = await deploy(ic);
    const before = await actor.time();
    await ic.pic.setTime(LATER_MS);
    expect(await ic.pic.getTime()).toBe(LATER_MS);
    expect(await actor.time()).toBe(before);
    await ic.pic.tick();
    expect(await actor.time()).toBe(BigInt(LATER_MS) * NANOS_PER_MS);
    await ic.pic.setTime(new Date(LATER_MS + 1));
    expect(await ic.pic.getTime()).toBe(LATER_MS + 1);
  });

  rule('a certified time is seen by queries at once', async (ic) => {
    const actor = await deploy(ic);
    await ic.pic.setCertifiedTime(LATER_MS);
    expect(await actor.time()).toBe(BigInt(LATER_MS) * NANOS_PER_MS);
    await ic.pic.advanceCertifiedTime(1_500);
    expect(await actor.time()).toBe(BigInt(LATER_MS + 1_500) * NANOS_PER_MS);
    expect(await ic.pic.getTime()).toBe(LATER_MS + 1_500);
  });

  rule('time is advanced by what was asked for, also by nothing', async ({ pic }) => {
    await pic.advanceTime(0);
    expect(await pic.getTime()).toBe(START_MS);
    await pic.advanceTime(1_234);
    expect(await pic.getTime()).toBe(START_MS + 1_234);
    await pic.tick();
    expect(await pic.getTime()).toBe(START_MS + 1_234);
  });

  rule('time does not stand still between two rounds', async (ic) => {
    const actor = await deploy(ic);
    await ic.pic.tick();
    const first = await actor.time();
    await ic.pic.tick();
    expect(await actor.time()).toBe(first + 1n);
  });

  rule("time can be reset to the machine's", async ({ pic }) => {
    const before = Date.now();
    await pic.resetTime();
    const time = await pic.getTime();
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
    await pic.resetCertifiedTime();
  });

  rule('time cannot go back, and the refusal comes at once', async ({ pic }) => {
    const asked = performance.now();
    await expect(pic.setTime(START_MS - 1_000)).rejects.toThrow(/PocketIC server error: .*SettingTimeIntoPast/);
    await expect(pic.setCertifiedTime(0)).rejects.toThrow(/PocketIC server error/);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(await pic.getTime()).toBe(START_MS);
  });
});
