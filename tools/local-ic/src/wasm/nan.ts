/**
 * NaNs are made canonical after each operator that can produce one, as the replica does. WebAssembly leaves their sign
 * and payload open, and x64, arm64 and V8's two compilers differ in them; so a canister's memory depends on neither
 * the CPU nor on when its code was optimized. It costs less than the benchmark's noise for interpreters such as
 * QuickJS. Loads, stores, moves, abs, neg, copysign and reinterpretations keep bits as they are, as they must.
 */
import { Event } from './tape.ts';

/** `x` is in a local and on the stack: push the canonical NaN, … */
export const CANONICAL_NAN: Uint8Array[] = [];
CANONICAL_NAN[Event.NanF32] = new Uint8Array([0x43, 0, 0, 0xc0, 0x7f]);
CANONICAL_NAN[Event.NanF64] = new Uint8Array([0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
CANONICAL_NAN[Event.NanF32x4] = new Uint8Array([
  0xfd, 12, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f,
]);
CANONICAL_NAN[Event.NanF64x2] = new Uint8Array([0xfd, 12, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);

/** … push `x` twice, then: eq and select, or for vectors eq and bitselect lane by lane. */
export const PICK_NUMBER: Uint8Array[] = [];
PICK_NUMBER[Event.NanF32] = new Uint8Array([0x5b, 0x1b]);
PICK_NUMBER[Event.NanF64] = new Uint8Array([0x61, 0x1b]);
PICK_NUMBER[Event.NanF32x4] = new Uint8Array([0xfd, 65, 0xfd, 82]);
PICK_NUMBER[Event.NanF64x2] = new Uint8Array([0xfd, 71, 0xfd, 82]);
