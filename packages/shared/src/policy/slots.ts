/**
 * The slot ledger: who may take one of the IC's ten snapshots of a canister, who gives way, and what is refused when none is
 * free. README.md has the same table for people.
 *
 * | Holder               | Slots             | Gives way to                      | When none is free                         |
 * | -------------------- | ----------------- | --------------------------------- | ----------------------------------------- |
 * | history              | 8, less the next four rows | the next four rows, by the rule of deletion | the take deletes one first, or is refused: `no_slot_yet` |
 * | pins                 | up to 5 of the 8  | nothing                           | refused: `too_many_pins`                  |
 * | the newest suspect   | 1 of the 8        | a newer suspect                   | as history                                |
 * | paced snapshots      | of the 8          | nothing, until their time         | as history                                |
 * | other controllers'   | of the 8          | nothing, never touched            | refused: `slots_full`                     |
 * | first safety snapshot | the ninth        | nothing for seven days            | the restore is refused: `safety_failed`   |
 * | second safety snapshot | the tenth       | nothing for seven days            | the restore is refused: `safety_failed`   |
 * | the take of a run    | any that is free  | nothing; over in the same run     | as history                                |
 * | a copy's lease       | reserved: one of the 8 | -                            | -                                         |
 * | an upgrade's way back | reserved: the tenth | -                              | -                                         |
 */
import { FREE_SLOTS, MAX_PINS, MAX_SAFETIES, MAX_SNAPSHOTS_PER_CANISTER } from '../limits.ts';

/** Who has a slot that the history could have otherwise. */
export interface Holders {
  /** Snapshots of other controllers. */
  readonly foreign: number;
  readonly pins?: number | undefined;
  /** 0 or 1. */
  readonly suspects?: number | undefined;
  /** Beyond the policy, and may not go yet. */
  readonly paced?: number | undefined;
}

/** How many slots the history has, before the newest good snapshot is considered. */
export function slotsForHistory({ foreign, pins = 0, suspects = 0, paced = 0 }: Holders): number {
  return Math.max(0, MAX_SNAPSHOTS_PER_CANISTER - FREE_SLOTS - foreign - pins - suspects - paced);
}

/** Whether the IC would take one more. @param listed snapshots of the canister, of all controllers */
export function slotFree(listed: number): boolean {
  return listed < MAX_SNAPSHOTS_PER_CANISTER;
}

/** Whether one more snapshot may be pinned. */
export function mayPin(pins: number): boolean {
  return pins < MAX_PINS;
}

/** What a restore is about to replace, and what is kept of earlier states. */
export interface BeforeRestore {
  /** There is no state to keep: the target has no code. */
  readonly empty: boolean;
  /** It is the state that the last restore left. */
  readonly unchanged: boolean;
  /** Safety snapshots that are not settled. */
  readonly safeties: number;
}

/**
 * - `take`: a safety snapshot has to be taken, or nothing may be loaded
 * - `keep`: the state is known already, so an earlier way back is enough
 * - `none`: there is nothing to keep
 * - `refuse`: it would have to be taken, and the ledger has no slot for a third
 */
export type SafetyClaim = 'take' | 'keep' | 'none' | 'refuse';

/** Whether a restore takes a safety snapshot. Whether a slot is free, `slotFree` says. */
export function safetyClaim({ empty, unchanged, safeties }: BeforeRestore): SafetyClaim {
  if (empty) return 'none';
  if (safeties > 0 && unchanged) return 'keep';
  return safeties < MAX_SAFETIES ? 'take' : 'refuse';
}
