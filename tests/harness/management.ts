/** The management canister's methods that the suite calls: their Candid types, and what the values look like here. */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';

export const MANAGEMENT = Principal.fromText('aaaaa-aa');

/** Candid's `opt`. */
export type Opt<T> = [] | [T];

export interface SnapshotInfo {
  readonly id: Uint8Array;
  readonly taken_at_timestamp: bigint;
  readonly total_size: bigint;
}

export type Global = { i32: number } | { i64: bigint } | { f32: number } | { f64: number } | { v128: bigint };
export type SnapshotTimer = { inactive: null } | { active: bigint };
export type HookStatus = { condition_not_satisfied: null } | { ready: null } | { executed: null };

export interface SnapshotMetadata {
  readonly source: Record<'taken_from_canister' | 'metadata_upload', unknown>;
  readonly taken_at_timestamp: bigint;
  readonly wasm_module_size: bigint;
  readonly wasm_memory_size: bigint;
  readonly stable_memory_size: bigint;
  readonly canister_version: bigint;
  readonly globals: Global[];
  readonly wasm_chunk_store: { hash: Uint8Array }[];
  readonly certified_data: Uint8Array;
  readonly global_timer: Opt<SnapshotTimer>;
  readonly on_low_wasm_memory_hook_status: Opt<HookStatus>;
}

type Slice = { offset: bigint; size: bigint };
type Offset = { offset: bigint };
export type ReadKind =
  | { wasm_module: Slice }
  | { wasm_memory: Slice }
  | { stable_memory: Slice }
  | { wasm_chunk: { hash: Uint8Array } };
export type UploadKind =
  | { wasm_module: Offset }
  | { wasm_memory: Offset }
  | { stable_memory: Offset }
  | { wasm_chunk: null };

export interface Status {
  readonly status: Record<'running' | 'stopping' | 'stopped', unknown>;
  readonly version: bigint;
  readonly module_hash: Opt<Uint8Array>;
  readonly memory_size: bigint;
  readonly memory_metrics: {
    readonly wasm_memory_size: bigint;
    readonly stable_memory_size: bigint;
    readonly wasm_binary_size: bigint;
    readonly wasm_chunk_store_size: bigint;
    readonly snapshots_size: bigint;
  };
  readonly cycles: bigint;
  readonly idle_cycles_burned_per_day: bigint;
  readonly settings: {
    readonly controllers: Principal[];
    readonly freezing_threshold: bigint;
    readonly memory_allocation: bigint;
  };
}

export interface Change {
  readonly timestamp_nanos: bigint;
  readonly canister_version: bigint;
  readonly origin: { from_user: { user_id: Principal } } | { from_canister: { canister_id: Principal } };
  readonly details: Record<string, unknown>;
}

export interface Info {
  readonly total_num_changes: bigint;
  readonly recent_changes: Change[];
  readonly module_hash: Opt<Uint8Array>;
  readonly controllers: Principal[];
}

interface Target {
  canister_id: Principal;
}

/** Method → its argument and its result. */
export interface Methods {
  canister_info: [Target & { num_requested_changes: Opt<bigint> }, Info];
  canister_status: [Target, Status];
  install_code: [Target & { mode: { install: null }; wasm_module: Uint8Array; arg: Uint8Array }, undefined];
  start_canister: [Target, undefined];
  stop_canister: [Target, undefined];
  delete_canister: [Target, undefined];
  uninstall_code: [Target & { sender_canister_version: Opt<bigint> }, undefined];
  take_canister_snapshot: [Target & { replace_snapshot: Opt<Uint8Array>; uninstall_code: Opt<boolean> }, SnapshotInfo];
  load_canister_snapshot: [Target & { snapshot_id: Uint8Array }, undefined];
  list_canister_snapshots: [Target, SnapshotInfo[]];
  delete_canister_snapshot: [Target & { snapshot_id: Uint8Array }, undefined];
  read_canister_snapshot_metadata: [Target & { snapshot_id: Uint8Array }, SnapshotMetadata];
  read_canister_snapshot_data: [Target & { snapshot_id: Uint8Array; kind: ReadKind }, { chunk: Uint8Array }];
  upload_canister_snapshot_metadata: [
    Target & {
      replace_snapshot: Opt<Uint8Array>;
      wasm_module_size: bigint;
      wasm_memory_size: bigint;
      stable_memory_size: bigint;
      globals: Global[];
      certified_data: Uint8Array;
      global_timer: Opt<SnapshotTimer>;
      on_low_wasm_memory_hook_status: Opt<HookStatus>;
    },
    { snapshot_id: Uint8Array },
  ];
  upload_canister_snapshot_data: [Target & { snapshot_id: Uint8Array; kind: UploadKind; chunk: Uint8Array }, undefined];
  upload_chunk: [Target & { chunk: Uint8Array }, { hash: Uint8Array }];
  stored_chunks: [Target, { hash: Uint8Array }[]];
  clear_chunk_store: [Target, undefined];
  raw_rand: [undefined, Uint8Array];
}
export type Method = keyof Methods;
export type Argument<M extends Method> = Methods[M][0];
export type Result<M extends Method> = Methods[M][1];

const { Record: record, Variant: variant, Opt: opt, Vec: vec, Null, Reserved, Nat, Nat64, Nat8 } = IDL;
const blob = vec(Nat8);
const target = { canister_id: IDL.Principal };
const withSnapshot = { ...target, snapshot_id: blob };
const snapshot = record({ id: blob, taken_at_timestamp: Nat64, total_size: Nat64 });
const chunkHash = record({ hash: blob });
const globals = vec(variant({ i32: IDL.Int32, i64: IDL.Int64, f32: IDL.Float32, f64: IDL.Float64, v128: Nat }));
const sizes = { wasm_module_size: Nat64, wasm_memory_size: Nat64, stable_memory_size: Nat64 };
const runtime = {
  certified_data: blob,
  global_timer: opt(variant({ inactive: Null, active: Nat64 })),
  on_low_wasm_memory_hook_status: opt(variant({ condition_not_satisfied: Null, ready: Null, executed: Null })),
};
const slice = record({ offset: Nat64, size: Nat64 });
const offset = record({ offset: Nat64 });

const status = record({
  status: variant({ running: Null, stopping: Null, stopped: Null }),
  version: Nat64,
  module_hash: opt(blob),
  memory_size: Nat,
  memory_metrics: record({
    wasm_memory_size: Nat,
    stable_memory_size: Nat,
    wasm_binary_size: Nat,
    wasm_chunk_store_size: Nat,
    snapshots_size: Nat,
  }),
  cycles: Nat,
  idle_cycles_burned_per_day: Nat,
  settings: record({ controllers: vec(IDL.Principal), freezing_threshold: Nat, memory_allocation: Nat }),
});

const info = record({
  total_num_changes: Nat64,
  recent_changes: vec(
    record({
      timestamp_nanos: Nat64,
      canister_version: Nat64,
      origin: variant({
        from_user: record({ user_id: IDL.Principal }),
        from_canister: record({ canister_id: IDL.Principal, canister_version: opt(Nat64) }),
      }),
      details: variant({
        creation: Reserved,
        code_uninstall: Null,
        code_deployment: record({
          mode: variant({ install: Null, reinstall: Null, upgrade: Null }),
          module_hash: blob,
        }),
        controllers_change: Reserved,
        load_snapshot: record({
          snapshot_id: blob,
          canister_version: Nat64,
          taken_at_timestamp: Nat64,
          source: variant({ taken_from_canister: Reserved, metadata_upload: Reserved }),
        }),
      }),
    }),
  ),
  module_hash: opt(blob),
  controllers: vec(IDL.Principal),
});

const TYPES: { readonly [M in Method]: readonly [IDL.Type[], IDL.Type[]] } = {
  canister_info: [[record({ ...target, num_requested_changes: opt(Nat64) })], [info]],
  canister_status: [[record(target)], [status]],
  install_code: [[record({ ...target, mode: variant({ install: Null }), wasm_module: blob, arg: blob })], []],
  start_canister: [[record(target)], []],
  stop_canister: [[record(target)], []],
  delete_canister: [[record(target)], []],
  uninstall_code: [[record({ ...target, sender_canister_version: opt(Nat64) })], []],
  take_canister_snapshot: [
    [record({ ...target, replace_snapshot: opt(blob), uninstall_code: opt(IDL.Bool) })],
    [snapshot],
  ],
  load_canister_snapshot: [[record(withSnapshot)], []],
  list_canister_snapshots: [[record(target)], [vec(snapshot)]],
  delete_canister_snapshot: [[record(withSnapshot)], []],
  read_canister_snapshot_metadata: [
    [record(withSnapshot)],
    [
      record({
        ...sizes,
        ...runtime,
        source: variant({ taken_from_canister: Reserved, metadata_upload: Reserved }),
        taken_at_timestamp: Nat64,
        canister_version: Nat64,
        globals,
        wasm_chunk_store: vec(chunkHash),
      }),
    ],
  ],
  read_canister_snapshot_data: [
    [
      record({
        ...withSnapshot,
        kind: variant({ wasm_module: slice, wasm_memory: slice, stable_memory: slice, wasm_chunk: chunkHash }),
      }),
    ],
    [record({ chunk: blob })],
  ],
  upload_canister_snapshot_metadata: [
    [record({ ...target, ...sizes, ...runtime, replace_snapshot: opt(blob), globals })],
    [record({ snapshot_id: blob })],
  ],
  upload_canister_snapshot_data: [
    [
      record({
        ...withSnapshot,
        kind: variant({ wasm_module: offset, wasm_memory: offset, stable_memory: offset, wasm_chunk: Null }),
        chunk: blob,
      }),
    ],
    [],
  ],
  upload_chunk: [[record({ ...target, chunk: blob })], [chunkHash]],
  stored_chunks: [[record(target)], [vec(chunkHash)]],
  clear_chunk_store: [[record(target)], []],
  raw_rand: [[], [blob]],
};

/** The Candid bytes of a call's argument. */
export function encodeArgument<M extends Method>(method: M, argument: Argument<M>): Uint8Array {
  const [types] = TYPES[method];
  return new Uint8Array(IDL.encode(types, types.length === 0 ? [] : [argument]));
}

/** A call's result from its Candid bytes. Throws if they are of another type. */
export function decodeResult<M extends Method>(method: M, reply: Uint8Array): Result<M> {
  const [, types] = TYPES[method];
  // The shape is what `TYPES` says, and `Methods` says the same to the compiler.
  return IDL.decode(types, new Uint8Array(reply))[0] as Result<M>;
}

/** The Candid of `()`. */
export const NO_ARGUMENT = new Uint8Array(IDL.encode([], []));

/** The only key of a variant's value. */
export function tagOf(value: object): string {
  return Object.keys(value)[0] ?? '';
}
