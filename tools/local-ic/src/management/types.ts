import type { Reject } from '../errors.ts';
import type { Machine } from '../execution/machine.ts';
import type { PrincipalText } from '../principal.ts';
import type { CallContext, IcState, ManagementRequest } from '../state/types.ts';

/** The answer to a request that waited. `prefixed`: a calling canister sees the error code in front of the message. */
export type ManagementAnswer = { readonly reply: Uint8Array } | { readonly reject: Reject; readonly prefixed: boolean };

/** Answers a request that was kept: `stop_canister`, `raw_rand`. Given by the scheduler. */
export type Answer = (request: ManagementRequest, answer: ManagementAnswer) => void;

/**
 * Answers the caller of an open call context with a reject, giving back the cycles it still holds. The caller of this
 * function removes the call context. Given by the scheduler.
 */
export type RespondToCall = (canisterId: PrincipalText, callContext: CallContext, reject: Reject) => void;

/** What a management method may see and change. A method changes the state only if it succeeds. */
export interface ManagementContext {
  readonly state: IcState;
  readonly machine: Machine;
  readonly request: ManagementRequest;
  readonly sender: PrincipalText;
  readonly senderIsCanister: boolean;
  /** Block time, nanoseconds. */
  readonly time: bigint;
  readonly answer: Answer;
  readonly respondToCall: RespondToCall;
}

/**
 * How a management call ended. `instructions` are charged to the round's management budget; fees are already taken from
 * the canister that pays. `acceptedCycles` of what the call carried stay with the method, the rest goes back.
 */
export type ManagementOutcome =
  | {
      readonly kind: 'reply';
      readonly data: Uint8Array;
      readonly instructions: bigint;
      readonly acceptedCycles: bigint;
    }
  | { readonly kind: 'reject'; readonly reject: Reject; readonly instructions: bigint }
  /** The method keeps the request and answers it later. */
  | { readonly kind: 'waits' };

/** The canister that a call's argument names, or none; or why the argument cannot be decoded. */
export type EffectiveCanister = { readonly canisterId: PrincipalText | null } | { readonly reject: Reject };

/**
 * Which users may call a method by ingress. Controllers, and viewers by `snapshot_visibility`, are checked at the door
 * (IC0512); `nobody` means that only canisters may call it (IC0406).
 */
export type IngressRule = 'nobody' | 'anyone' | 'controllers' | 'snapshot_viewers';

/** One method of aaaaa-aa. The argument is the call's Candid payload; each method decodes it itself. */
export interface ManagementMethod {
  readonly name: string;
  readonly ingress: IngressRule;
  /** Consumes the round's management budget, so it waits when that is used up. */
  readonly budgeted: boolean;
  readonly run: (context: ManagementContext) => ManagementOutcome;
  /** For routing an ingress call. */
  readonly effectiveCanister: (payload: Uint8Array) => EffectiveCanister;
}
