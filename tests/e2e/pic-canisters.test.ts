/** What @dfinity/pic does with canisters: install, upgrade, settings, cycles, memory, calls. */
import { createHash } from 'node:crypto';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { STRANGER } from '../harness/ic.ts';
import { conformance } from '../harness/servers.ts';
import { type Counter, counter, counterFactory } from './pic-canister.ts';

const OWNER = Principal.selfAuthenticating(Uint8Array.of(2));
const UNKNOWN = Principal.fromUint8Array(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 1));
const LARGE_BYTES = 2_500_000;

const nat32 = (value: number) => new Uint8Array(IDL.encode([IDL.Nat32], [value]));
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

for (const [size, padding] of [
  ['small', 0],
  ['2.5 MB, in chunks', LARGE_BYTES],
] as const) {
  conformance(`a ${size} module through @dfinity/pic`, (rule) => {
    rule('is installed, reinstalled and upgraded', async ({ pic }) => {
      const first = await counter({ padding });
      const second = await counter({ padding, step: 10 });
      const canisterId = await pic.createCanister({ controllers: [OWNER], sender: OWNER });
      const actor = pic.createActor<Counter>(counterFactory, canisterId);
      const hash = async () => (await pic.canisterStatus({ canisterId, sender: OWNER })).moduleHash;
      expect(await hash()).toBeNull();

      await pic.installCode({ canisterId, wasm: first, arg: nat32(5), sender: OWNER });
      expect(await hash()).toEqual(sha256(first));
      await actor.add(2);
      expect(await actor.get()).toBe(7);
      await expect(pic.installCode({ canisterId, wasm: first, sender: OWNER })).rejects.toThrow();

      await pic.upgradeCanister({ canisterId, wasm: second, sender: OWNER });
      expect(await hash()).toEqual(sha256(second));
      await actor.add(2);
      expect(await actor.get()).toBe(27);

      await pic.upgradeCanister({
        canisterId,
        wasm: first,
        sender: OWNER,
        upgradeModeOptions: { skip_pre_upgrade: [true], wasm_memory_persistence: [] },
      });
      expect(await actor.get()).toBe(7);

      await pic.reinstallCode({ canisterId, wasm: second, arg: nat32(1), sender: OWNER });
      expect(await actor.get()).toBe(1);
      await expect(pic.reinstallCode({ canisterId, wasm: first, sender: STRANGER })).rejects.toThrow(
        /CanisterInvalidController/,
      );
      expect(await actor.get()).toBe(1);
    });

    rule('is set up in one step', async ({ pic }) => {
      const wasm = await counter({ padding });
      const { actor, canisterId } = await pic.setupCanister<Counter>({
        idlFactory: counterFactory,
        wasm,
        arg: nat32(3),
      });
      expect(await actor.get()).toBe(3);
      expect((await pic.canisterStatus({ canisterId })).moduleHash).toEqual(sha256(wasm));
    });
  });
}

conformance('canisters through @dfinity/pic', (rule) => {
  rule('settings are given at creation, changed, and read', async ({ pic }) => {
    const canisterId = await pic.createCanister({
      controllers: [OWNER],
      freezingThreshold: 100n,
      memoryAllocation: 1_000_000_000n,
      computeAllocation: 1n,
      reservedCyclesLimit: 7n,
      wasmMemoryLimit: 100_000_000n,
      wasmMemoryThreshold: 50_000n,
      environmentVariables: [{ name: 'COLOUR', value: 'blue' }],
      logVisibility: { public: null },
      snapshotVisibility: { allowedViewers: [STRANGER] },
    });
    const status = await pic.canisterStatus({ canisterId, sender: OWNER });
    expect(status.status).toEqual({ running: null });
    expect(status.settings).toMatchObject({
      freezingThreshold: 100n,
      memoryAllocation: 1_000_000_000n,
      computeAllocation: 1n,
      reservedCyclesLimit: 7n,
      wasmMemoryLimit: 100_000_000n,
      wasmMemoryThreshold: 50_000n,
      environmentVariables: [{ name: 'COLOUR', value: 'blue' }],
      logVisibility: { public: null },
    });
    expect(status.queryStats.numCallsTotal).toBe(0n);

    await pic.updateCanisterSettings({
      canisterId,
      sender: OWNER,
      controllers: [OWNER, STRANGER],
      wasmMemoryThreshold: 60_000n,
      environmentVariables: [],
      logVisibility: { allowedViewers: [OWNER] },
      logMemoryLimit: 4_096n,
    });
    const changed = await pic.canisterStatus({ canisterId, sender: STRANGER });
    expect(changed.settings).toMatchObject({
      wasmMemoryThreshold: 60_000n,
      freezingThreshold: 100n,
      environmentVariables: [],
    });
    const controllers = await pic.getControllers(canisterId);
    expect(controllers.map(String).sort()).toEqual([OWNER, STRANGER].map(String).sort());
  });

  rule('a canister is stopped and started', async ({ pic }) => {
    const { actor, canisterId } = await pic.setupCanister<Counter>({
      idlFactory: counterFactory,
      wasm: await counter(),
    });
    await pic.stopCanister({ canisterId });
    expect((await pic.canisterStatus({ canisterId })).status).toEqual({ stopped: null });
    await expect(actor.add(1)).rejects.toThrow(/Error code: CanisterStopped\. Certified: (true|false)/);
    await pic.startCanister({ canisterId });
    await actor.add(1);
    expect(await actor.get()).toBe(1);
  });

  rule("a trap's text reaches the test", async ({ pic }) => {
    const { actor } = await pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm: await counter() });
    await expect(actor.fail()).rejects.toThrow(
      /^Canister call failed: .*the counter fails.*Reject code: CanisterError\. Error code: CanisterCalledTrap\. Certified: true$/s,
    );
  });

  rule('cycles are exact', async ({ pic }) => {
    const canisterId = await pic.createCanister({ cycles: 10n ** 18n });
    const before = BigInt(await pic.getCyclesBalance(canisterId));
    const amounts = [7n, 2n ** 53n + 1n, 12_345_678_901_234_567_890n];
    let expected = before;
    for (const amount of amounts) {
      expected += amount;
      expect(BigInt(await pic.addCycles(canisterId, amount))).toBe(expected);
    }
    expect(BigInt(await pic.getCyclesBalance(canisterId))).toBe(expected);
    await expect(pic.getCyclesBalance(UNKNOWN)).rejects.toThrow(/PocketIC server error: .*CanisterNotFound/);
  });

  rule('stable memory is written and read', async ({ pic }) => {
    const { canisterId } = await pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm: await counter() });
    const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    await pic.setStableMemory(canisterId, content);
    const read = new Uint8Array(await pic.getStableMemory(canisterId));
    expect(read.length % 65_536).toBe(0);
    expect(Buffer.from(read.subarray(0, content.length)).equals(content)).toBe(true);
    const empty = await pic.createCanister();
    await expect(pic.getStableMemory(empty)).rejects.toThrow(/PocketIC server error: .*CanisterIsEmpty/);
  });

  rule('a deferred call runs when rounds run', async ({ pic }) => {
    const { actor, canisterId } = await pic.setupCanister<Counter>({
      idlFactory: counterFactory,
      wasm: await counter(),
    });
    const deferred = pic.createDeferredActor<Counter>(counterFactory, canisterId);
    const answers = [await deferred.add(1), await deferred.add(10), await deferred.add(100)];
    expect(await actor.get()).toBe(0);
    await pic.tick(2);
    expect(await actor.get()).toBe(111);
    for (const answer of answers) expect(await answer()).toBeNull();
  });

  rule('many calls at once get their own answers', async ({ pic }) => {
    const wasm = await counter();
    const counters = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        pic.setupCanister<Counter>({ idlFactory: counterFactory, wasm, arg: nat32(index) }),
      ),
    );
    await Promise.all(counters.map(({ actor }) => actor.add(100)));
    expect(await Promise.all(counters.map(({ actor }) => actor.get()))).toEqual(
      counters.map((_, index) => index + 100),
    );
  });

  rule('the topology has the subnet of every canister', async ({ pic }) => {
    const [subnet, ...others] = await pic.getApplicationSubnets();
    if (subnet === undefined) throw new Error('There is no application subnet.');
    expect(others).toEqual([]);
    const canisterId = await pic.createCanister();
    expect(String(await pic.getCanisterSubnetId(canisterId))).toBe(String(subnet.id));
    expect(await pic.getCanisterSubnetId(UNKNOWN)).toBeNull();

    const id = await pic.getDefaultEffectiveCanisterId();
    const [first] = subnet.canisterRanges;
    if (first === undefined) throw new Error('The subnet has no range.');
    expect(String(id)).toBe(String(first.start));
    expect(canisterId.ltEq(first.end) && first.start.ltEq(canisterId)).toBe(true);

    const onSubnet = await pic.createCanister({ targetSubnetId: subnet.id });
    expect(String(await pic.getCanisterSubnetId(onSubnet))).toBe(String(subnet.id));
    await expect(pic.createCanister({ targetSubnetId: UNKNOWN })).rejects.toThrow(/PocketIC server error/);
  });

  rule('no outcall is pending when no canister made one', async ({ pic }) => {
    expect(await pic.getPendingHttpsOutcalls()).toEqual([]);
  });
});
