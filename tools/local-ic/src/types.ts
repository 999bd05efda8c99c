import type { Reject } from './errors.ts';
import type { PrincipalText } from './principal.ts';
import type { IngressStatus } from './state/types.ts';

/** How to start a subnet. Everything it ever does follows from this and from what is asked of it. */
export interface LocalIcOptions {
  /** 32 bytes; default: zeros. */
  readonly seed?: Uint8Array;
  /** Nanoseconds since 1970; default: 2021-05-06 19:17:10 UTC, as PocketIC. */
  readonly time?: bigint;
  /** Number of the first canister id (`canisterIdFromNumber`); default: 0xffff_ffff_ffe0_0000 as PocketIC's first subnet. */
  readonly firstCanisterNumber?: bigint;
  readonly costSchedule?: 'normal' | 'free';
  /** Heap-delta and install rate limits; default on. */
  readonly rateLimits?: boolean;
  readonly interceptor?: Interceptor;
  /** Canisters that are there from the beginning, made in this order. Throws `initial_canister` if one cannot be. */
  readonly canisters?: readonly InitialCanister[];
  /** Called for each line a canister prints, with the time of its execution. */
  readonly onCanisterLog?: (entry: CanisterLogLine) => void;
}

export interface InitialCanister {
  /** An id outside of those that the subnet gives to new canisters, for example one of the mainnet's. */
  readonly id: PrincipalText;
  readonly wasm: Uint8Array;
  /** The argument of its `canister_init`: none, or the subnet's id as a Candid principal. */
  readonly argument: 'none' | 'subnet_id';
  readonly cycles: bigint;
  readonly controllers: readonly PrincipalText[];
}

export interface CanisterLogLine {
  readonly canisterId: PrincipalText;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly text: string;
  /** False for prints of queries, which no log keeps. */
  readonly replicated: boolean;
}

/** A call as a user makes it. `canisterId` may be aaaaa-aa. */
export interface CallRequest {
  readonly sender: PrincipalText;
  readonly canisterId: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
  /** Where the call is routed; default: `canisterId`, for aaaaa-aa the canister its argument names. */
  readonly effectiveCanisterId?: PrincipalText;
  /** Makes two otherwise equal calls different messages; default: a counter. */
  readonly nonce?: Uint8Array;
  /** 32 bytes: what the message is called, for example its request id; default: a hash of all of the above. */
  readonly messageId?: Uint8Array;
  /** Nanoseconds since 1970; default: now + 5 minutes. */
  readonly expiry?: bigint;
}

export type CallResult =
  | { readonly kind: 'reply'; readonly data: Uint8Array }
  | {
      readonly kind: 'reject';
      readonly reject: Reject /** An executed update, not a refusal at the door or a query. */;
      readonly certified: boolean;
    };

export type SubmitResult =
  | { readonly kind: 'accepted'; readonly messageId: Uint8Array }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** What one round did; deterministic measures for tests and benchmarks. */
export interface RoundReport {
  readonly round: number;
  readonly time: bigint;
  readonly executions: number;
  readonly instructions: bigint;
  /** Changed 4 KiB pages of all commits, Wasm and stable memory together. */
  readonly changedPages: number;
}

/** A saved point; opaque, immutable, shares pages with the subnet it came from. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
}

/** One subnet, in process, stepped by hand. Not live: nothing happens unless asked. */
export interface LocalIc {
  // Time and rounds
  /** The instance's clock, nanoseconds since 1970. */
  time(): bigint;
  /** Block time of the last round: what queries and certificates see. */
  certifiedTime(): bigint;
  round(): number;
  /** Sets the clock for the next round. Throws `time_into_past`. Equal: no effect. */
  setTime(nanos: bigint): void;
  /** Sets the clock and what queries see at once, without a round. Throws `time_into_past`. */
  setCertifiedTime(nanos: bigint): void;
  /** Runs one round. */
  tick(): RoundReport;

  // Calls
  /** Checks a call as the HTTP door does (inspect_message included) and keeps it for the next round. */
  submit(request: CallRequest): SubmitResult;
  /** Undefined while the id is unknown. */
  ingressStatus(messageId: Uint8Array): IngressStatus | undefined;
  /** Runs rounds until the message is answered. Throws `not_answered` after `maxRounds` (default 100). */
  awaitIngress(messageId: Uint8Array, maxRounds?: number): CallResult;
  /** `submit`, then `awaitIngress`. */
  call(request: CallRequest): CallResult;
  /** On the latest state, no round, nothing kept. */
  query(request: CallRequest): CallResult;

  /** What agents ask for over HTTP, envelopes and certificates included. */
  readonly api: PublicApi;
  /**
   * When the next round has something to do: now or earlier if something waits already, later for a timer that is set,
   * null if only a call or a heartbeat can bring work.
   */
  nextWork(): bigint | null;

  // What an operator of a test network may look at and change. All throw `canister_not_found`.
  canisterIds(): PrincipalText[];
  canister(id: PrincipalText): CanisterView | undefined;
  cycles(id: PrincipalText): bigint;
  /** Returns the new balance. */
  addCycles(id: PrincipalText, amount: bigint): bigint;
  stableMemory(id: PrincipalText): Uint8Array;
  /** Replaces it; grown to whole Wasm pages. Throws `canister_empty`. */
  setStableMemory(id: PrincipalText, content: Uint8Array): void;
  subnetId(): PrincipalText;
  canisterRanges(): readonly (readonly [first: PrincipalText, last: PrincipalText])[];
  /** DER, 133 bytes. */
  rootKey(): Uint8Array;
  defaultEffectiveCanisterId(): PrincipalText;
  seed(): Uint8Array;

  // Saving, forking
  checkpoint(): Checkpoint;
  /** Goes back to a checkpoint of this or of another instance in this process. */
  restore(checkpoint: Checkpoint): void;
  /** An independent instance with the same state; pages and compiled modules are shared. */
  fork(options?: Pick<LocalIcOptions, 'interceptor' | 'onCanisterLog'>): LocalIc;
  /** The whole state in a versioned format; `loadLocalIc` reads it. */
  save(): Uint8Array;
  /** What the next `tick()` will depend on beside the state: enough to run that round again on the state before it. */
  nextRoundRecord(): Uint8Array;
  /** Runs a recorded round; leaves out one that the state has seen. Throws `invalid_state` if rounds before it are missing. */
  replayRound(record: Uint8Array): void;
  /** SHA-256 over the whole state: equal runs give equal digests. */
  digest(): Uint8Array;
  /** Bytes held by canister memories, snapshots and modules, each shared page counted once. */
  heldBytes(): HeldBytes;
}

/** Where a request of the public API is addressed: the id in its path. */
export interface ApiAddress {
  readonly kind: 'canister' | 'subnet';
  readonly id: PrincipalText;
}

/** A request that is not let in: what the HTTP answer says, its status included. */
export interface ApiRefusal {
  readonly status: 400 | 403 | 404 | 413;
  readonly message: string;
}

export type ApiResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: ApiRefusal };

/** An answer of one node: checked against the node's key in the state tree. */
export interface SignedQueryResult {
  readonly result: CallResult;
  readonly signature: {
    /** Nanoseconds since 1970. */
    readonly timestamp: bigint;
    /** Ed25519, 64 bytes. */
    readonly signature: Uint8Array;
    readonly node: PrincipalText;
  };
}

/**
 * The public HTTP API without HTTP (interface specification, "HTTPS Interface"). Each request is a signed envelope in
 * CBOR; who sent it, when, and where to, is checked before anything else.
 */
export interface PublicApi {
  /** Accepts an update call, once for each request id, or says why the door or the receiver refuses it. */
  call(address: ApiAddress, envelope: Uint8Array): ApiResult<SubmitResult>;
  /** A certificate of the call's final status; null while it has none. */
  callCertificate(messageId: Uint8Array): Uint8Array | null;
  query(address: ApiAddress, envelope: Uint8Array): ApiResult<SignedQueryResult>;
  /** A certificate that reveals the paths which the envelope asks for. */
  readState(address: ApiAddress, envelope: Uint8Array): ApiResult<Uint8Array>;
}

export interface HeldBytes {
  readonly pages: number;
  readonly pageBytes: number;
  readonly moduleBytes: number;
}

/** A canister from outside, without executing anything. */
export interface CanisterView {
  readonly id: PrincipalText;
  readonly controllers: readonly PrincipalText[];
  readonly status: 'running' | 'stopping' | 'stopped';
  readonly version: bigint;
  readonly cycles: bigint;
  readonly moduleHash: Uint8Array | null;
  readonly globalTimer: bigint;
  readonly openCallContexts: number;
  readonly outstandingCallbacks: number;
  readonly snapshots: readonly SnapshotView[];
  /** Bytes. */
  readonly wasmMemorySize: number;
  readonly stableMemorySize: number;
}

export interface SnapshotView {
  readonly id: Uint8Array;
  readonly takenAt: bigint;
  readonly size: bigint;
  /** Bytes of each part. */
  readonly wasmMemorySize: number;
  readonly stableMemorySize: number;
  readonly wasmModuleSize: number;
}

// Interceptors

export type ExecutionKind =
  | 'start'
  | 'init'
  | 'pre_upgrade'
  | 'post_upgrade'
  | 'update'
  | 'replicated_query'
  | 'query'
  | 'composite_query'
  | 'inspect_message'
  | 'heartbeat'
  | 'global_timer'
  | 'low_wasm_memory'
  | 'reply'
  | 'reject'
  | 'cleanup';

export interface ExecutionEvent {
  readonly round: number;
  readonly time: bigint;
  readonly canisterId: PrincipalText;
  readonly kind: ExecutionKind;
  /** Method name; for callbacks the method that was called; empty for tasks. */
  readonly method: string;
  /** For callbacks: who answered. */
  readonly peer: PrincipalText | null;
}

export interface DeliverEvent {
  readonly round: number;
  readonly kind: 'request' | 'response';
  /** The canister that made the call. */
  readonly caller: PrincipalText;
  readonly callee: PrincipalText;
  readonly method: string;
  /** How many rounds it was held back already. */
  readonly delayed: number;
}

export interface ManagementEvent {
  readonly round: number;
  readonly sender: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
}

export interface ExecutionResultEvent extends ExecutionEvent {
  readonly instructions: bigint;
  readonly hostCalls: number;
  readonly trap: { readonly errorCode: string; readonly message: string } | null;
}

/**
 * Looks at, and changes, what happens at each border. Every hook is optional and called in a deterministic order;
 * returning nothing changes nothing.
 */
export interface Interceptor {
  /** Before an execution: lower its instruction limit, or make its n-th call of an ic0 function (1 = first) trap. */
  readonly execute?: (
    event: ExecutionEvent,
  ) => { readonly instructionLimit?: bigint; readonly trapAtHostCall?: number } | undefined;
  readonly executed?: (event: ExecutionResultEvent) => void;
  /** Before a message between canisters (aaaaa-aa included) reaches its receiver: hold it back this round, or answer it with a reject. */
  readonly deliver?: (event: DeliverEvent) => { readonly delay: true } | { readonly reject: Reject } | undefined;
  /** Before a management call runs: reject it instead. */
  readonly management?: (event: ManagementEvent) => { readonly reject: Reject } | undefined;
}
