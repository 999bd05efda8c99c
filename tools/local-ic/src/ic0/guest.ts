import { canisterTrapped, contractViolation, type Execution } from './execution.ts';

/** What host functions reach of the instance that calls them. */
export interface Guest {
  /** The execution under way. */
  readonly execution: () => Execution;
  /** The instance's memory as it is now (growing replaces the buffer); empty if it has none. */
  readonly memory: () => Uint8Array;
  /** Takes instructions off the budget, one for each byte moved. */
  readonly charge: (bytes: number) => void;
  /** Instructions used by this execution so far. */
  readonly used: () => bigint;
}

export type HostFunction = (...parameters: never[]) => unknown;
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** A copy of guest bytes. Traps out of bounds. */
export function readGuest(guest: Guest, pointer: number, size: number): Uint8Array {
  return guestSlice(guest, pointer, size).slice();
}

/** A view of guest bytes, valid until the guest runs again. Traps out of bounds. */
export function guestSlice(guest: Guest, pointer: number, size: number): Uint8Array {
  const start = pointer >>> 0;
  const length = size >>> 0;
  guest.charge(length);
  const memory = guest.memory();
  if (start + length > memory.length) canisterTrapped('heap out of bounds');
  return memory.subarray(start, start + length);
}

/** The `x_copy` functions: part of a blob into guest memory. */
export function copyBlob(
  guest: Guest,
  blob: Uint8Array,
  range: readonly [dst: number, offset: number, size: number],
): void {
  const [dst, offset, size] = [range[0] >>> 0, range[1] >>> 0, range[2] >>> 0];
  if (offset + size > blob.length) {
    contractViolation(`the slice from ${offset}, ${size} bytes, lies outside the data of ${blob.length} bytes.`);
  }
  guestSlice(guest, dst, size).set(blob.subarray(offset, offset + size));
}

const MASK_64 = 0xffff_ffff_ffff_ffffn;

/** An amount of cycles as 16 bytes, little-endian. */
export function writeAmount(guest: Guest, pointer: number, amount: bigint): void {
  const target = guestSlice(guest, pointer, 16);
  const view = new DataView(target.buffer, target.byteOffset, 16);
  view.setBigUint64(0, amount & MASK_64, true);
  view.setBigUint64(8, amount >> 64n, true);
}

/** An amount given as two 64-bit halves. */
export function amountOf(high: bigint, low: bigint): bigint {
  return (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
}

/** An amount as one 64-bit result. Traps above. */
export function amount64(amount: bigint): bigint {
  if (amount > MASK_64) canisterTrapped('cycles amount exceeds 64-bit representation');
  return amount;
}
