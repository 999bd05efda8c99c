import fc from 'fast-check';
import { createClient, type HttpAnswer, type HttpClient } from '../http.ts';
import { residentMib } from '../processes.ts';
import type { Witness } from './bystander.ts';
import type { Shot } from './shot.ts';
import type { Target } from './targets.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  readonly target: string;
  readonly seed: number;
  readonly requests: number;
  readonly seconds: number;
  /** How often each kind of request was answered how. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly failures: readonly string[];
  readonly bystander: Witness;
  /** MiB; null where the system does not say. */
  readonly memory: Memory | null;
}

export interface Memory {
  /** In the middle of the second quarter of the requests, and of the last. */
  readonly early: number;
  readonly late: number;
  readonly peak: number;
}

/** Requests made from one seed, between which the good ones are made anew. */
const BATCH = 500;
const PARALLEL = 8;
const MAX_FAILURES = 50;
/** MiB that a server may grow by between the second quarter of a long run and the last: answers are kept for minutes. */
const MAX_GROWTH_MIB = 128;
/** Shorter runs end while the server's own caches still grow. */
const LONG_RUN = 20_000;

/** Fuzzes one server, and ends it. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzReport> {
  const started = performance.now();
  const statuses: Record<string, Record<string, number>> = {};
  const failures: string[] = [];
  const memory: number[] = [];
  const client = createClient(target.server.url);
  const judge = (number: number, shot: Shot, answer: HttpAnswer) => {
    const counts = statuses[shot.name] ?? {};
    statuses[shot.name] = { ...counts, [answer.status]: (counts[answer.status] ?? 0) + 1 };
    if (shot.allowed.includes(answer.status) || failures.length >= MAX_FAILURES) return;
    failures.push(describe(number, shot, answer));
  };
  for (let first = 0; first < options.requests && !target.server.hasEnded(); first += BATCH) {
    const batch = Math.floor(first / BATCH);
    const size = Math.min(BATCH, options.requests - first);
    const shots = fc.sample(await target.shots(batch), { numRuns: size, seed: seedOf(options.seed, batch) });
    await sendAll(client, shots, async (index, answer) => {
      const shot = shots[index] as Shot;
      judge(first + index, shot, answer);
      await target.after(shot, answer);
    });
    const mib = residentMib(target.server.pid);
    if (mib !== null) memory.push(mib);
    options.onProgress?.(first + size);
  }
  client.close();
  const bystander = await target.bystander.end();
  failures.push(...bystander.failures.map((text) => `a bystander was not served: ${text}`));
  if (target.server.hasEnded()) failures.push(`the server ended: ${target.server.log().slice(-2_000)}`);
  else {
    failures.push(...(await target.problems()));
    const code = await target.server.stop();
    if (code !== 0) failures.push(`the server ended with ${code}`);
  }
  const used = memoryOf(memory);
  if (used !== null && options.requests >= LONG_RUN && used.late - used.early > MAX_GROWTH_MIB) {
    failures.push(`the server grew from ${used.early.toFixed(0)} to ${used.late.toFixed(0)} MiB`);
  }
  const seconds = (performance.now() - started) / 1000;
  const { requests, seed } = options;
  return { target: target.name, seed, requests, seconds, statuses, failures, bystander, memory: used };
}

/** Batches of neighbouring seeds have nothing in common. */
function seedOf(seed: number, batch: number): number {
  return (Math.imul(seed, 0x9e37_79b1) + Math.imul(batch, 0x85eb_ca77)) | 0;
}

async function sendAll(
  client: HttpClient,
  shots: readonly Shot[],
  onAnswer: (index: number, answer: HttpAnswer) => Promise<void>,
): Promise<void> {
  const next = { index: 0 };
  const worker = async () => {
    while (next.index < shots.length) {
      const index = next.index;
      next.index += 1;
      await onAnswer(index, await client.send((shots[index] as Shot).request));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

function describe(number: number, { name, request, allowed }: Shot, { status, body }: HttpAnswer): string {
  const text = Buffer.from(body).toString().slice(0, 300);
  const sent = Buffer.from(request.body ?? [])
    .toString('hex')
    .slice(0, 2_000);
  return `request ${number}, ${name}: ${request.method} ${request.path} was answered ${status} (${text}), not ${allowed.join(', ')}; sent ${sent}`;
}

function memoryOf(samples: readonly number[]): Memory | null {
  if (samples.length === 0) return null;
  const quarter = samples.length / 4;
  const middle = (from: number) => {
    const part = samples.slice(Math.floor(from * quarter), Math.max(1, Math.ceil((from + 1) * quarter)));
    return part.sort((a, b) => a - b)[part.length >> 1] as number;
  };
  return { early: middle(1), late: middle(3), peak: Math.max(...samples) };
}
