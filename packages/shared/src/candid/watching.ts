/** The Candid types of health, history and HTTP; `packages/backup-manager/backup-manager.did` explains each part. */

import type { IdlTypes } from './idl.ts';
import type { CandidResult, Opt } from './result.ts';

export interface CandidHealthReason {
  level: string;
  code: string;
  message: string;
}

export interface CandidTargetHealth<P> {
  canister: P;
  level: string;
  reasons: CandidHealthReason[];
  last_success: Opt<bigint>;
  next_run_at: bigint;
  failures: number;
  /** "running", "stopping" or "stopped", as it was when last seen. */
  target_status: Opt<string>;
  open_run: Opt<bigint>;
  snapshots: number;
  suspects: number;
  foreign_snapshots: number;
  slots_free: number;
  bytes: bigint;
  cycles: Opt<bigint>;
  runway_days: Opt<bigint>;
  name: Opt<string>;
  as_of: Opt<bigint>;
  newest_good_at: Opt<bigint>;
  newest_good_age_seconds: Opt<bigint>;
  last_downtime: Opt<bigint>;
}

export interface CandidManagerHealth {
  level: string;
  reasons: CandidHealthReason[];
  cycles: bigint;
  liquid_cycles: Opt<bigint>;
  runway_days: Opt<bigint>;
  open_runs: number;
  open_calls: number;
  as_of: Opt<bigint>;
}

export interface CandidHealth<P> {
  level: string;
  now: bigint;
  manager: CandidManagerHealth;
  ok: number;
  warn: number;
  critical: number;
  items: CandidTargetHealth<P>[];
  next: Opt<P>;
}

export interface CandidHistoryEntry<P> {
  number: bigint;
  at: bigint;
  kind: string;
  actor: string;
  cause: string;
  canister: Opt<P>;
  run_id: Opt<bigint>;
  details: [string, string][];
  hash: Uint8Array | number[];
  previous: Uint8Array | number[];
}

export interface CandidHistory<P> {
  items: CandidHistoryEntry<P>[];
  total: bigint;
  next: Opt<bigint>;
  head: Uint8Array | number[];
  certificate: Opt<Uint8Array | number[]>;
  witness: Uint8Array | number[];
}

export interface CandidHttpRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body: Uint8Array | number[];
  certificate_version: Opt<number>;
}

export interface CandidHttpResponse {
  status_code: number;
  headers: [string, string][];
  body: Uint8Array | number[];
}

export interface CandidSettings {
  public_http: Opt<boolean>;
}

/** The methods of a client's actor. */
export interface WatchingService<P> {
  health: (arg: Opt<{ canister: Opt<P>; after: Opt<P>; limit: Opt<number> }>) => Promise<CandidResult<CandidHealth<P>>>;
  history: (
    arg: Opt<{ canister: Opt<P>; before: Opt<bigint>; limit: Opt<number> }>,
  ) => Promise<CandidResult<CandidHistory<P>>>;
  set_settings: (settings: CandidSettings) => Promise<CandidResult<CandidSettings>>;
  settings: () => Promise<CandidResult<CandidSettings>>;
  http_request: (request: CandidHttpRequest) => Promise<CandidHttpResponse>;
}

export const watchingTypes = <T>(IDL: IdlTypes<T>, result: (Ok: T) => T) => {
  const Reason = IDL.Record({ level: IDL.Text, code: IDL.Text, message: IDL.Text });
  const Target = IDL.Record({
    canister: IDL.Principal,
    level: IDL.Text,
    reasons: IDL.Vec(Reason),
    last_success: IDL.Opt(IDL.Nat64),
    next_run_at: IDL.Nat64,
    failures: IDL.Nat32,
    target_status: IDL.Opt(IDL.Text),
    open_run: IDL.Opt(IDL.Nat64),
    snapshots: IDL.Nat32,
    suspects: IDL.Nat32,
    foreign_snapshots: IDL.Nat32,
    slots_free: IDL.Nat32,
    bytes: IDL.Nat64,
    cycles: IDL.Opt(IDL.Nat),
    runway_days: IDL.Opt(IDL.Nat),
    name: IDL.Opt(IDL.Text),
    as_of: IDL.Opt(IDL.Nat64),
    newest_good_at: IDL.Opt(IDL.Nat64),
    newest_good_age_seconds: IDL.Opt(IDL.Nat64),
    last_downtime: IDL.Opt(IDL.Nat64),
  });
  const Manager = IDL.Record({
    level: IDL.Text,
    reasons: IDL.Vec(Reason),
    cycles: IDL.Nat,
    liquid_cycles: IDL.Opt(IDL.Nat),
    runway_days: IDL.Opt(IDL.Nat),
    open_runs: IDL.Nat32,
    open_calls: IDL.Nat32,
    as_of: IDL.Opt(IDL.Nat64),
  });
  const Health = IDL.Record({
    level: IDL.Text,
    now: IDL.Nat64,
    manager: Manager,
    ok: IDL.Nat32,
    warn: IDL.Nat32,
    critical: IDL.Nat32,
    items: IDL.Vec(Target),
    next: IDL.Opt(IDL.Principal),
  });
  const Entry = IDL.Record({
    number: IDL.Nat64,
    at: IDL.Nat64,
    kind: IDL.Text,
    actor: IDL.Text,
    cause: IDL.Text,
    canister: IDL.Opt(IDL.Principal),
    run_id: IDL.Opt(IDL.Nat64),
    details: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
    hash: IDL.Vec(IDL.Nat8),
    previous: IDL.Vec(IDL.Nat8),
  });
  const History = IDL.Record({
    items: IDL.Vec(Entry),
    total: IDL.Nat64,
    next: IDL.Opt(IDL.Nat64),
    head: IDL.Vec(IDL.Nat8),
    certificate: IDL.Opt(IDL.Vec(IDL.Nat8)),
    witness: IDL.Vec(IDL.Nat8),
  });
  const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
  const Settings = IDL.Record({ public_http: IDL.Opt(IDL.Bool) });
  const limit = IDL.Opt(IDL.Nat32);
  return {
    HealthArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), after: IDL.Opt(IDL.Principal), limit })),
    HealthResult: result(Health),
    HistoryArg: IDL.Opt(IDL.Record({ canister: IDL.Opt(IDL.Principal), before: IDL.Opt(IDL.Nat64), limit })),
    HistoryResult: result(History),
    Settings,
    SettingsResult: result(Settings),
    HttpRequest: IDL.Record({
      method: IDL.Text,
      url: IDL.Text,
      headers: Headers,
      body: IDL.Vec(IDL.Nat8),
      certificate_version: IDL.Opt(IDL.Nat16),
    }),
    HttpResponse: IDL.Record({ status_code: IDL.Nat16, headers: Headers, body: IDL.Vec(IDL.Nat8) }),
  };
};
