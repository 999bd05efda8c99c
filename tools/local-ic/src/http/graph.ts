import { type Answer, failure, jsonText } from './answer.ts';

/** Results kept per instance for clients that were told to come back; the oldest are forgotten first. */
const MAX_KEPT = 256;

interface Entry {
  readonly label: string;
  answer: Answer | null;
}

/** Operations of one instance that took longer than a request may wait, by their id. */
export interface StateGraph {
  /** Keeps an operation that is still running, and gives the answer that says so. */
  defer(operation: string, running: Promise<Answer>): Answer;
  /** Null for an operation that this instance does not know. */
  read(label: string, operationId: string): Answer | null;
}

export function createStateGraph(instanceId: number): StateGraph {
  const entries = new Map<string, Entry>();
  let count = 0;
  return {
    defer(operation, running) {
      count += 1;
      const entry: Entry = { label: stateLabel(instanceId, count), answer: null };
      const id = `${operation.replaceAll('/', '-')}-${count}`;
      entries.set(id, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_KEPT) break;
        entries.delete(oldest);
      }
      running.then((answer) => {
        entry.answer = answer;
      });
      return stillRunning(entry.label, id);
    },
    read(label, operationId) {
      const entry = entries.get(operationId);
      if (entry === undefined || entry.label !== label) return null;
      return entry.answer ?? stillRunning(label, operationId);
    },
  };
}

export function unknownOperation(label: string, operationId: string): Answer {
  return failure(404, `This server knows no operation ${operationId} in state ${label}.`);
}

function stillRunning(label: string, operationId: string): Answer {
  return jsonText(202, JSON.stringify({ state_label: label, op_id: operationId }));
}

/** 16 bytes that are different for each deferred operation of a server, as base64url. */
function stateLabel(instanceId: number, count: number): string {
  const label = Buffer.alloc(16);
  label.writeBigUInt64BE(BigInt(instanceId));
  label.writeBigUInt64BE(BigInt(count), 8);
  return label.toString('base64url');
}
