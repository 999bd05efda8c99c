/**
 * A thread that holds instances and runs their operations one after the other. It has a larger stack than Node's main
 * thread, because a canister may nest its calls as deep as the engine's own bound allows.
 */
import { parentPort } from 'node:worker_threads';
import { LocalIcError } from '../errors.ts';
import type { Answer } from '../http/answer.ts';
import type { InstanceOptions, OperationCall } from '../http/instance-host.ts';
import { createLocalHost } from '../http/local-host.ts';
import { createLocalIc } from '../local-ic.ts';
import type { CanisterLogLine, LocalIc } from '../types.ts';
import { type DurableIc, openDurableIc } from './durable-ic.ts';
import { createResponseVerifier } from './response-verifier.ts';

/** Lines that canisters may print during one operation; the rest is counted only. */
const MAX_LINES = 10_000;

export type ThreadRequest =
  | { readonly kind: 'create'; readonly id: number; readonly key: number; readonly options: InstanceOptions }
  | { readonly kind: 'run'; readonly id: number; readonly call: OperationCall }
  | { readonly kind: 'drop'; readonly key: number };

export type ThreadReply =
  | { readonly kind: 'created'; readonly id: number; readonly topology: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'log'; readonly entry: CanisterLogLine };

if (parentPort !== null) {
  const port = parentPort;
  const reply = (message: ThreadReply) => port.postMessage(message);
  let lines = 0;
  let last: CanisterLogLine | null = null;
  const onCanisterLog = (entry: CanisterLogLine) => {
    lines += 1;
    last = entry;
    if (lines <= MAX_LINES) reply({ kind: 'log', entry });
  };
  const kept = new WeakMap<LocalIc, DurableIc>();
  const host = createLocalHost({
    createLocalIc({ stateDir, ...options }) {
      if (stateDir === undefined) return createLocalIc(options);
      const durable = openDurableIc(stateDir, options);
      kept.set(durable.ic, durable);
      return durable.ic;
    },
    onCanisterLog,
    checkpoint: (ic) => kept.get(ic)?.checkpoint(),
    verifyPage: createResponseVerifier(),
  });
  const run = (call: OperationCall): Answer => {
    lines = 0;
    const answer = host.run(call);
    if (lines > MAX_LINES && last !== null) {
      const text = `(and ${lines - MAX_LINES} more lines during this request)`;
      reply({ kind: 'log', entry: { ...(last as CanisterLogLine), text } });
    }
    return answer;
  };
  port.on('message', (request: ThreadRequest) => {
    if (request.kind === 'drop') host.drop(request.key);
    else if (request.kind === 'run') reply({ kind: 'answer', id: request.id, answer: run(request.call) });
    else reply(create(request));
  });

  const create = (request: ThreadRequest & { kind: 'create' }): ThreadReply => {
    try {
      return { kind: 'created', id: request.id, topology: host.create(request.key, request.options) };
    } catch (error) {
      const code = error instanceof LocalIcError ? error.code : 'bug';
      return { kind: 'refused', id: request.id, code, message: error instanceof Error ? error.message : String(error) };
    }
  };
}
