import { bytesToHex } from '../../bytes.ts';
import { memoryUsage } from '../../cycles.ts';
import { checkMemoryChange, findControlled } from '../checks.ts';
import { CanisterIdArgs, SnapshotArgs, SnapshotsResult } from '../idl.ts';
import { defineMethod, refuse, reply, replyEmpty } from '../method.ts';
import { findReadable, ownSnapshot } from './common.ts';

export const listSnapshots = defineMethod<CanisterIdArgs>({
  name: 'list_canister_snapshots',
  ingress: 'snapshot_viewers',
  args: CanisterIdArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findReadable(context, args);
    if (!found.ok) return refuse(found.error);
    const snapshots = [...found.value.snapshots.values()].map(({ id, takenAt, size }) => ({
      id,
      taken_at_timestamp: takenAt,
      total_size: size,
    }));
    return reply(SnapshotsResult, snapshots);
  },
});

export const deleteSnapshot = defineMethod<SnapshotArgs>({
  name: 'delete_canister_snapshot',
  ingress: 'controllers',
  args: SnapshotArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const snapshot = ownSnapshot(context.state, canister, args.snapshot_id);
    if (!snapshot.ok) return refuse(snapshot.error);
    // As in the replica: also after the memory is given back the canister must not be frozen.
    const room = checkMemoryChange(context, canister, {
      newUsage: memoryUsage(canister) - snapshot.value.size,
      cost: 0n,
    });
    if (!room.ok) return refuse(room.error);
    canister.snapshots.delete(bytesToHex(snapshot.value.id));
    return replyEmpty();
  },
});
