import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { processorMs, residentMib, type Server } from '../processes.ts';
import type { ClientTask } from './client.ts';

/** What several clients saw of one server. */
export interface Row {
  readonly name: string;
  readonly calls: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of the server's processor time for each call. */
  readonly cpuMs: number | null;
  /** The most MiB that the server had in use; null where the system does not say. */
  readonly peakMib: number | null;
}

const SAMPLE_MS = 100;
/** Calls of each client before times are taken. */
const WARM_UP = 5;

export interface Crowd extends Omit<ClientTask, 'name' | 'warmUp'> {
  readonly name: string;
  readonly pid: number;
  readonly clients: number;
}

/** Lets so many clients do the same at once, each in a thread of its own. */
export async function measure({ pid, clients, name, ...task }: Crowd): Promise<Row> {
  const memory: number[] = [];
  const sampler = setInterval(() => {
    const mib = residentMib(pid);
    if (mib !== null) memory.push(mib);
  }, SAMPLE_MS);
  const before = processorMs(pid);
  try {
    const all = await Promise.all(
      Array.from({ length: clients }, (_, index) => inThread({ ...task, warmUp: WARM_UP, name: `${name} ${index}` })),
    );
    const times = all.flat().sort((a, b) => a - b);
    const after = processorMs(pid);
    const made = times.length + clients * WARM_UP;
    return {
      name,
      calls: times.length,
      perSecond: times.length / (task.milliseconds / 1000),
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      cpuMs: before === null || after === null ? null : (after - before) / made,
      peakMib: memory.length === 0 ? null : Math.max(...memory),
    };
  } finally {
    clearInterval(sampler);
  }
}

/** Of sorted numbers; NaN of none. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function inThread(task: ClientTask): Promise<number[]> {
  const worker = new Worker(new URL('./client.js', import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a client ended with ${code}`)));
  });
}

/** The bare server, in a process of its own. */
export async function startEcho(): Promise<Pick<Server, 'url' | 'pid'> & { stop(): void }> {
  const script = fileURLToPath(new URL('./echo.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => void child.kill('SIGKILL');
  process.once('exit', stop);
  if (child.stdout === null) throw new Error('its output is a pipe');
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { url: `http://127.0.0.1:${Number(port)}`, pid: child.pid as number, stop };
}
