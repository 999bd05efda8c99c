/** Estimate of what one call takes of the host's stack. */

/** Bytes of a frame without values: return address, saved registers, V8's frame header. */
export const FRAME_BASE_BYTES = 64;
export const SLOT_BYTES = 8;
export const VECTOR_SLOT_BYTES = 16;

/** Locals that the rewriter may add to a function. */
export const SCRATCH_LOCALS = 3;

/** Upper bound, in bytes, of one call's stack: `slots` = parameters, locals and the highest operand stack. */
export function estimateFrameBytes(slots: number, hasVectors: boolean): number {
  return FRAME_BASE_BYTES + slots * (hasVectors ? VECTOR_SLOT_BYTES : SLOT_BYTES);
}
