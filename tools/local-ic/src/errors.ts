/**
 * Reject codes and error codes of the IC (interface specification, "Reject codes"; rs/types/error_types).
 * The first digit of an error code is its reject code.
 */

export const REJECT = {
  SysFatal: 1,
  SysTransient: 2,
  DestinationInvalid: 3,
  CanisterReject: 4,
  CanisterError: 5,
  SysUnknown: 6,
} as const;
export type RejectCode = (typeof REJECT)[keyof typeof REJECT];

/** Error code → its name, as PocketIC's REST API and the replica print it. */
export const ERROR_NAMES = {
  IC0101: 'SubnetOversubscribed',
  IC0102: 'MaxNumberOfCanistersReached',
  IC0201: 'CanisterQueueFull',
  IC0202: 'IngressMessageTimeout',
  IC0203: 'CanisterQueueNotEmpty',
  IC0204: 'IngressHistoryFull',
  IC0205: 'CanisterIdAlreadyExists',
  IC0206: 'StopCanisterRequestTimeout',
  IC0207: 'CanisterOutOfCycles',
  IC0208: 'CertifiedStateUnavailable',
  IC0209: 'CanisterInstallCodeRateLimited',
  IC0210: 'CanisterHeapDeltaRateLimited',
  IC0301: 'CanisterNotFound',
  IC0305: 'CanisterSnapshotNotFound',
  IC0402: 'InsufficientMemoryAllocation',
  IC0403: 'InsufficientCyclesForCreateCanister',
  IC0404: 'SubnetNotFound',
  IC0405: 'CanisterNotHostedBySubnet',
  IC0406: 'CanisterRejectedMessage',
  IC0407: 'UnknownManagementMessage',
  IC0408: 'InvalidManagementPayload',
  IC0409: 'CanisterSnapshotImmutable',
  IC0410: 'InvalidSubnetAdmin',
  IC0502: 'CanisterTrapped',
  IC0503: 'CanisterCalledTrap',
  IC0504: 'CanisterContractViolation',
  IC0505: 'CanisterInvalidWasm',
  IC0506: 'CanisterDidNotReply',
  IC0507: 'CanisterOutOfMemory',
  IC0508: 'CanisterStopped',
  IC0509: 'CanisterStopping',
  IC0510: 'CanisterNotStopped',
  IC0511: 'CanisterStoppingCancelled',
  IC0512: 'CanisterInvalidController',
  IC0513: 'CanisterFunctionNotFound',
  IC0514: 'CanisterNonEmpty',
  IC0517: 'QueryCallGraphLoopDetected',
  IC0520: 'InsufficientCyclesInCall',
  IC0521: 'CanisterWasmEngineError',
  IC0522: 'CanisterInstructionLimitExceeded',
  IC0524: 'CanisterMemoryAccessLimitExceeded',
  IC0525: 'QueryCallGraphTooDeep',
  IC0526: 'QueryCallGraphTotalInstructionLimitExceeded',
  IC0527: 'CompositeQueryCalledInReplicatedMode',
  IC0528: 'QueryTimeLimitExceeded',
  IC0529: 'QueryCallGraphInternal',
  IC0530: 'InsufficientCyclesInComputeAllocation',
  IC0531: 'InsufficientCyclesInMemoryAllocation',
  IC0532: 'InsufficientCyclesInMemoryGrow',
  IC0533: 'ReservedCyclesLimitExceededInMemoryAllocation',
  IC0534: 'ReservedCyclesLimitExceededInMemoryGrow',
  IC0535: 'InsufficientCyclesInMessageMemoryGrow',
  IC0536: 'CanisterMethodNotFound',
  IC0537: 'CanisterWasmModuleNotFound',
  IC0538: 'CanisterAlreadyInstalled',
  IC0539: 'CanisterWasmMemoryLimitExceeded',
  IC0540: 'ReservedCyclesLimitIsTooLow',
  IC0601: 'DeadlineExpired',
  IC0602: 'ResponseDropped',
} as const;
export type ErrorCode = keyof typeof ERROR_NAMES;

/** A refusal as a user or a calling canister meets it: a value, never a JavaScript exception. */
export interface Reject {
  readonly rejectCode: RejectCode;
  /** Null where the IC gives no error code: rejects made by the canister itself towards another canister. */
  readonly errorCode: ErrorCode | null;
  readonly message: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Reject };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal with an error code; the reject code is the code's first digit. */
export function reject(errorCode: ErrorCode, message: string): Reject {
  return { rejectCode: Number(errorCode[3]) as RejectCode, errorCode, message };
}

export function err(errorCode: ErrorCode, message: string): { readonly ok: false; readonly error: Reject } {
  return { ok: false, error: reject(errorCode, message) };
}

/**
 * A mistake in how the library is used (a bad option, an unknown canister id, a feature that is not served). The server
 * turns it into HTTP 400; a library user gets it thrown.
 */
export class LocalIcError extends Error {
  readonly code: string;
  readonly context: Readonly<Record<string, string>>;

  constructor(code: string, message: string, context: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'LocalIcError';
    this.code = code;
    this.context = context;
  }
}

/** A bug in the engine, never a user's mistake. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`local-ic bug: ${message}`);
}
