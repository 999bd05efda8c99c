/** A network that is killed again and again while clients count on it, and what of that is there afterwards. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Principal } from 'icp-sdk-core-6/principal';
import { loadLocalIc } from 'local-ic';
import { counterWasm } from '../counter.ts';
import { connect, deploy } from '../deploy.ts';
import { createClient } from '../http.ts';
import { killWhileStarting, type Server, startNetwork } from '../processes.ts';
import { addUntilItEnds, certifiedStatus, countOf, type Tally } from './workers.ts';

export interface CrashOptions {
  readonly times: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
  /** What becomes of the folder after each kill; for a test of what this finds. */
  readonly afterKill?: (stateDir: string) => void;
}

export interface CrashReport {
  readonly seed: number;
  readonly times: number;
  readonly seconds: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Calls that are there: those that were acknowledged, and some whose answer was cut off. */
  readonly counted: number;
  /** Milliseconds from a start to the line that says it is ready: in the middle, and at worst. */
  readonly startMs: { readonly median: number; readonly worst: number };
  readonly failures: readonly string[];
}

/** One crash: milliseconds of work before it, and into each start that is killed before the one that may go on. */
interface Crash {
  readonly workMs: number;
  readonly startsMs: readonly number[];
}

const WORKERS = ['waiting', 'waiting', 'polling', 'waiting'] as const;
/** Every so many crashes one comes only after a call was acknowledged, however slow the machine is. */
const TOLD_EVERY = 4;
const TOLD_WITHIN_MS = 60_000;
const POLL_MS = 5;
/** Milliseconds of a start that leave time for every part of it. */
const MAX_START_MS = 600;
const MAX_FAILURES = 20;

const crash: fc.Arbitrary<Crash> = fc.record({
  workMs: fc.integer({ min: 1, max: 700 }),
  startsMs: fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.array(fc.integer({ min: 1, max: MAX_START_MS }), { minLength: 1, maxLength: 2 }), weight: 1 },
  ),
});

interface Scene {
  readonly stateDir: string;
  readonly canister: Principal;
  readonly rootKey: Uint8Array;
  readonly tally: Tally;
  readonly sums: { sent: number; acknowledged: number; counted: number };
  readonly starts: number[];
  readonly failures: string[];
  readonly afterKill: (stateDir: string) => void;
}

/** Kills a network so many times at moments that follow from the seed. */
export async function crashes({ times, seed, onProgress, afterKill = () => {} }: CrashOptions): Promise<CrashReport> {
  const begun = performance.now();
  const stateDir = mkdtempSync(join(tmpdir(), 'local-ic-crash-'));
  let server: Server | null = null;
  try {
    server = await startNetwork('--state-dir', stateDir);
    const agent = await connect(server.url);
    const scene: Scene = {
      stateDir,
      canister: await deploy(agent, await counterWasm()),
      rootKey: new Uint8Array(agent.rootKey ?? []),
      tally: { sent: 0, acknowledged: 0, lastIds: [] },
      sums: { sent: 0, acknowledged: 0, counted: 0 },
      starts: [],
      failures: [],
      afterKill,
    };
    for (const [index, one] of fc.sample(crash, { numRuns: times, seed }).entries()) {
      const told = index % TOLD_EVERY === TOLD_EVERY - 1;
      server = await crashOnce(scene, server, { ...one, told, name: `crash ${index}` });
      onProgress?.(`${index + 1} of ${times} crashes, ${scene.sums.acknowledged} calls acknowledged`);
      if (scene.failures.length >= MAX_FAILURES) break;
    }
    const code = await server.stop();
    if (code !== 0) scene.failures.push(`at the end the network ended with ${code}: ${server.log().slice(-1_000)}`);
    const { sums, starts, failures } = scene;
    starts.sort((a, b) => a - b);
    const startMs = { median: starts[starts.length >> 1] ?? 0, worst: starts.at(-1) ?? 0 };
    return { seed, times, seconds: (performance.now() - begun) / 1000, ...sums, startMs, failures };
  } finally {
    if (server?.hasEnded() === false) await server.kill();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function untilTold({ tally }: Scene): Promise<void> {
  for (let ms = 0; tally.acknowledged === 0 && ms < TOLD_WITHIN_MS; ms += POLL_MS) await sleep(POLL_MS);
}

async function crashOnce(
  scene: Scene,
  server: Server,
  one: Crash & { readonly told: boolean; readonly name: string },
): Promise<Server> {
  const { canister, tally, failures, stateDir } = scene;
  const workers = WORKERS.map((manner, index) =>
    addUntilItEnds({ url: server.url, canister, manner, name: `${one.name} ${index}` }, tally),
  );
  if (one.told) await untilTold(scene);
  await sleep(one.workMs);
  await server.kill();
  failures.push(...(await Promise.all(workers)).flat());
  scene.afterKill(stateDir);
  checkFiles(scene, one.name);
  for (const startMs of one.startsMs) {
    await killWhileStarting(startMs, '--state-dir', stateDir);
    checkFiles(scene, `${one.name}, killed ${startMs} ms into a start`);
  }
  const started = performance.now();
  const next = await startNetwork('--state-dir', stateDir);
  scene.starts.push(performance.now() - started);
  await settle(scene, next, one.name);
  return next;
}

/** The state in the folder is always a whole one, whatever is in the records behind it. */
function checkFiles({ stateDir, failures }: Scene, name: string): void {
  const path = join(stateDir, 'state.cbor');
  try {
    if (!existsSync(path)) failures.push(`${name}: there is no state any more`);
    else loadLocalIc(new Uint8Array(readFileSync(path)));
  } catch (error) {
    failures.push(`${name}: the state is torn: ${String(error)}`);
  }
}

/** Compares what is there with what was told, and goes on from where the counter stands. */
async function settle(scene: Scene, { url }: Server, name: string): Promise<void> {
  const { canister, rootKey, tally, sums, failures } = scene;
  const client = createClient(url);
  const stands = await countOf(client, canister);
  if (stands === null) failures.push(`${name}: the canister that counted is gone`);
  const count = (stands ?? 0) - sums.counted;
  if (count < tally.acknowledged) {
    failures.push(`${name}: ${tally.acknowledged} calls were acknowledged, ${count} are there`);
  }
  if (count > tally.sent) failures.push(`${name}: ${tally.sent} calls were sent, ${count} were counted`);
  for (const id of tally.lastIds.splice(0)) {
    const status = await certifiedStatus(client, { canister, rootKey, id });
    if (status !== 'replied') failures.push(`${name}: the status of a call was replied and is now ${status}`);
  }
  client.close();
  sums.sent += tally.sent;
  sums.acknowledged += tally.acknowledged;
  sums.counted += count;
  Object.assign(tally, { sent: 0, acknowledged: 0 });
}

export function crashText({ times, seconds, sent, acknowledged, counted, startMs, failures }: CrashReport): string {
  const start = `${startMs.median.toFixed(0)} ms in the middle, ${startMs.worst.toFixed(0)} ms at worst`;
  return [
    `killed ${times} times in ${seconds.toFixed(0)} s`,
    `  calls      ${sent} sent, ${acknowledged} acknowledged, ${counted} there`,
    `  starts     ${start}`,
    ...failures.map((failure) => `  FAILED     ${failure}`),
  ].join('\n');
}
