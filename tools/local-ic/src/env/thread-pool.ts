/**
 * Spreads instances over threads, so that one that computes for long, runs out of memory or brings its thread down is
 * not noticed by the others. A thread that is free is used again: it has the engine loaded and modules compiled. With
 * more instances than threads, some share one.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LocalIcError } from '../errors.ts';
import { type Answer, failure } from '../http/answer.ts';
import type { InstanceHost, InstanceOptions, OperationCall } from '../http/instance-host.ts';
import type { CanisterLogLine } from '../types.ts';
import type { ThreadReply, ThreadRequest } from './instance-thread.ts';

/**
 * MiB of stack of a thread. The engine bounds a canister's calls by an estimate of 3 MiB; a frame of the first, quick
 * compilation takes several times its estimate. Only what is used takes memory.
 */
const STACK_MIB = 64;
/** MiB of JavaScript heap of a thread; canister memories lie outside of it. */
const HEAP_MIB = 2048;

interface Thread {
  readonly keys: Set<number>;
  create(key: number, options: InstanceOptions): Promise<unknown>;
  run(call: OperationCall): Promise<Answer>;
  /** Says whether the thread is still busy, and with nothing but what was dropped. */
  drop(key: number): 'useful' | 'useless';
  end(): Promise<void>;
  /** Why it ended by itself, or null. */
  failed(): string | null;
}

export interface ThreadPoolOptions {
  readonly onCanisterLog: (entry: CanisterLogLine) => void;
  /** A thread that ended by itself. */
  readonly onThreadLost: (reason: string) => void;
  readonly maxThreads?: number;
  /** MiB of JavaScript heap of each thread. */
  readonly heapMib?: number;
}

export interface ThreadPool extends InstanceHost {
  /** Starts a thread for the first instance, so that it need not wait for the engine to load. */
  warm(): void;
}

export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const maxThreads = options.maxThreads ?? Math.max(4, availableParallelism());
  const threads = new Set<Thread>();
  const homes = new Map<number, Thread>();
  const choose = () => {
    for (const thread of threads) if (thread.failed() !== null) threads.delete(thread);
    const thread = chooseThread(threads, maxThreads) ?? startThread(options);
    threads.add(thread);
    return thread;
  };
  return {
    warm() {
      if (threads.size === 0) choose();
    },
    create(key, instanceOptions) {
      const thread = choose();
      thread.keys.add(key);
      homes.set(key, thread);
      return thread.create(key, instanceOptions);
    },
    async run(call) {
      const thread = homes.get(call.key);
      return thread === undefined ? failure(400, `Instance ${call.key} was deleted.`) : thread.run(call);
    },
    drop(key) {
      const thread = homes.get(key);
      homes.delete(key);
      // It may be busy for long with what nobody waits for any more.
      if (thread?.drop(key) === 'useless') {
        threads.delete(thread);
        void thread.end();
      }
    },
    async end() {
      homes.clear();
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}

/** A free thread, or the least used one if no more may be started. */
function chooseThread(threads: ReadonlySet<Thread>, maxThreads: number): Thread | null {
  const [least] = [...threads].sort((a, b) => a.keys.size - b.keys.size);
  if (least === undefined) return null;
  return least.keys.size === 0 || threads.size >= maxThreads ? least : null;
}

interface Waiting {
  readonly answer: (answer: Answer) => void;
  readonly created: (topology: unknown) => void;
  readonly refused: (error: LocalIcError) => void;
}

function startThread(options: ThreadPoolOptions): Thread {
  const worker = new Worker(new URL('../env/instance-thread.js', import.meta.url), {
    resourceLimits: { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: options.heapMib ?? HEAP_MIB },
    // The process's own flags (a debugger, a test runner's loader) are not for it.
    execArgv: [],
  });
  const waiting = new Map<number, Partial<Waiting>>();
  const keys = new Set<number>();
  let failed: string | null = null;
  let ending = false;
  let count = 0;
  const ask = (request: ThreadRequest & { id: number }, answers: Partial<Waiting>) => {
    waiting.set(request.id, answers);
    worker.postMessage(request, request.kind === 'run' ? ownBuffer(request.call.body) : []);
  };
  const lose = (reason: string) => {
    if (failed !== null || ending) return;
    failed = reason;
    options.onThreadLost(reason);
    giveUp(500, lostText(reason));
  };
  const giveUp = (status: number, text: string) => {
    for (const entry of waiting.values()) {
      entry.answer?.(failure(status, text));
      entry.refused?.(new LocalIcError('instance_lost', text));
    }
    waiting.clear();
  };
  worker.on('message', (reply: ThreadReply) => {
    if (reply.kind === 'log') return options.onCanisterLog(reply.entry);
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === 'answer') entry?.answer?.(reply.answer);
    else if (reply.kind === 'created') entry?.created?.(reply.topology);
    else entry?.refused?.(new LocalIcError(reply.code, reply.message));
  });
  worker.on('error', (error) => lose(error.message));
  worker.on('exit', (code) => lose(`exit code ${code}`));
  return {
    keys,
    create: (key, instanceOptions) =>
      new Promise((created, refused) => {
        if (failed !== null) return refused(new LocalIcError('instance_lost', lostText(failed)));
        ask({ kind: 'create', id: count++, key, options: instanceOptions }, { created, refused });
      }),
    run: (call) =>
      new Promise((answer) => {
        if (failed !== null) return answer(failure(400, lostText(failed)));
        ask({ kind: 'run', id: count++, call }, { answer });
      }),
    drop(key) {
      keys.delete(key);
      if (failed !== null) return 'useful';
      if (keys.size === 0 && waiting.size > 0) return 'useless';
      worker.postMessage({ kind: 'drop', key } satisfies ThreadRequest);
      return 'useful';
    },
    async end() {
      ending = true;
      giveUp(400, 'The instance was deleted while it was busy.');
      await worker.terminate();
    },
    failed: () => failed,
  };
}

/** A request's body belongs to nobody else, so that it moves to the thread instead of being copied. */
function ownBuffer(body: Uint8Array): ArrayBuffer[] {
  const { buffer } = body;
  return buffer instanceof ArrayBuffer && buffer.byteLength === body.length && body.length > 0 ? [buffer] : [];
}

function lostText(reason: string): string {
  return `The thread of this instance ended (${reason}), and its state is lost; delete it and create another.`;
}
