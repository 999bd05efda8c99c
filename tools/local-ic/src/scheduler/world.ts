import type { Machine } from '../execution/machine.ts';
import type { IcState } from '../state/types.ts';

/** What a round works on: the state it changes, the machine that runs code, and what it counts. */
export interface World {
  readonly state: IcState;
  readonly machine: Machine;
  readonly counts: RoundCounts;
}

export interface RoundCounts {
  executions: number;
  instructions: bigint;
  changedPages: number;
  /** Instructions of management calls, against their own budget. */
  managementInstructions: bigint;
}

export function newCounts(): RoundCounts {
  return { executions: 0, instructions: 0n, changedPages: 0, managementInstructions: 0n };
}
