import type { Reject } from '../errors.ts';
import type { Machine } from '../execution/machine.ts';
import type { PrincipalText } from '../principal.ts';
import type { IcState, ManagementRequest } from '../state/types.ts';

/** What a management method may see and change. A method changes the state only if it succeeds. */
export interface ManagementContext {
  readonly state: IcState;
  readonly machine: Machine;
  readonly request: ManagementRequest;
  readonly sender: PrincipalText;
  readonly senderIsCanister: boolean;
  /** Block time, nanoseconds. */
  readonly time: bigint;
}

/**
 * How a management call ended. `instructions` are charged to the round's management budget; fees are already taken from
 * the canister that pays. `acceptedCycles` of what the call carried stay with the method, the rest goes back.
 */
export type ManagementOutcome =
  | { readonly kind: 'reply'; readonly data: Uint8Array; readonly instructions: bigint; readonly acceptedCycles: bigint }
  | { readonly kind: 'reject'; readonly reject: Reject; readonly instructions: bigint }
  /** The method keeps the request and answers it later. */
  | { readonly kind: 'waits' };

/** One method of aaaaa-aa. The argument is the call's Candid payload; each method decodes it itself. */
export interface ManagementMethod {
  readonly name: string;
  /** Whether users may call it by ingress, and who: `controllers` is checked at the door (IC0512). */
  readonly ingress: 'nobody' | 'anyone' | 'controllers';
  /** Consumes the round's management budget, so it waits when that is used up. */
  readonly budgeted: boolean;
  readonly run: (context: ManagementContext) => ManagementOutcome;
  /** The canister that an ingress call's argument names, for routing; null if the argument names none. Undecodable: a reject. */
  readonly effectiveCanister: (payload: Uint8Array) => { readonly canisterId: PrincipalText | null } | { readonly reject: Reject };
}
