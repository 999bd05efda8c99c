/** Candid of the management canister's arguments, see `idl.ts`, with the types of what @dfinity/candid makes of them. */
import { IDL } from '@dfinity/candid';
import type { Principal } from '@dfinity/principal';

export type Opt<T> = [] | [T];

export const Blob = IDL.Vec(IDL.Nat8);

// Arguments

export const CanisterIdArgs = IDL.Record({ canister_id: IDL.Principal });
export interface CanisterIdArgs {
  readonly canister_id: Principal;
}

export const VersionedArgs = IDL.Record({ canister_id: IDL.Principal, sender_canister_version: IDL.Opt(IDL.Nat64) });
export interface VersionedArgs extends CanisterIdArgs {
  readonly sender_canister_version: Opt<bigint>;
}

export const Visibility = IDL.Variant({
  controllers: IDL.Null,
  public: IDL.Null,
  allowed_viewers: IDL.Vec(IDL.Principal),
});
export type VisibilityValue =
  | { readonly controllers: null }
  | { readonly public: null }
  | { readonly allowed_viewers: readonly Principal[] };

export const EnvironmentVariable = IDL.Record({ name: IDL.Text, value: IDL.Text });

export const Settings = IDL.Record({
  controllers: IDL.Opt(IDL.Vec(IDL.Principal)),
  compute_allocation: IDL.Opt(IDL.Nat),
  memory_allocation: IDL.Opt(IDL.Nat),
  freezing_threshold: IDL.Opt(IDL.Nat),
  reserved_cycles_limit: IDL.Opt(IDL.Nat),
  log_visibility: IDL.Opt(Visibility),
  snapshot_visibility: IDL.Opt(Visibility),
  wasm_memory_limit: IDL.Opt(IDL.Nat),
  wasm_memory_threshold: IDL.Opt(IDL.Nat),
  environment_variables: IDL.Opt(IDL.Vec(EnvironmentVariable)),
});
export interface SettingsValue {
  readonly controllers: Opt<readonly Principal[]>;
  readonly compute_allocation: Opt<bigint>;
  readonly memory_allocation: Opt<bigint>;
  readonly freezing_threshold: Opt<bigint>;
  readonly reserved_cycles_limit: Opt<bigint>;
  readonly log_visibility: Opt<VisibilityValue>;
  readonly snapshot_visibility: Opt<VisibilityValue>;
  readonly wasm_memory_limit: Opt<bigint>;
  readonly wasm_memory_threshold: Opt<bigint>;
  readonly environment_variables: Opt<readonly { readonly name: string; readonly value: string }[]>;
}

export const CreateCanisterArgs = IDL.Record({
  settings: IDL.Opt(Settings),
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface CreateCanisterArgs {
  readonly settings: Opt<SettingsValue>;
  readonly sender_canister_version: Opt<bigint>;
}

export const ProvisionalCreateArgs = IDL.Record({
  amount: IDL.Opt(IDL.Nat),
  settings: IDL.Opt(Settings),
  specified_id: IDL.Opt(IDL.Principal),
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface ProvisionalCreateArgs extends CreateCanisterArgs {
  readonly amount: Opt<bigint>;
  readonly specified_id: Opt<Principal>;
}

export const ProvisionalTopUpArgs = IDL.Record({ canister_id: IDL.Principal, amount: IDL.Nat });
export interface ProvisionalTopUpArgs extends CanisterIdArgs {
  readonly amount: bigint;
}

export const UpdateSettingsArgs = IDL.Record({
  canister_id: IDL.Principal,
  settings: Settings,
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface UpdateSettingsArgs extends VersionedArgs {
  readonly settings: SettingsValue;
}

const InstallMode = IDL.Variant({
  install: IDL.Null,
  reinstall: IDL.Null,
  upgrade: IDL.Opt(
    IDL.Record({
      skip_pre_upgrade: IDL.Opt(IDL.Bool),
      wasm_memory_persistence: IDL.Opt(IDL.Variant({ keep: IDL.Null, replace: IDL.Null })),
    }),
  ),
});
export interface UpgradeOptions {
  readonly skip_pre_upgrade: Opt<boolean>;
  readonly wasm_memory_persistence: Opt<{ readonly keep: null } | { readonly replace: null }>;
}
export type InstallModeValue =
  | { readonly install: null }
  | { readonly reinstall: null }
  | { readonly upgrade: Opt<UpgradeOptions> };

export const InstallCodeArgs = IDL.Record({
  mode: InstallMode,
  canister_id: IDL.Principal,
  wasm_module: Blob,
  arg: Blob,
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface InstallCodeArgs extends VersionedArgs {
  readonly mode: InstallModeValue;
  readonly wasm_module: Uint8Array;
  readonly arg: Uint8Array;
}

export const ChunkHash = IDL.Record({ hash: Blob });

export const InstallChunkedCodeArgs = IDL.Record({
  mode: InstallMode,
  target_canister: IDL.Principal,
  store_canister: IDL.Opt(IDL.Principal),
  chunk_hashes_list: IDL.Vec(ChunkHash),
  wasm_module_hash: Blob,
  arg: Blob,
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface InstallChunkedCodeArgs {
  readonly mode: InstallModeValue;
  readonly target_canister: Principal;
  readonly store_canister: Opt<Principal>;
  readonly chunk_hashes_list: readonly { readonly hash: Uint8Array }[];
  readonly wasm_module_hash: Uint8Array;
  readonly arg: Uint8Array;
  readonly sender_canister_version: Opt<bigint>;
}

export const UploadChunkArgs = IDL.Record({ canister_id: IDL.Principal, chunk: Blob });
export interface UploadChunkArgs extends CanisterIdArgs {
  readonly chunk: Uint8Array;
}

export const CanisterInfoArgs = IDL.Record({
  canister_id: IDL.Principal,
  num_requested_changes: IDL.Opt(IDL.Nat64),
});
export interface CanisterInfoArgs extends CanisterIdArgs {
  readonly num_requested_changes: Opt<bigint>;
}

export const CanisterMetadataArgs = IDL.Record({ canister_id: IDL.Principal, name: IDL.Text });
export interface CanisterMetadataArgs extends CanisterIdArgs {
  readonly name: string;
}

const IndexRange = IDL.Record({ start: IDL.Nat64, end: IDL.Nat64 });
export const FetchLogsArgs = IDL.Record({
  canister_id: IDL.Principal,
  filter: IDL.Opt(IDL.Variant({ by_idx: IndexRange, by_timestamp_nanos: IndexRange })),
});
export interface FetchLogsArgs extends CanisterIdArgs {
  readonly filter: Opt<LogFilter>;
}
export type LogFilter =
  | { readonly by_idx: { readonly start: bigint; readonly end: bigint } }
  | { readonly by_timestamp_nanos: { readonly start: bigint; readonly end: bigint } };

// Snapshots

export const TakeSnapshotArgs = IDL.Record({
  canister_id: IDL.Principal,
  replace_snapshot: IDL.Opt(Blob),
  uninstall_code: IDL.Opt(IDL.Bool),
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface TakeSnapshotArgs extends VersionedArgs {
  readonly replace_snapshot: Opt<Uint8Array>;
  readonly uninstall_code: Opt<boolean>;
}

export const SnapshotArgs = IDL.Record({ canister_id: IDL.Principal, snapshot_id: Blob });
export interface SnapshotArgs extends CanisterIdArgs {
  readonly snapshot_id: Uint8Array;
}

export const LoadSnapshotArgs = IDL.Record({
  canister_id: IDL.Principal,
  snapshot_id: Blob,
  sender_canister_version: IDL.Opt(IDL.Nat64),
});
export interface LoadSnapshotArgs extends SnapshotArgs {
  readonly sender_canister_version: Opt<bigint>;
}

const Slice = IDL.Record({ offset: IDL.Nat64, size: IDL.Nat64 });
export const ReadSnapshotDataArgs = IDL.Record({
  canister_id: IDL.Principal,
  snapshot_id: Blob,
  kind: IDL.Variant({ wasm_module: Slice, wasm_memory: Slice, stable_memory: Slice, wasm_chunk: ChunkHash }),
});
export interface SliceValue {
  readonly offset: bigint;
  readonly size: bigint;
}
export type ReadKind =
  | { readonly wasm_module: SliceValue }
  | { readonly wasm_memory: SliceValue }
  | { readonly stable_memory: SliceValue }
  | { readonly wasm_chunk: { readonly hash: Uint8Array } };
export interface ReadSnapshotDataArgs extends SnapshotArgs {
  readonly kind: ReadKind;
}

const Offset = IDL.Record({ offset: IDL.Nat64 });
export const UploadSnapshotDataArgs = IDL.Record({
  canister_id: IDL.Principal,
  snapshot_id: Blob,
  kind: IDL.Variant({ wasm_module: Offset, wasm_memory: Offset, stable_memory: Offset, wasm_chunk: IDL.Null }),
  chunk: Blob,
});
export type WriteKind =
  | { readonly wasm_module: { readonly offset: bigint } }
  | { readonly wasm_memory: { readonly offset: bigint } }
  | { readonly stable_memory: { readonly offset: bigint } }
  | { readonly wasm_chunk: null };
export interface UploadSnapshotDataArgs extends SnapshotArgs {
  readonly kind: WriteKind;
  readonly chunk: Uint8Array;
}

export const Global = IDL.Variant({
  i32: IDL.Int32,
  i64: IDL.Int64,
  f32: IDL.Float32,
  f64: IDL.Float64,
  v128: IDL.Nat,
});
export type GlobalCandid =
  | { readonly i32: number }
  | { readonly i64: bigint }
  | { readonly f32: number }
  | { readonly f64: number }
  | { readonly v128: bigint };
export const GlobalTimer = IDL.Variant({ inactive: IDL.Null, active: IDL.Nat64 });
export type GlobalTimerValue = { readonly inactive: null } | { readonly active: bigint };
export const HookStatus = IDL.Variant({ condition_not_satisfied: IDL.Null, ready: IDL.Null, executed: IDL.Null });
export type HookStatusValue =
  | { readonly condition_not_satisfied: null }
  | { readonly ready: null }
  | { readonly executed: null };

export const UploadSnapshotMetadataArgs = IDL.Record({
  canister_id: IDL.Principal,
  replace_snapshot: IDL.Opt(Blob),
  wasm_module_size: IDL.Nat64,
  globals: IDL.Vec(Global),
  wasm_memory_size: IDL.Nat64,
  stable_memory_size: IDL.Nat64,
  certified_data: Blob,
  global_timer: IDL.Opt(GlobalTimer),
  on_low_wasm_memory_hook_status: IDL.Opt(HookStatus),
});
export interface UploadSnapshotMetadataArgs extends CanisterIdArgs {
  readonly replace_snapshot: Opt<Uint8Array>;
  readonly wasm_module_size: bigint;
  readonly globals: readonly GlobalCandid[];
  readonly wasm_memory_size: bigint;
  readonly stable_memory_size: bigint;
  readonly certified_data: Uint8Array;
  readonly global_timer: Opt<GlobalTimerValue>;
  readonly on_low_wasm_memory_hook_status: Opt<HookStatusValue>;
}
