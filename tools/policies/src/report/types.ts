import type { CandidError } from '@canister-backup/shared';
import type { Plan, Step, Wanted } from '../core/types.ts';
import type { Foreseen } from '../shell/foresee.ts';
import type { Trouble } from '../shell/wellness.ts';

/** Everything that a report is made of. */
export interface Seen {
  readonly manager: string;
  readonly network: string;
  readonly asker: { readonly name: string; readonly principal: string };
  readonly file: string;
  readonly wanted: Wanted;
  /** How many targets the manager has. */
  readonly registered: number;
  readonly plan: Plan;
  readonly foreseen: Foreseen;
  readonly troubles: readonly Trouble[];
}

/** A step that was carried out, or refused. */
export interface Applied {
  readonly step: Step;
  readonly error?: CandidError | undefined;
}
