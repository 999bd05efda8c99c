import { assert, LocalIcError } from '../errors.ts';
import type { CanisterLogLine, LocalIc, LocalIcOptions } from '../types.ts';
import { type Answer, answerToError, jsonText } from './answer.ts';
import { type ApiCall, runApi } from './api/run.ts';
import { requestFields } from './fields.ts';
import { runPage } from './gateway/run.ts';
import type { PageVerifier } from './gateway/types.ts';
import type { InstanceHost, InstanceOptions, OperationCall } from './instance-host.ts';
import { parseExactJson, parseJson, printExactJson, printJson } from './json.ts';
import { operationKind } from './operation-table.ts';
import { RUN } from './operations.ts';
import { topologyJson } from './topology.ts';

export interface LocalHostOptions {
  readonly createLocalIc: (options: LocalIcOptions & Pick<InstanceOptions, 'stateDir'>) => LocalIc;
  /** Keeps an instance that has a folder. */
  readonly checkpoint?: (ic: LocalIc) => void;
  readonly onCanisterLog: (entry: CanisterLogLine) => void;
  readonly verifyPage: PageVerifier;
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
        if (call.operation === 'gateway/page') {
          assert(call.page !== undefined, 'a call of a gateway says what for');
          return runPage(ic, call.page, options.verifyPage);
        }
        if (call.operation !== 'network/checkpoint') return runOperation(ic, call.operation, call);
        options.checkpoint?.(ic);
        return jsonText(200, 'null');
      } catch (error) {
        return answerToError(error);
      }
    },
    drop(key) {
      instances.delete(key);
    },
  };
}

type Runnable = Exclude<OperationCall['operation'], 'gateway/page' | 'network/checkpoint'>;

function runOperation(ic: LocalIc, operation: Runnable, { path = null, ...call }: OperationCall): Answer {
  if (isApiOperation(operation)) return runApi(ic, { operation, body: call.body, path });
  const kind = operationKind(operation);
  const exact = kind.exactIntegers === true;
  const body = kind.method === 'GET' ? {} : (exact ? parseExactJson : parseJson)(call.body);
  const result = RUN[operation](ic, requestFields(body), call.blob);
  if (kind.isVoid === true) return jsonText(200, 'null');
  return jsonText(200, exact ? printExactJson(result) : printJson(result));
}

function isApiOperation(operation: Runnable): operation is ApiCall['operation'] {
  return operation.startsWith('api/');
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
