/**
 * Every number of the IC that this engine keeps, each with its unit and its source.
 *
 * Sources: CF = dfinity/ic rs/config/src (subnet_config.rs, execution_environment.rs, embedders.rs);
 * SPEC = IC interface specification; RL = developer docs, resource limits; SA = rs/embedders system_api.
 */

/** Bytes of a Wasm page (WebAssembly specification). */
export const WASM_PAGE_BYTES = 65_536;
/** Bytes of the page that commits, snapshots and forks share (CF: the replica's page size). */
export const PAGE_BYTES = 4_096;

/** Instructions of one update, reply or reject callback, heartbeat or timer (RL, application subnet). */
export const MAX_INSTRUCTIONS_PER_MESSAGE = 40_000_000_000n;
/** Instructions of one query call (RL). */
export const MAX_INSTRUCTIONS_PER_QUERY = 5_000_000_000n;
/** Instructions of `canister_inspect_message` (RL). */
export const MAX_INSTRUCTIONS_PER_INSPECT = 200_000_000n;
/** Instructions of install, upgrade and their hooks (RL). */
export const MAX_INSTRUCTIONS_PER_INSTALL = 300_000_000_000n;
/** Instructions after which a round starts no further message: 7 G - 5 G + 1 (CF). */
export const MAX_INSTRUCTIONS_PER_ROUND = 2_000_000_001n;
/** Fixed instructions that every execution adds to the round's budget (CF). */
export const INSTRUCTION_OVERHEAD_PER_EXECUTION = 2_000_000n;
/** Instructions of management calls per round: 7 G / 16 (CF). */
export const MAX_MANAGEMENT_INSTRUCTIONS_PER_ROUND = 437_500_000n;
/** Compile cost in instructions for one Wasm instruction (CF, embedders.rs). */
export const COMPILE_INSTRUCTIONS_PER_WASM_INSTRUCTION = 6_000n;
/** A module compiled since the last checkpoint costs this many times less (CF). */
export const COMPILE_CACHE_DIVISOR = 100n;

/**
 * Estimated bytes of call stack for one execution, counted by the instrumented module itself, so that the point of
 * overflow does not depend on the host. The replica allows 5 MiB of its own native frames, which are not comparable.
 */
export const MAX_CALL_STACK_BYTES = 3_145_728;

/** Bytes of a message between two canisters of one subnet (CF). */
export const MAX_REQUEST_BYTES = 10_485_760;
/** Bytes of a reply (RL). */
export const MAX_REPLY_BYTES = 2_097_152;
/** Bytes of the reply of a non-replicated query (RL). */
export const MAX_QUERY_REPLY_BYTES = 3_145_728;
/** Bytes of an ingress message's payload (RL, application subnet). */
export const MAX_INGRESS_BYTES = 2_097_152;
/** Bytes of a method name in `call_new` (SPEC). */
export const MAX_METHOD_NAME_BYTES = 20_000;
/** Bytes of a reject message (rs/types). */
export const MAX_REJECT_MESSAGE_BYTES = 8_192;
/** Requests in flight from one canister to one receiver (SA, DEFAULT_QUEUE_CAPACITY). */
export const QUEUE_CAPACITY = 500;
/** Seconds that a best-effort call may take at most (CF). */
export const MAX_BEST_EFFORT_SECONDS = 300;
/** Bytes of certified data (SPEC). */
export const MAX_CERTIFIED_DATA_BYTES = 32;

/** Bytes of Wasm memory (RL). */
export const MAX_WASM_MEMORY_BYTES = 4_294_967_296;
/** Bytes of stable memory (RL). */
export const MAX_STABLE_MEMORY_BYTES = 536_870_912_000;
/** Default `wasm_memory_limit` in bytes (CF). */
export const DEFAULT_WASM_MEMORY_LIMIT = 3_221_225_472n;
/** Bytes of memory of the whole subnet (CF). */
export const SUBNET_MEMORY_BYTES = 2_199_023_255_552n;

/** Controllers of a canister (SPEC). */
export const MAX_CONTROLLERS = 10;
/** Snapshots of a canister (CF). */
export const MAX_SNAPSHOTS_PER_CANISTER = 10;
/** Chunks in a chunk store, and bytes of each (RL). */
export const MAX_CHUNKS = 100;
export const MAX_CHUNK_BYTES = 1_048_576;
/** Bytes that one read of snapshot data may return (CF). */
export const MAX_SNAPSHOT_SLICE_BYTES = 2_000_000;
/** Environment variables of a canister, and bytes of a name or a value (CF). */
export const MAX_ENVIRONMENT_VARIABLES = 20;
export const MAX_ENVIRONMENT_VARIABLE_BYTES = 128;
/** Entries of canister history that are kept (SPEC). */
export const MAX_HISTORY_ENTRIES = 20;
/** Bytes of canister log (CF). */
export const MAX_LOG_BYTES = 4_096;

/** Nanoseconds that `stop_canister` waits before it answers with a timeout (CF: 5 minutes). */
export const STOP_TIMEOUT_NANOS = 300_000_000_000n;
/** Nanoseconds that an ingress message may lie ahead, and how much more is tolerated (SPEC). */
export const MAX_INGRESS_TTL_NANOS = 300_000_000_000n;
export const INGRESS_DRIFT_NANOS = 30_000_000_000n;
/** Bytes of the body of a request to the public API (rs/http_endpoints: 5 MiB). */
export const MAX_API_BODY_BYTES = 5_242_880;
/**
 * Values in the CBOR of a request or a signature: more than MAX_PATHS paths of MAX_PATH_LABELS labels. And bytes of an
 * integer with a tag; none that is used has more than eight.
 */
export const MAX_CBOR_ITEMS = 200_000;
export const MAX_CBOR_INTEGER_BYTES = 16;
/** Calls for the parts of a streamed body; within the first four it can be whole and is verified (dfinity/http-gateway). */
export const MAX_STREAM_CALLBACKS = 1_000;
export const MAX_VERIFIED_STREAM_CALLBACKS = 4;
/** Nanoseconds that the certificate of a page may be away from the time (dfinity/http-gateway: 5 minutes). */
export const MAX_CERTIFICATE_AGE_NANOS = 300_000_000_000n;
/** Bytes of a page after gzip or deflate; memory bound, the IC has none. */
export const MAX_DECODED_BODY_BYTES = 67_108_864;
/** Bytes of the headers of a page (Chromium takes 256 KiB). */
export const MAX_PAGE_HEADER_BYTES = 262_144;
/** Bytes of a request's nonce (SPEC). */
export const MAX_NONCE_BYTES = 32;
/** Delegations in a chain, and targets of each (SPEC). */
export const MAX_DELEGATIONS = 20;
export const MAX_DELEGATION_TARGETS = 1_000;
/** Paths of a read_state, and labels of each (SPEC). */
export const MAX_PATHS = 1_000;
export const MAX_PATH_LABELS = 127;
/** Nanoseconds between two charges for resources at least (CF). */
export const CHARGE_INTERVAL_NANOS = 10_000_000_000n;
/** Rounds between two checkpoints, when delta pages reset (CF: every 500 rounds). */
export const CHECKPOINT_INTERVAL_ROUNDS = 500;
/** Heap-delta debit in bytes that a canister may hold, and that each round takes off (CF). */
export const HEAP_DELTA_BYTES_PER_ROUND = 78_643_200n;
/** Install debit in instructions that each round takes off (CF). */
export const INSTALL_INSTRUCTIONS_PER_ROUND = 2_000_000_000n;

/** Nodes of an application subnet: the scale of all fees below. */
export const SUBNET_NODES = 13n;

/** Cycles on a 13-node application subnet (CF, rs/config/src/subnet_config.rs). */
export const FEES = {
  /** For one execution, plus one cycle an instruction. */
  execution: 5_000_000n,
  ingressReceived: 1_200_000n,
  ingressByte: 2_000n,
  call: 260_000n,
  callByte: 1_000n,
  /** For one GiB and second. */
  storageGiBSecond: 127_000n,
  /** For one percent of compute allocation and second. */
  computePercentSecond: 10_000_000n,
  createCanister: 500_000_000_000n,
  /** Take or load a snapshot, in instructions, before the bytes are counted. */
  snapshotBase: 2_000_000_000n,
  /** Read snapshot data, in instructions, before the bytes are counted. */
  snapshotRead: 5_000_000n,
  uploadChunk: 200_000_000n,
} as const;

/** Default of the `freezing_threshold` setting in seconds (SPEC: 30 days). */
export const DEFAULT_FREEZING_THRESHOLD_SECONDS = 2_592_000n;
/** Default of the `reserved_cycles_limit` setting in cycles (CF). */
export const DEFAULT_RESERVED_CYCLES_LIMIT = 5_000_000_000_000n;
/** Cycles that `provisional_create_canister_with_cycles` gives when no amount is named (rs/config). */
export const DEFAULT_PROVISIONAL_CYCLES = 100_000_000_000_000n;

/** Canister ids of one subnet (rs/pocket_ic_server: 2^20). */
export const CANISTER_IDS_PER_SUBNET = 1_048_576n;
