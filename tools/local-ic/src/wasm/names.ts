/** Export names that the rewriter adds; the author's own may not start with the prefix. */
import { RESERVED_PREFIX } from './rules.ts';

/** Exported mutable globals with which the host limits an execution and learns how it went. */
export const METER = {
  /**
   * i64. The host sets the budget in instructions before each execution; it counts down. The host reads it when an
   * execution calls an import or has ended, and may take from it in an import. Below zero after a trap means that the
   * limit was exceeded; an execution that returns has kept to its limit.
   */
  gas: `${RESERVED_PREFIX}gas`,
  /**
   * i64, zero or less: charged but not yet taken from `gas`. It is zero whenever an import is called and after an
   * execution that returned; after a trap, `gas + pending` is what was left (the difference is a few thousand
   * instructions). The host only reads it.
   */
  pending: `${RESERVED_PREFIX}pending`,
  /**
   * i32. The host sets it to the bytes of call stack, more than zero, before each execution; that also tells the module
   * that a new execution begins. Below zero after a trap means stack overflow.
   */
  stack: `${RESERVED_PREFIX}stack`,
} as const;

export const MEMORY_EXPORT: string = `${RESERVED_PREFIX}memory`;
export const TABLE_EXPORT: string = `${RESERVED_PREFIX}table`;
export const CALLBACK_EXPORT: string = `${RESERVED_PREFIX}callback`;
export const START_EXPORT: string = `${RESERVED_PREFIX}start`;

export function globalExport(index: number): string {
  return `${RESERVED_PREFIX}global ${index}`;
}
