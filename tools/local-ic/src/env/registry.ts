/**
 * Which networks run on this machine for this user: a file for each port in a folder of the user's own. One that was
 * killed leaves its file behind; then nobody answers at its port, and the file counts for nothing.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningNetwork {
  readonly pid: number;
  readonly url: string;
  readonly subnetId: string;
  /** Null: it keeps nothing. */
  readonly stateDir: string | null;
}

const folder = join(tmpdir(), `local-ic-${userInfo().uid}`);
const fileOf = (port: number) => join(folder, `${port}.json`);
/** Where a network in the background writes what it prints. */
export const logPath = (port: number) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${port}.log`);
};

/** Gives what takes it out again. */
export function registerNetwork(port: number, network: RunningNetwork): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(port), JSON.stringify(network));
  return () => rmSync(fileOf(port), { force: true });
}

/** Null if no network of this user answers at this port. */
export async function findNetwork(port: number): Promise<RunningNetwork | null> {
  const network = readNetwork(port);
  if (network === null || !isAlive(network.pid)) return null;
  return (await answers(network.url)) ? network : null;
}

const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Ends it as Ctrl-C does; false if it is still there a minute later. */
export async function stopNetwork({ pid }: RunningNetwork): Promise<boolean> {
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += POLL_MS) {
    if (!isAlive(pid)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

function readNetwork(port: number): RunningNetwork | null {
  try {
    return JSON.parse(readFileSync(fileOf(port), 'utf8')) as RunningNetwork;
  } catch {
    return null;
  }
}

/** Whether it runs. One that ended, and that nobody asks for its exit code, does not: in many containers they all stay. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** False where the system has no `/proc` (proc(5): the state stands behind the name, which ends at the last bracket). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v2/status`, { signal: AbortSignal.timeout(5_000) });
    return response.headers.get('content-type') === 'application/cbor';
  } catch {
    return false;
  }
}
