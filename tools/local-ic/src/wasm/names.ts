/** Export names that the rewriter adds; the author's own may not start with the prefix. */
import { RESERVED_PREFIX } from './rules.ts';

/** Exported mutable globals with which the host limits an execution and learns how it went. */
export const METER = {
  /**
   * i64. The host sets the budget in instructions; it counts down. Below zero after an execution, whether that trapped
   * or returned, means that the limit was exceeded.
   */
  gas: `${RESERVED_PREFIX}gas`,
  /**
   * i32. The host sets the bytes of call stack left; it counts down and up. Below zero after a trap means stack
   * overflow. A trap leaves it where it was, so the host sets it before every execution.
   */
  stack: `${RESERVED_PREFIX}stack`,
} as const;

export const MEMORY_EXPORT: string = `${RESERVED_PREFIX}memory`;
export const TABLE_EXPORT: string = `${RESERVED_PREFIX}table`;
export const START_EXPORT: string = `${RESERVED_PREFIX}start`;

export function globalExport(index: number): string {
  return `${RESERVED_PREFIX}global ${index}`;
}
