/** What a refused call says, from the one line of text in which the client throws it. */

export interface Reject {
  /** `CanisterError`, `SysTransient`, … */
  readonly rejectCode: string;
  /** `IC0503`, … */
  readonly errorCode: string;
  readonly message: string;
  /** True of an answer by consensus, false of a query or of a refusal at the door. */
  readonly certified: boolean;
}

/** Name of an error code in PocketIC's REST interface → the code, as users read it. Those that the suite meets. */
const CODES: Readonly<Record<string, string>> = {
  IngressMessageTimeout: 'IC0202',
  StopCanisterRequestTimeout: 'IC0206',
  CanisterOutOfCycles: 'IC0207',
  CanisterInstallCodeRateLimited: 'IC0209',
  CanisterHeapDeltaRateLimited: 'IC0210',
  CanisterNotFound: 'IC0301',
  CanisterSnapshotNotFound: 'IC0305',
  InsufficientMemoryAllocation: 'IC0402',
  CanisterRejectedMessage: 'IC0406',
  InvalidManagementPayload: 'IC0408',
  CanisterSnapshotImmutable: 'IC0409',
  CanisterTrapped: 'IC0502',
  CanisterCalledTrap: 'IC0503',
  CanisterContractViolation: 'IC0504',
  CanisterInvalidWasm: 'IC0505',
  CanisterDidNotReply: 'IC0506',
  CanisterOutOfMemory: 'IC0507',
  CanisterStopped: 'IC0508',
  CanisterStopping: 'IC0509',
  CanisterNotStopped: 'IC0510',
  CanisterStoppingCancelled: 'IC0511',
  CanisterInvalidController: 'IC0512',
  CanisterFunctionNotFound: 'IC0513',
  CanisterNonEmpty: 'IC0514',
  CanisterInstructionLimitExceeded: 'IC0522',
  InsufficientCyclesInMemoryGrow: 'IC0532',
  ReservedCyclesLimitExceededInMemoryGrow: 'IC0534',
  CanisterMethodNotFound: 'IC0536',
  CanisterWasmModuleNotFound: 'IC0537',
  CanisterWasmMemoryLimitExceeded: 'IC0539',
};

const LINE =
  /^Canister call failed: (?<message>.*)\. Reject code: (?<reject>\w+)\. Error code: (?<error>\w+)\. Certified: (?<certified>true|false)$/s;

/** The reject of a call that must fail. Throws if it succeeds, or fails in another way than by a reject. */
export async function rejectOf(call: Promise<unknown>): Promise<Reject> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error('The call succeeded, but was to be refused.');
  const message = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
  const found = LINE.exec(message)?.groups;
  if (found === undefined) throw outcome.error;
  const { message: text = '', reject = '', error = '', certified } = found;
  return { rejectCode: reject, errorCode: CODES[error] ?? error, message: text, certified: certified === 'true' };
}
