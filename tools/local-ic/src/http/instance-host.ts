import type { LocalIcOptions } from '../types.ts';
import type { Answer } from './answer.ts';
import type { ApiCall } from './api/run.ts';
import type { PageCall } from './gateway/types.ts';
import type { OperationName } from './operation-table.ts';

/** Options of an instance as plain data, so that they can go to another thread. */
export interface InstanceOptions
  extends Pick<LocalIcOptions, 'seed' | 'time' | 'costSchedule' | 'rateLimits' | 'canisters'> {
  /** A folder in which the instance is kept; if there is one in it, the other options count for nothing. */
  readonly stateDir?: string;
}

/** An operation on one instance. `body` is the request's JSON text, or an envelope of the public API. */
export interface OperationCall {
  readonly key: number;
  readonly operation: OperationName | ApiCall['operation'] | 'gateway/page' | 'network/checkpoint';
  /** Of the public API only. */
  readonly path?: ApiCall['path'];
  /** Of a gateway only. */
  readonly page?: PageCall;
  readonly body: Uint8Array;
  /** Content that the request names by its blob id; null if it names none, or one that does not exist. */
  readonly blob: Uint8Array | null;
}

/**
 * Where instances live: in this thread (`local-host.ts`) or spread over several (`env/thread-pool.ts`). Operations on
 * one instance run in the order in which they were asked for.
 */
export interface InstanceHost {
  /** Answers `{"key", "topology"}`'s parts, or throws `LocalIcError`. */
  create(key: number, options: InstanceOptions): Promise<unknown>;
  run(call: OperationCall): Promise<Answer>;
  /** Frees an instance; its operations that have not begun are answered 400. */
  drop(key: number): void;
  end(): Promise<void>;
}
