import { bigEndian64, bytesToHex, concatBytes } from '../../bytes.ts';
import { chunkStoreBytes, globalsBytes } from '../../cycles.ts';
import { ok, type Reject, type Result, reject } from '../../errors.ts';
import { MAX_SNAPSHOTS_PER_CANISTER } from '../../limits.ts';
import { canisterNumber, type PrincipalText, principalFromBytes, principalToBytes } from '../../principal.ts';
import type { CanisterCode, CanisterState, IcState, Snapshot } from '../../state/types.ts';
import { findCanister } from '../checks.ts';
import type { CanisterIdArgs } from '../idl.ts';
import { isAllowed } from '../logs.ts';
import { fail } from '../method.ts';
import { notController, snapshotNotFound, snapshotOfAnother, undecodable } from '../rejects.ts';
import type { ManagementContext } from '../types.ts';

const NUMBER_BYTES = 8;
const SNAPSHOT_ID_BYTES = 18;

/** What a snapshot id says: 8 bytes of number, big-endian, then the id of the canister it was made for. */
export interface SnapshotId {
  readonly hex: string;
  readonly owner: PrincipalText;
  /** As error texts print it. */
  readonly text: string;
}

/** IC0408 for bytes that are no snapshot id. */
export function parseSnapshotId(bytes: Uint8Array): Result<SnapshotId> {
  const problem = fail(undecodable(`Invalid snapshot ID: ${bytesToHex(bytes)}`));
  if (bytes.length !== SNAPSHOT_ID_BYTES) return problem;
  const owner = principalFromBytes(bytes.subarray(NUMBER_BYTES));
  if (canisterNumber(owner) === null) return problem;
  const number = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return ok({ hex: bytesToHex(bytes), owner, text: `${owner}-${number}` });
}

/** The id of the next snapshot; numbers are never used twice. The caller counts `snapshotsMade` up. */
export function nextSnapshotId(canister: CanisterState): Uint8Array {
  return concatBytes(bigEndian64(canister.snapshotsMade), principalToBytes(canister.id));
}

/** Any snapshot of the subnet. */
export function lookUp(state: IcState, id: SnapshotId): Snapshot | undefined {
  return state.canisters.get(id.owner)?.snapshots.get(id.hex);
}

/** A snapshot of this canister: IC0408 for a malformed id, IC0305 if there is none, IC0406 if it is another's. */
export function ownSnapshot(state: IcState, canister: CanisterState, idBytes: Uint8Array): Result<Snapshot> {
  const id = parseSnapshotId(idBytes);
  if (!id.ok) return id;
  const snapshot = lookUp(state, id.value);
  if (snapshot === undefined) return fail(snapshotNotFound(canister.id, id.value.text));
  if (snapshot.canisterId !== canister.id) return fail(snapshotOfAnother(canister.id, id.value.text));
  return ok(snapshot);
}

/** What a new snapshot takes the place of: a snapshot of the canister, or a free slot (null), or IC0406. */
export function replacedSnapshot(
  state: IcState,
  canister: CanisterState,
  idBytes: Uint8Array | undefined,
): Result<Snapshot | null> {
  if (idBytes !== undefined) return ownSnapshot(state, canister, idBytes);
  if (canister.snapshots.size < MAX_SNAPSHOTS_PER_CANISTER) return ok(null);
  return fail(
    reject(
      'IC0406',
      `Canister ${canister.id} has reached the maximum number of snapshots allowed: ${MAX_SNAPSHOTS_PER_CANISTER}.\n` +
        'Delete one, or name one to replace.',
    ),
  );
}

/** The canister, if the sender may read its snapshots: its controllers, and others by `snapshot_visibility`. */
export function findReadable(context: ManagementContext, args: CanisterIdArgs): Result<CanisterState> {
  const found = findCanister(context, args.canister_id);
  if (!found.ok) return found;
  const canister = found.value;
  if (isAllowed(canister, canister.settings.snapshotVisibility, context.sender)) return found;
  return fail(notController(canister, context.sender));
}

/** Bytes as they count for storage: full memories, module, globals, chunks as 1 MiB each, certified data. */
export function snapshotSize(
  code: Pick<CanisterCode, 'memory' | 'stableMemory' | 'wasmModule' | 'globals' | 'certifiedData'>,
  chunks: number,
): bigint {
  const bytes = code.memory.size + code.stableMemory.size + code.wasmModule.length + code.certifiedData.length;
  return BigInt(bytes) + globalsBytes(code.globals.length) + chunkStoreBytes(chunks);
}

export function emptyCanister(canister: CanisterState): Reject {
  return reject('IC0406', `Failed to create snapshot for empty canister ${canister.id}:\nInstall code first.`);
}
