/** The Candid types of export and import; `packages/backup-manager/backup-manager.did` explains each part. */
import type { IdlTypes } from './idl.ts';
import type { CandidError, CandidResult, Opt } from './result.ts';

export interface CandidStatePage {
  state: Uint8Array | number[];
  next: Opt<string>;
}

export interface CandidStateChange<P> {
  /** "add", "change" or "refuse". */
  change: string;
  what: string;
  canister: Opt<P>;
  snapshot_id: Opt<Uint8Array | number[]>;
  detail: string;
  reason: Opt<CandidError>;
}

export interface CandidImported<P> {
  changes: CandidStateChange<P>[];
  applied: boolean;
}

/** The methods of a client's actor. */
export interface TransferService<P> {
  export_state: (arg: { after: Opt<string>; roles: Opt<boolean> }) => Promise<CandidResult<CandidStatePage>>;
  import_state: (arg: {
    state: Uint8Array | number[];
    apply: boolean;
    roles: Opt<boolean>;
  }) => Promise<CandidResult<CandidImported<P>>>;
}

export const transferTypes = <T>(IDL: IdlTypes<T>, { result, Failure }: { result: (Ok: T) => T; Failure: T }) => {
  const Change = IDL.Record({
    change: IDL.Text,
    what: IDL.Text,
    canister: IDL.Opt(IDL.Principal),
    snapshot_id: IDL.Opt(IDL.Vec(IDL.Nat8)),
    detail: IDL.Text,
    reason: IDL.Opt(Failure),
  });
  return {
    ExportStateArg: IDL.Record({ after: IDL.Opt(IDL.Text), roles: IDL.Opt(IDL.Bool) }),
    ExportStateResult: result(IDL.Record({ state: IDL.Vec(IDL.Nat8), next: IDL.Opt(IDL.Text) })),
    ImportStateArg: IDL.Record({ state: IDL.Vec(IDL.Nat8), apply: IDL.Bool, roles: IDL.Opt(IDL.Bool) }),
    ImportStateResult: result(IDL.Record({ changes: IDL.Vec(Change), applied: IDL.Bool })),
  };
};
