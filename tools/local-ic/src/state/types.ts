import type { ErrorCode, Reject } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { PagedMemory } from './pages.ts';

/**
 * The state of one subnet as plain data: objects, arrays, Maps, bigints, strings, numbers, byte arrays that nobody writes
 * to, and `PagedMemory`. No functions and no other classes, so that `codec.ts` can save it and `clone.ts` fork it.
 *
 * Times are nanoseconds since 1970, amounts are cycles, sizes are bytes.
 */
export interface IcState {
  readonly config: SubnetConfig;
  /** The instance's clock: what the next round takes as its block time. */
  time: bigint;
  /** Block time of the last round; queries and certificates see this time. */
  blockTime: bigint;
  round: number;
  /** Canister ids given out so far; the next canister's number is `config.firstCanisterNumber` plus this. */
  canistersCreated: bigint;
  readonly canisters: Map<PrincipalText, CanisterState>;
  /** Accepted ingress that no round has inducted yet. */
  ingressPool: IngressMessage[];
  /** Request id in hex → where that ingress message is. */
  readonly ingressHistory: Map<string, IngressRecord>;
  /** What passes from the end of one round to the start of the next: everything from or to aaaaa-aa. */
  loopback: StreamMessage[];
  /** Messages that an interceptor holds back, each tried again at the start of every round. */
  held: { readonly message: StreamMessage; readonly rounds: number }[];
  readonly management: ManagementState;
  /** Module hashes in hex compiled since the last checkpoint: compiling them again is cheaper. */
  readonly compiled: Set<string>;
}

export interface SubnetConfig {
  /** 32 bytes; every random stream and every key (`subnet-keys.ts`) derives from it. */
  readonly seed: Uint8Array;
  readonly firstCanisterNumber: bigint;
  /** Canister ids of the subnet, as numbers, inclusive. */
  readonly canisterRanges: readonly (readonly [first: bigint, last: bigint])[];
  /** `free`: all fees are zero. */
  readonly costSchedule: 'normal' | 'free';
  /** Heap-delta and install rate limits. */
  readonly rateLimits: boolean;
}

export interface ManagementState {
  /** Requests to aaaaa-aa per sender, oldest first. */
  readonly queues: Map<PrincipalText, ManagementRequest[]>;
  /** Whose turn is next, round-robin. */
  order: PrincipalText[];
  /** Ingress to aaaaa-aa that waits for its turn. */
  ingress: IngressMessage[];
  /** `raw_rand` calls; answered one round after they arrived. */
  rawRand: { readonly request: ManagementRequest; readonly round: number }[];
}

// Messages

export interface IngressMessage {
  readonly kind: 'ingress';
  /** 32 bytes. */
  readonly messageId: Uint8Array;
  readonly sender: PrincipalText;
  /** aaaaa-aa for management calls. */
  readonly receiver: PrincipalText;
  readonly effectiveCanisterId: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly expiry: bigint;
}

export interface Request {
  readonly kind: 'request';
  readonly sender: PrincipalText;
  readonly receiver: PrincipalText;
  readonly callbackId: number;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly cycles: bigint;
  /** 0n: guaranteed response. */
  readonly deadline: bigint;
}

export interface Response {
  readonly kind: 'response';
  /** Who made the call and gets the answer. */
  readonly originator: PrincipalText;
  readonly respondent: PrincipalText;
  readonly callbackId: number;
  readonly payload: ResponsePayload;
  readonly refund: bigint;
}

/** An answer between canisters. A reject's message carries its `IC0503: ` prefix already where the IC adds one. */
export type ResponsePayload =
  | { readonly kind: 'reply'; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly code: number; readonly message: string };

/** A request to aaaaa-aa, or the ingress message that stands for one. */
export interface ManagementRequest {
  readonly origin: ManagementOrigin;
  readonly sender: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly cycles: bigint;
  /** Of the caller when it sent this; null for ingress. */
  readonly receivedRound: number;
}

export type ManagementOrigin =
  | { readonly kind: 'ingress'; readonly messageId: Uint8Array }
  | { readonly kind: 'canister'; readonly callbackId: number };

export type StreamMessage = Request | Response;
export type InputMessage = Request | Response;

export interface IngressRecord {
  readonly messageId: Uint8Array;
  readonly sender: PrincipalText;
  readonly receiver: PrincipalText;
  readonly effectiveCanisterId: PrincipalText;
  readonly expiry: bigint;
  /** Until when its answer can be asked for; undefined while there is none, and in states of older builds. */
  keptUntil?: bigint;
  status: IngressStatus;
}

export type IngressStatus =
  | { readonly kind: 'received' }
  | { readonly kind: 'processing' }
  | { readonly kind: 'replied'; readonly data: Uint8Array }
  | { readonly kind: 'rejected'; readonly reject: Reject };

// Canisters

export interface CanisterState {
  readonly id: PrincipalText;
  controllers: PrincipalText[];
  settings: CanisterSettings;
  status: CanisterStatus;
  cycles: bigint;
  reservedCycles: bigint;
  /** `canister_version`. */
  version: bigint;
  readonly createdAt: bigint;
  code: CanisterCode | null;
  /** Deadline, or 0n. */
  globalTimer: bigint;
  lowMemoryHook: LowMemoryHook;
  readonly callContexts: Map<number, CallContext>;
  nextCallContextId: number;
  readonly callbacks: Map<number, Callback>;
  nextCallbackId: number;
  readonly queues: CanisterQueues;
  /** Whose turn is next in the rotation Message → Heartbeat → GlobalTimer. */
  nextTask: 'message' | 'heartbeat' | 'global_timer';
  /** Hex of the 18-byte id → snapshot, in the order they were made. */
  readonly snapshots: Map<string, Snapshot>;
  /** Snapshots ever made for this canister. */
  snapshotsMade: bigint;
  history: HistoryEntry[];
  historyTotal: bigint;
  logs: LogRecord[];
  nextLogIndex: bigint;
  /** SHA-256 in hex → chunk. */
  readonly chunkStore: Map<string, Uint8Array>;
  /** Bytes of heap delta still held against the canister (rate limit). */
  heapDeltaDebit: bigint;
  /** Instructions of installs still held against the canister (rate limit). */
  installDebit: bigint;
  /** When storage and compute were last charged. */
  chargedAt: bigint;
  lastInstalledAt: bigint | null;
  /** What the last checkpoint holds of this canister; heap delta is what differs from it. Null: nothing. */
  checkpointed: CheckpointedParts | null;
}

/** The parts of a canister or a snapshot that count as heap delta, as a checkpoint last saw them. */
export interface CheckpointedParts {
  readonly memory: PagedMemory;
  readonly stableMemory: PagedMemory;
  /** Hashes in hex of the chunk store's entries. */
  readonly chunks: readonly string[];
}

export interface CanisterSettings {
  computeAllocation: bigint;
  memoryAllocation: bigint;
  /** Seconds. */
  freezingThreshold: bigint;
  reservedCyclesLimit: bigint;
  /** 0n: none. */
  wasmMemoryLimit: bigint;
  wasmMemoryThreshold: bigint;
  logVisibility: Visibility;
  snapshotVisibility: Visibility;
  /** In the order given. */
  environmentVariables: { readonly name: string; readonly value: string }[];
}

export type Visibility =
  | { readonly kind: 'controllers' }
  | { readonly kind: 'public' }
  | { readonly kind: 'allowed_viewers'; readonly viewers: readonly PrincipalText[] };

export type CanisterStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'stopping'; readonly waiting: readonly StopWaiter[] }
  | { readonly kind: 'stopped' };

/** A `stop_canister` that is not answered yet. */
export interface StopWaiter {
  readonly request: ManagementRequest;
  /** When it was accepted; five minutes later it times out. */
  readonly since: bigint;
}

/** What an install gives a canister and a snapshot keeps of it. */
export interface CanisterCode {
  /** As uploaded, gzip included: the module hash is of these bytes. */
  readonly wasmModule: Uint8Array;
  /** 32 bytes. */
  readonly moduleHash: Uint8Array;
  memory: PagedMemory;
  stableMemory: PagedMemory;
  /** In the order of `ModuleInfo.globals`. */
  globals: readonly GlobalValue[];
  certifiedData: Uint8Array;
}

export type GlobalValue =
  | { readonly type: 'i32' | 'f32' | 'f64'; readonly value: number }
  | { readonly type: 'i64'; readonly value: bigint };

export type LowMemoryHook = 'condition_not_satisfied' | 'ready' | 'executed';

export interface CallContext {
  readonly id: number;
  readonly origin: CallOrigin;
  /** Method name, for messages and interceptors; empty for tasks. */
  readonly method: string;
  responded: boolean;
  /** Cycles still to accept. */
  availableCycles: bigint;
  /** Callbacks that still wait for an answer. */
  outstanding: number;
  /** Instructions used so far by all its executions. */
  instructions: bigint;
  readonly time: bigint;
}

export type CallOrigin =
  | { readonly kind: 'ingress'; readonly sender: PrincipalText; readonly messageId: Uint8Array }
  | {
      readonly kind: 'canister';
      readonly sender: PrincipalText;
      readonly callbackId: number;
      readonly deadline: bigint;
    }
  | { readonly kind: 'task'; readonly task: 'heartbeat' | 'global_timer' | 'low_wasm_memory' };

export interface Callback {
  readonly id: number;
  readonly callContextId: number;
  readonly receiver: PrincipalText;
  readonly method: string;
  readonly reply: TableFunction;
  readonly reject: TableFunction;
  readonly cleanup: TableFunction | null;
  readonly cyclesSent: bigint;
  /** Cycles held for the answer's transmission and execution. */
  readonly prepaid: bigint;
  readonly deadline: bigint;
  /** The canister was uninstalled: the answer only returns its cycles. */
  deleted: boolean;
}

export interface TableFunction {
  readonly index: number;
  readonly env: number;
}

export interface CanisterQueues {
  ingress: IngressMessage[];
  /** Per sender, oldest first: requests, and answers to our calls to that canister. */
  readonly fromCanisters: Map<PrincipalText, InputMessage[]>;
  /** Senders with something queued, in the order of their turns. */
  senderOrder: PrincipalText[];
  nextSource: 'canisters' | 'ingress';
  /** What executions of this round sent, delivered when the canisters of this pass are done. */
  output: StreamMessage[];
}

export interface Snapshot {
  /** 8 bytes of local number, then the canister id. */
  readonly id: Uint8Array;
  readonly canisterId: PrincipalText;
  readonly takenAt: bigint;
  /** Bytes as they count for storage (snapshots reference, section 4). */
  readonly size: bigint;
  readonly source: 'taken_from_canister' | 'metadata_upload';
  readonly canisterVersion: bigint;
  readonly code: CanisterCode;
  readonly chunkStore: ReadonlyMap<string, Uint8Array>;
  readonly globalTimer: bigint | null;
  readonly lowMemoryHook: LowMemoryHook | null;
  /** As `CanisterState.checkpointed`: a snapshot loads onto another canister only once a checkpoint holds all of it. */
  checkpointed: CheckpointedParts | null;
}

export interface LogRecord {
  readonly index: bigint;
  readonly timestamp: bigint;
  readonly content: Uint8Array;
}

export interface HistoryEntry {
  readonly timestamp: bigint;
  readonly canisterVersion: bigint;
  readonly origin:
    | { readonly kind: 'user'; readonly user: PrincipalText }
    | { readonly kind: 'canister'; readonly canister: PrincipalText; readonly version: bigint | null };
  readonly details: HistoryDetails;
}

export type HistoryDetails =
  | { readonly kind: 'creation'; readonly controllers: readonly PrincipalText[] }
  | { readonly kind: 'code_uninstall' }
  | {
      readonly kind: 'code_deployment';
      readonly mode: 'install' | 'reinstall' | 'upgrade';
      readonly moduleHash: Uint8Array;
    }
  | {
      readonly kind: 'load_snapshot';
      readonly snapshotId: Uint8Array;
      readonly canisterVersion: bigint;
      readonly takenAt: bigint;
      readonly source: Snapshot['source'];
      /** Set if the snapshot belongs to another canister. */
      readonly fromCanister: PrincipalText | null;
    }
  | { readonly kind: 'controllers_change'; readonly controllers: readonly PrincipalText[] };

/** A trap, with the inner text of its error (no canister id, no help sentence). */
export interface Trap {
  readonly errorCode: ErrorCode;
  readonly message: string;
}
