import { MAX_CERTIFIED_DATA_BYTES, WASM_PAGE_BYTES } from '../limits.ts';
import { canisterTrapped, contractViolation } from './execution.ts';
import { type Guest, guestSlice, type HostFunctions, readGuest } from './guest.ts';
import { growStable, readStable, writeStable } from './stable.ts';

const FOUR_GIB = 4_294_967_296;

/** Stable memory, certified data and the certificate of a query. */
export function storageFunctions(guest: Guest): HostFunctions {
  const stable = () => guest.execution().stable;
  const read = (dst: number, offset: number, size: number) => {
    inBounds(guest, offset, size);
    readStable(stable(), offset, guestSlice(guest, dst, size));
  };
  const write = (offset: number, source: number, size: number) => {
    inBounds(guest, offset, size);
    writeStable(stable(), offset, guestSlice(guest, source, size));
  };
  const guard32 = () => {
    if (stable().size > FOUR_GIB) canisterTrapped('32 bit stable memory api used on a memory larger than 4GB');
  };
  const certificate = () =>
    guest.execution().input.dataCertificate?.() ?? contractViolation('there is no data certificate here.');
  return {
    stable64_size: () => BigInt(stable().size / WASM_PAGE_BYTES),
    stable64_grow: (pages: bigint) => BigInt(growStable(stable(), number64(pages))),
    stable64_write: (offset: bigint, source: bigint, size: bigint) =>
      write(number64(offset), pointer(source), pointer(size)),
    stable64_read: (dst: bigint, offset: bigint, size: bigint) => read(pointer(dst), number64(offset), pointer(size)),
    stable_size: () => {
      guard32();
      return stable().size / WASM_PAGE_BYTES;
    },
    stable_grow: (pages: number) => {
      guard32();
      if (stable().size + (pages >>> 0) * WASM_PAGE_BYTES > FOUR_GIB) return -1;
      return growStable(stable(), pages >>> 0);
    },
    stable_write: (offset: number, source: number, size: number) => {
      guard32();
      write(offset >>> 0, source >>> 0, size >>> 0);
    },
    stable_read: (dst: number, offset: number, size: number) => {
      guard32();
      read(dst >>> 0, offset >>> 0, size >>> 0);
    },
    certified_data_set: (source: number, size: number) => {
      if (size >>> 0 > MAX_CERTIFIED_DATA_BYTES) {
        contractViolation(
          `ic0_certified_data_set failed because the passed data must be no larger than ${MAX_CERTIFIED_DATA_BYTES} bytes. Found ${size >>> 0} bytes`,
        );
      }
      guest.execution().certifiedData = readGuest(guest, source, size);
    },
    data_certificate_present: () => (guest.execution().input.dataCertificate === null ? 0 : 1),
    data_certificate_size: () => certificate().length,
    data_certificate_copy: (dst: number, offset: number, size: number) => {
      const blob = certificate();
      if ((offset >>> 0) + (size >>> 0) > blob.length) contractViolation('the slice lies outside the certificate.');
      guestSlice(guest, dst, size).set(blob.subarray(offset >>> 0, (offset >>> 0) + (size >>> 0)));
    },
  };
}

function inBounds(guest: Guest, offset: number, size: number): void {
  if (offset + size > guest.execution().stable.size) canisterTrapped('stable memory out of bounds');
}

/** Offsets and sizes are exact as numbers below 2^53; anything above lies outside every memory. */
function number64(value: bigint): number {
  return Number(BigInt.asUintN(64, value));
}

/** A 64-bit pointer into a 32-bit memory. */
function pointer(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned > 0xffff_ffffn) canisterTrapped('heap out of bounds');
  return Number(unsigned);
}
