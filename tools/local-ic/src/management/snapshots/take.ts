import { bytesToHex } from '../../bytes.ts';
import { executionFee, memoryMetrics, memoryUsage } from '../../cycles.ts';
import { FEES } from '../../limits.ts';
import type { CanisterCode, CanisterState, Snapshot } from '../../state/types.ts';
import { checkHeapDelta, checkMemoryChange, findControlled } from '../checks.ts';
import { addHeapDelta, heapDelta } from '../heap-delta.ts';
import { addHistory, changeOrigin } from '../history.ts';
import { SnapshotResult, TakeSnapshotArgs } from '../idl.ts';
import { defineMethod, refuse, reply } from '../method.ts';
import { uninstall } from '../uninstall.ts';
import { emptyCanister, nextSnapshotId, replacedSnapshot, snapshotSize } from './common.ts';

/**
 * The checks come in the reference's order: controller, replaced snapshot or free slot, rate limit, memory, cycles, code.
 * The status of the canister does not matter. It runs no code and changes no version, unless it uninstalls too.
 */
export const takeSnapshot = defineMethod<TakeSnapshotArgs>({
  name: 'take_canister_snapshot',
  ingress: 'controllers',
  budgeted: true,
  args: TakeSnapshotArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const { state, time } = context;
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const replaced = replacedSnapshot(state, canister, args.replace_snapshot[0]);
    if (!replaced.ok) return refuse(replaced.error);
    const rate = checkHeapDelta(canister, state);
    if (!rate.ok) return refuse(rate.error);
    const uninstalls = args.uninstall_code[0] ?? false;
    const size = canister.code === null ? 0n : snapshotSize(canister.code, canister.chunkStore.size);
    const freed = (replaced.value?.size ?? 0n) + (uninstalls ? codeBytes(canister) : 0n);
    const cost = executionFee(state, FEES.snapshotBase + size);
    const room = checkMemoryChange(context, canister, { newUsage: memoryUsage(canister) + size - freed, cost });
    if (!room.ok) return refuse(room.error);
    if (canister.code === null) return refuse(emptyCanister(canister));
    const snapshot = snapshotOf(canister, canister.code, time);
    if (replaced.value !== null) canister.snapshots.delete(bytesToHex(replaced.value.id));
    canister.snapshots.set(bytesToHex(snapshot.id), snapshot);
    canister.snapshotsMade += 1n;
    canister.cycles -= cost;
    addHeapDelta(state, canister, heapDelta(snapshot));
    if (uninstalls) {
      uninstall(canister, context.respondToCall);
      context.machine.forget(canister.id);
      addHistory(canister, {
        time,
        origin: changeOrigin(context, args.sender_canister_version),
        details: { kind: 'code_uninstall' },
      });
    }
    return reply(SnapshotResult, { id: snapshot.id, taken_at_timestamp: time, total_size: snapshot.size });
  },
});

function snapshotOf(canister: CanisterState, code: CanisterCode, time: bigint): Snapshot {
  return {
    id: nextSnapshotId(canister),
    canisterId: canister.id,
    takenAt: time,
    size: snapshotSize(code, canister.chunkStore.size),
    source: 'taken_from_canister',
    canisterVersion: canister.version,
    code: { ...code },
    chunkStore: new Map(canister.chunkStore),
    globalTimer: canister.globalTimer,
    lowMemoryHook: canister.lowMemoryHook,
    checkpointed: canister.checkpointed,
  };
}

/** What an uninstall frees. */
function codeBytes(canister: CanisterState): bigint {
  const metrics = memoryMetrics(canister);
  return (
    metrics.wasmMemory +
    metrics.stableMemory +
    metrics.globals +
    metrics.wasmBinary +
    metrics.customSections +
    metrics.chunkStore
  );
}
