/** Snapshots reference, sections 4 and 5: what a snapshot weighs and costs. */
import type { Principal } from '@icp-sdk/core/principal';
import { expect } from 'vitest';
import { i32 } from '../harness/bytes.ts';
import type { Ic } from '../harness/ic.ts';
import { deployParts } from '../harness/parts.ts';
import { rejectOf } from '../harness/rejects.ts';
import { conformance } from '../harness/servers.ts';
import { wat } from '../harness/wat.ts';

const PAGES_OF_100_MIB = 1_600;
const PAGES_OF_40_GIB = 655_360;
const MIB = 1_048_576n;

const sizesOf = async (ic: Ic, canister: Principal) => {
  const { memory_size, memory_metrics, idle_cycles_burned_per_day } = await ic.status(canister);
  return { memory: memory_size, snapshots: memory_metrics.snapshots_size, idle: idle_cycles_burned_per_day };
};

conformance('the weight and the cost of snapshots', (rule) => {
  rule(
    'checklist 6: snapshots count in snapshots_size, in memory_size and in the idle burn, until they are deleted',
    async (ic) => {
      const canister = await deployParts(ic);
      await ic.call(canister, 'grow_stable', i32(PAGES_OF_100_MIB));
      const before = await sizesOf(ic, canister);
      expect(before.snapshots).toBe(0n);
      const first = await ic.take(canister);
      const second = await ic.take(canister);
      const after = await sizesOf(ic, canister);
      expect(after.snapshots).toBe(first.total_size + second.total_size);
      expect(after.memory - before.memory).toBe(first.total_size + second.total_size);
      // 127 000 cycles for one GiB and second.
      const burn = ((first.total_size + second.total_size) * 127_000n * 86_400n) / (1_024n * MIB);
      expect(after.idle - before.idle).toBeGreaterThan((burn * 99n) / 100n);
      expect(after.idle - before.idle).toBeLessThan((burn * 101n) / 100n);
      await ic.manage('delete_canister_snapshot', { canister_id: canister, snapshot_id: first.id });
      await ic.manage('delete_canister_snapshot', { canister_id: canister, snapshot_id: second.id });
      expect(await sizesOf(ic, canister)).toEqual(before);
    },
  );

  rule('a replacement counts once', async (ic) => {
    const canister = await deployParts(ic);
    const first = await ic.take(canister);
    const second = await ic.take(canister, { replace: first.id });
    expect((await sizesOf(ic, canister)).snapshots).toBe(second.total_size);
  });

  rule('checklist 6: take costs 5 M + 2 G + one cycle a byte, from the target', async (ic) => {
    const canister = await deployParts(ic);
    await ic.call(canister, 'grow_stable', i32(PAGES_OF_100_MIB));
    const before = (await ic.status(canister)).cycles;
    const { total_size } = await ic.take(canister);
    const cost = before - (await ic.status(canister)).cycles;
    const price = 5_000_000n + 2_000_000_000n + total_size;
    expect(cost).toBeGreaterThan(price);
    // Beyond the price there is the reception of the two messages in between.
    expect(cost).toBeLessThan(price + 10_000_000n);
  });

  rule('checklist 6: list, delete, start and stop cost nothing but the message', async (ic) => {
    const canister = await deployParts(ic);
    const { id } = await ic.take(canister);
    const before = (await ic.status(canister)).cycles;
    await ic.snapshots(canister);
    await ic.manage('stop_canister', { canister_id: canister });
    await ic.manage('start_canister', { canister_id: canister });
    await ic.manage('delete_canister_snapshot', { canister_id: canister, snapshot_id: id });
    expect(before - (await ic.status(canister)).cycles).toBeLessThan(20_000_000n);
  });

  rule(
    'checklist 6: what would sink below the freezing limit at the new size is IC0532, and nothing was taken',
    async (ic) => {
      const canister = await deployParts(ic, { cycles: 1_000_000_000_000n });
      await ic.call(canister, 'grow_stable', i32(PAGES_OF_100_MIB));
      // 100 MiB burn about 12 400 cycles a second: frozen below 620 G now, and below 1 240 G with a snapshot.
      await ic.pic.updateCanisterSettings({ canisterId: canister, freezingThreshold: 50_000_000n });
      const refused = await rejectOf(ic.take(canister));
      expect(refused.errorCode).toBe('IC0532');
      expect(refused.message).toMatch(
        /^Canister cannot grow memory by \d+ bytes due to insufficient cycles\. At least [\d_]+ additional cycles are required\./,
      );
      expect(await ic.snapshots(canister)).toEqual([]);
      await ic.pic.updateCanisterSettings({ canisterId: canister, freezingThreshold: 1_000_000n });
      await ic.take(canister);
    },
  );

  rule('checklist 10: a target that cannot pay for the take itself is IC0207', async (ic) => {
    const canister = await ic.deploy(await wat(SPENDER), { cycles: 1_000_000_000_000n, freezingThreshold: 0n });
    // What is left is what every execution holds back, about 40 G; a snapshot of 40 GiB costs 45 G.
    await ic.call(canister, 'grow', i32(PAGES_OF_40_GIB));
    await ic.call(canister, 'burn');
    const refused = await rejectOf(ic.take(canister));
    expect(refused.errorCode).toBe('IC0207');
    expect(refused.message).toMatch(
      new RegExp(`^Canister snapshotting failed with: \`Canister ${canister} is out of cycles`),
    );
    expect(await ic.snapshots(canister)).toEqual([]);
  });
});

/** Has much stable memory, and burns whatever it may. */
const SPENDER = `(module
  (memory 1)
  (func (export "canister_update grow")
    (drop (call $ic0.stable64_grow (i64.extend_i32_u (call $lib.arg_i32))))
    (call $ic0.msg_reply))
  (func (export "canister_update burn")
    (call $ic0.cycles_burn128 (i64.const 0) (i64.const 0x7fffffffffffffff) (i32.const 0))
    (call $ic0.msg_reply)))`;
