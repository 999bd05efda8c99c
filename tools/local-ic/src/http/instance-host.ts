import { LocalIcError } from '../errors.ts';
import type { CanisterLogLine, LocalIc, LocalIcOptions } from '../types.ts';
import { type Answer, answerToError, jsonText } from './answer.ts';
import { parseExactJson, parseJson, printExactJson, printJson } from './json.ts';
import { LIVE_OPERATIONS, OPERATIONS, requestFields } from './operations.ts';
import { topologyJson } from './topology.ts';

/** Options of an instance as plain data, so that they can go to another thread. */
export type InstanceOptions = Pick<LocalIcOptions, 'time' | 'costSchedule' | 'rateLimits'>;

/** An operation on one instance. `body` is the request's JSON text. */
export interface OperationCall {
  readonly key: number;
  readonly operation: string;
  readonly body: Uint8Array;
  /** Content that the request names by its blob id; null if it names none, or one that does not exist. */
  readonly blob: Uint8Array | null;
}

/**
 * Where instances live: in this thread (`createLocalHost`) or spread over several (`env/thread-pool.ts`). Operations on
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

export interface LocalHostOptions {
  readonly createLocalIc: (options: LocalIcOptions) => LocalIc;
  readonly onCanisterLog: (entry: CanisterLogLine) => void;
}

/** The synchronous core of a host; `env/instance-thread.ts` wraps it in messages. */
export interface LocalHost {
  /** The new instance's topology. */
  create(key: number, options: InstanceOptions): unknown;
  run(call: OperationCall): Answer;
  drop(key: number): void;
}

export function createLocalHost(options: LocalHostOptions): LocalHost {
  const instances = new Map<number, LocalIc>();
  return {
    create(key, instanceOptions) {
      const ic = options.createLocalIc({ ...instanceOptions, onCanisterLog: options.onCanisterLog });
      instances.set(key, ic);
      return topologyJson(ic);
    },
    run(call) {
      try {
        const ic = instances.get(call.key);
        if (ic === undefined) throw new LocalIcError('instance_deleted', `Instance ${call.key} was deleted.`);
        return runOperation(ic, call);
      } catch (error) {
        return answerToError(error);
      }
    },
    drop(key) {
      instances.delete(key);
    },
  };
}

function runOperation(ic: LocalIc, call: OperationCall): Answer {
  const operation = OPERATIONS[call.operation] ?? LIVE_OPERATIONS[call.operation];
  if (operation === undefined) throw new LocalIcError('unknown_operation', `There is no operation ${call.operation}.`);
  const exact = operation.exactIntegers === true;
  const body = operation.method === 'GET' ? {} : (exact ? parseExactJson : parseJson)(call.body);
  const result = operation.run(ic, requestFields(body), call.blob);
  if (operation.isVoid === true) return jsonText(200, 'null');
  return jsonText(200, exact ? printExactJson(result) : printJson(result));
}

/** A host in the calling thread. */
export function createInThreadHost(options: LocalHostOptions): InstanceHost {
  const host = createLocalHost(options);
  return {
    create: async (key, instanceOptions) => host.create(key, instanceOptions),
    run: async (call) => host.run(call),
    drop: (key) => host.drop(key),
    end: async () => undefined,
  };
}
