import { type Answer, answerToError, BadRequest, jsonText } from './answer.ts';
import { type Blobstore, blobContent } from './blobstore.ts';
import type { Clock } from './clock.ts';
import type { ApiContext } from './context.ts';
import { readArtificialDelay, readInstanceRequest } from './create-instance.ts';
import { bytesField, type Fields, requestFields } from './fields.ts';
import type { Gateways } from './gateways.ts';
import { createStateGraph, type StateGraph } from './graph.ts';
import type { InstanceHost } from './instance-host.ts';
import { parseExactJson, parseJson } from './json.ts';
import { type LiveMode, startLive } from './live.ts';
import { operationKind, type RoutedOperation } from './operation-table.ts';
import { createRounds, type Rounds } from './rounds.ts';

/** Milliseconds that a request waits for its result before it is told to come back, as PocketIC does. */
export const DEFAULT_WAIT_MS = 10_000;

interface Instance {
  readonly key: number;
  readonly graph: StateGraph;
  readonly rounds: Rounds;
  live: Promise<LiveMode> | null;
}

export interface InstancesContext {
  readonly host: InstanceHost;
  readonly clock: Clock;
  readonly blobs: Blobstore;
  /** Opens the gateway that an instance is created with. */
  readonly openGateway: Gateways['open'];
}

export interface OperationRequest {
  readonly operation: RoutedOperation;
  readonly body: Uint8Array;
  readonly waitMs: number;
}

/** The instances of one server. Ids count up from 0 and are never used again. Every method throws `BadRequest`. */
export interface Instances {
  create(body: Uint8Array): Promise<Answer>;
  list(): Answer;
  delete(id: number): Promise<void>;
  run(id: number, request: OperationRequest): Promise<Answer>;
  readGraph(label: string, operationId: string): Answer | null;
  startProgress(id: number, body: Uint8Array): Promise<void>;
  stopProgress(id: number): Promise<void>;
  isLive(id: number): boolean;
  /** Where the public API reaches this instance. */
  apiOf(id: number): ApiContext;
  /** Throws `BadRequest` for an unknown or deleted instance. */
  require(id: number): void;
  end(): Promise<void>;
}

export function createInstances(context: InstancesContext): Instances {
  const instances: (Instance | null)[] = [];
  const get = (id: number): Instance => {
    const instance = instances[id];
    if (instance === undefined) throw new BadRequest(`There is no instance ${id}.`);
    if (instance === null) throw new BadRequest(`Instance ${id} was deleted.`);
    return instance;
  };
  const stopProgress = async (instance: Instance) => {
    const live = instance.live;
    instance.live = null;
    await (await live)?.stop();
  };
  return {
    create: (body) => createInstance(context, instances, body),
    list: () => jsonText(200, JSON.stringify(instances.map((instance) => (instance ? 'Available' : 'Deleted')))),
    async delete(id) {
      const instance = get(id);
      instances[id] = null;
      context.host.drop(instance.key);
      await stopProgress(instance);
    },
    run: (id, request) => runOperation(context, get(id), request),
    readGraph: (label, operationId) => {
      const found = instances.map((instance) => instance?.graph.read(label, operationId) ?? null);
      return found.find((answer) => answer !== null) ?? null;
    },
    async startProgress(id, body) {
      const instance = get(id);
      const delayMs = readArtificialDelay(requestFields(parseJson(body)));
      if (instance.live !== null) throw new BadRequest('Auto progress mode has already been enabled.');
      instance.live = live(context, instance, delayMs);
      await instance.live;
    },
    stopProgress: (id) => stopProgress(get(id)),
    isLive: (id) => get(id).live !== null,
    apiOf(id) {
      const { key, rounds } = get(id);
      return { host: context.host, clock: context.clock, key, rounds };
    },
    require: get,
    async end() {
      const open = instances.filter((instance) => instance !== null);
      instances.fill(null);
      for (const instance of open) context.host.drop(instance.key);
      await Promise.all(open.map(stopProgress));
      await context.host.end();
    },
  };
}

function live({ host, clock }: InstancesContext, { key, rounds }: Instance, delayMs: number): Promise<LiveMode> {
  return startLive(host, clock, { key, delayMs, rounds });
}

async function createInstance(
  context: InstancesContext,
  instances: (Instance | null)[],
  body: Uint8Array,
): Promise<Answer> {
  try {
    const request = readInstanceRequest(requestFields(parseExactJson(body)));
    const id = instances.length;
    const instance: Instance = { key: id, graph: createStateGraph(id), rounds: createRounds(), live: null };
    instances.push(instance);
    const topology = await context.host.create(id, request.options).catch((error: unknown) => {
      instances[id] = null;
      throw error;
    });
    if (request.autoProgressDelayMs !== null) {
      instance.live = live(context, instance, request.autoProgressDelayMs);
      await instance.live;
    }
    const gateway = await openGateway(context, instances, { id, fields: request.gateway });
    return jsonText(201, JSON.stringify({ Created: { instance_id: id, topology, http_gateway_info: gateway } }));
  } catch (error) {
    // Here, and only here, the client looks for the message inside `Error`.
    const answer = answerToError(error);
    return jsonText(answer.status, `{"Error":${String(answer.body)}}`);
  }
}

/** Without its gateway, an instance is not what was asked for, and goes again. */
async function openGateway(
  { host, openGateway: open }: InstancesContext,
  instances: (Instance | null)[],
  { id, fields }: { readonly id: number; readonly fields: Fields | null },
): Promise<unknown> {
  if (fields === null) return null;
  try {
    return await open(id, fields);
  } catch (error) {
    const live = instances[id]?.live;
    instances[id] = null;
    host.drop(id);
    await (await live)?.stop();
    throw error;
  }
}

async function runOperation(context: InstancesContext, instance: Instance, request: OperationRequest): Promise<Answer> {
  const blob = request.operation === 'update/set_stable_memory' ? await namedBlob(context.blobs, request.body) : null;
  const running = context.host.run({ key: instance.key, operation: request.operation, body: request.body, blob });
  // It may have been a round.
  if (request.operation.startsWith('update/')) void running.then(() => instance.rounds.ended());
  if (operationKind(request.operation).isVoid === true) return running;
  return inTime(context.clock, running, request.waitMs, () => instance.graph.defer(request.operation, running));
}

/** The result, or what `late` says if it takes longer than `waitMs`. */
function inTime(clock: Clock, running: Promise<Answer>, waitMs: number, late: () => Answer): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = clock.after(waitMs, () => resolve(late()));
    running.then((answer) => {
      timer.cancel();
      resolve(answer);
    });
  });
}

async function namedBlob(blobs: Blobstore, body: Uint8Array): Promise<Uint8Array | null> {
  const id = Buffer.from(bytesField(requestFields(parseJson(body)), 'blob_id')).toString('hex');
  const blob = blobs.get(id);
  return blob === null ? null : blobContent(blob);
}
