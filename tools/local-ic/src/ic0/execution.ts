import type { ErrorCode } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { SubnetConfig, TableFunction } from '../state/types.ts';
import type { StableOverlay } from './stable.ts';

/** What one execution is told. Constant while it runs. */
export interface ExecutionInput {
  readonly canisterId: PrincipalText;
  /** One bit of `contexts.ts`. */
  readonly context: number;
  /** The mode's name in error texts. */
  readonly mode: string;
  readonly replicated: boolean;
  readonly time: bigint;
  readonly caller: PrincipalText;
  readonly arg: Uint8Array;
  /** Method name for inspect_message. */
  readonly method: string;
  readonly rejectCode: number;
  readonly rejectMessage: string;
  readonly deadline: bigint;
  readonly cyclesAvailable: bigint;
  readonly cyclesRefunded: bigint;
  /** Main balance at the start, what this execution prepaid already taken off. */
  readonly balance: bigint;
  readonly freezingLimit: bigint;
  readonly version: bigint;
  /** 1 running, 2 stopping, 3 stopped. */
  readonly status: number;
  readonly controllers: readonly PrincipalText[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly globalTimer: bigint;
  /** Made when the canister first asks for it: most queries do not, and signing takes long. */
  readonly dataCertificate: (() => Uint8Array) | null;
  readonly instructionLimit: bigint;
  /** Instructions of the call context before this execution. */
  readonly contextInstructions: bigint;
  /** Requests from this canister to that receiver that are not answered yet. */
  readonly inFlight: (receiver: PrincipalText) => number;
  readonly config: SubnetConfig;
  readonly maxReplyBytes: number;
  /** This call of a host function traps (1 = first); 0: none. */
  readonly trapAtHostCall: number;
}

export interface OutgoingCall {
  readonly receiver: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly cycles: bigint;
  readonly reply: TableFunction;
  readonly reject: TableFunction;
  readonly cleanup: TableFunction | null;
  /** 0n: guaranteed response. */
  readonly deadline: bigint;
  /** Cycles held until the answer. */
  readonly prepaid: bigint;
}

/** A call between `call_new` and `call_perform`. */
export interface CallUnderConstruction {
  readonly receiver: PrincipalText;
  readonly method: Uint8Array;
  readonly payload: Uint8Array[];
  payloadBytes: number;
  cycles: bigint;
  readonly reply: TableFunction;
  readonly reject: TableFunction;
  cleanup: TableFunction | null;
  timeoutSeconds: number | null;
}

/** The effects of an execution so far: data, until `execution/` commits or drops them whole. */
export interface Execution {
  readonly input: ExecutionInput;
  readonly stable: StableOverlay;
  hostCalls: number;
  balance: bigint;
  accepted: bigint;
  answered: boolean;
  answer:
    | { readonly kind: 'reply'; readonly data: Uint8Array }
    | { readonly kind: 'reject'; readonly message: string }
    | null;
  replyChunks: Uint8Array[];
  replyBytes: number;
  construction: CallUnderConstruction | null;
  readonly calls: OutgoingCall[];
  certifiedData: Uint8Array | null;
  globalTimer: bigint | null;
  messageAccepted: boolean;
  readonly prints: Uint8Array[];
}

/** Thrown by a host function to end the execution; carries the inner error text. */
export class HostTrap extends Error {
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

export function contractViolation(what: string): never {
  throw new HostTrap('IC0504', `Canister violated contract: ${what}`);
}

export function canisterTrapped(reason: string): never {
  throw new HostTrap('IC0502', `Canister trapped: ${reason}`);
}
