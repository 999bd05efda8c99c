/**
 * Estimate of what one call takes of the host's stack, whichever of V8's two compilers made the code.
 *
 * Measured on x64 with V8 11.3 (Node 20): the frame sizes in the prologues of all functions that `--perf-prof` dumps
 * for two azle canisters, resvg (Rust) and SQLite (C), and the depth that random recursive functions reach under
 * `--stack-size`. Liftoff never takes more than 0.83 of header and slots. TurboFan took up to 3.7 times that in long
 * functions: it keeps common subexpressions and the versions of one local apart, up to 13 bytes for each unit of the
 * square root of the operator count. With that term no function of this corpus takes more than its estimate, and an
 * azle canister's recursion takes 0.6 to 0.7 of it. Of esbuild's 5 307 functions (Go, which hardly uses locals) 40 take
 * more, up to 2.5 times.
 *
 * It is not a proof. A function written for it, with thousands of equal expressions on both sides of a call, takes up
 * to 1.2 bytes per operator; then V8's own limit ends the recursion (a RangeError, no crash), unless the host's stack is
 * larger than the budget by as much. So give the host half as much again: 6 000 KB of stack for DEFAULT_CALL_STACK_BYTES.
 */

/** Budget that suits a host with 6 000 KB of stack or more, in estimated bytes. */
export const DEFAULT_CALL_STACK_BYTES: number = 4 * 1024 * 1024;

/** Return address, saved registers and V8's frame header. */
const HEADER_BYTES = 64;
const SLOT_BYTES = 8;
const VECTOR_SLOT_BYTES = 16;
/** Bytes for each unit of the square root of the operator count. */
const SPILL_BYTES = 14;
/** Locals that the rewriter may add to a function. */
const SCRATCH_LOCALS = 3;

export interface FrameShape {
  /** Parameters and locals. */
  readonly locals: number;
  /** Highest operand stack. */
  readonly operands: number;
  readonly operators: number;
  /** Whether any value may be a v128. */
  readonly hasVectors: boolean;
}

/** Bytes of one call's stack. */
export function estimateFrameBytes({ locals, operands, operators, hasVectors }: FrameShape): number {
  const slots = locals + SCRATCH_LOCALS + operands;
  const spills = SPILL_BYTES * Math.ceil(Math.sqrt(operators));
  return HEADER_BYTES + slots * (hasVectors ? VECTOR_SLOT_BYTES : SLOT_BYTES) + spills;
}
