/**
 * Ids of canister snapshots: the canister's own counter as eight big-endian bytes, then the canister's id. Tools print
 * them as hexadecimal text (`000000000000000080000000001000010101`), the replica's errors as `<canister>-<number>`.
 */
import { bytesToHex, hexToBytes } from './bytes.ts';
import { MAX_PRINCIPAL_BYTES, principalFromText, principalToText } from './principal.ts';

const COUNTER_BYTES = 8;

/** What a snapshot id says. `number` counts up from 0 with every snapshot ever made of that canister. */
export interface SnapshotIdParts {
  /** Text of the canister that the snapshot is of. */
  readonly canister: string;
  readonly number: bigint;
}

/** The parts of a snapshot id; undefined if the bytes cannot be one. */
export function decodeSnapshotId(id: Uint8Array): SnapshotIdParts | undefined {
  if (id.length <= COUNTER_BYTES || id.length > COUNTER_BYTES + MAX_PRINCIPAL_BYTES) return undefined;
  const number = new DataView(id.buffer, id.byteOffset, COUNTER_BYTES).getBigUint64(0);
  return { canister: principalToText(id.subarray(COUNTER_BYTES)), number };
}

/** The id of a canister's snapshot; undefined if `canister` is not the text of a principal or the number needs more than 64 bits. */
export function encodeSnapshotId(parts: SnapshotIdParts): Uint8Array | undefined {
  const canister = principalFromText(parts.canister);
  if (canister === undefined || canister.length === 0 || BigInt.asUintN(64, parts.number) !== parts.number)
    return undefined;
  const id = new Uint8Array(COUNTER_BYTES + canister.length);
  new DataView(id.buffer).setBigUint64(0, parts.number);
  id.set(canister, COUNTER_BYTES);
  return id;
}

/** A snapshot id as dfx and icp print it. */
export function snapshotIdToHex(id: Uint8Array): string {
  return bytesToHex(id);
}

/** A snapshot id from the text that dfx and icp print; undefined if it is not one. */
export function snapshotIdFromHex(text: string): Uint8Array | undefined {
  const id = hexToBytes(text);
  return id !== undefined && decodeSnapshotId(id) !== undefined ? id : undefined;
}
