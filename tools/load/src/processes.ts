/** local-ic's commands, started as their users start them. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Server {
  readonly url: string;
  readonly pid: number;
  /** What it has printed to standard error. */
  readonly log: () => string;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>;
  /** As `kill -9`: it gets to do nothing any more. */
  kill(): Promise<void>;
  hasEnded(): boolean;
}

const bin = (name: string): string =>
  join(dirname(createRequire(import.meta.url).resolve('local-ic')), '..', 'bin', name);

/** `local-ic start` at any free port. */
export function startNetwork(...args: readonly string[]): Promise<Server> {
  return ready(['local-ic', 'start', '--port', '0', '--json', ...args], (line) => String(JSON.parse(line).url));
}

/** `local-ic start`, killed after so many milliseconds, wherever it is by then. */
export async function killWhileStarting(milliseconds: number, ...args: readonly string[]): Promise<void> {
  const child = spawn(bin('local-ic'), ['start', '--port', '0', ...args], { stdio: 'ignore' });
  const end = new Promise((resolve) => child.once('close', resolve));
  setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await end;
}

/** `pocket-ic` at any free port. */
export function startPocketIc(): Promise<Server> {
  return ready(['pocket-ic', '--port', '0', '--ttl', '3600'], (line) => {
    const port = /port (\d+)/.exec(line)?.[1];
    return port === undefined ? null : `http://127.0.0.1:${port}`;
  });
}

function ready([name, ...args]: readonly string[], urlIn: (line: string) => string | null): Promise<Server> {
  const child = spawn(bin(String(name)), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // Nothing is left running, however this process ends.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  const state = { errors: '', ended: false };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    state.errors = (state.errors + chunk).slice(-MAX_LOG);
  });
  const exit = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      state.ended = true;
      resolve(code);
    }),
  );
  return new Promise((resolve, reject) => {
    void exit.then((code) => reject(new Error(`${name} ended with ${code} before it was ready: ${state.errors}`)));
    child.once('error', reject);
    child.stdout.setEncoding('utf8').on('data', (line: string) => {
      const url = urlIn(line);
      if (url === null) return;
      child.stdout.removeAllListeners('data').resume();
      resolve(serverOf(child, { url, exit, state }));
    });
  });
}

/** Characters of a server's log that are kept. */
const MAX_LOG = 100_000;

interface Running {
  readonly url: string;
  readonly exit: Promise<number | null>;
  readonly state: { readonly errors: string; readonly ended: boolean };
}

function serverOf(child: ChildProcessByStdio<null, Readable, Readable>, { url, exit, state }: Running): Server {
  return {
    url,
    pid: child.pid as number,
    log: () => state.errors,
    hasEnded: () => state.ended,
    stop() {
      child.kill('SIGINT');
      return exit;
    },
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** MiB of memory that a process has in use; null where the system does not say. */
export function residentMib(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    // Gone, or another system than Linux.
    return null;
  }
}

/** Clock ticks of Linux's process accounting in a second. */
const TICKS_A_SECOND = 100;

/** Milliseconds of processor time that a process has taken so far; null where the system does not say. */
export function processorMs(pid: number): number | null {
  try {
    // Behind the name, which may have blanks: user and system time are the 12th and 13th (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND) * 1000;
  } catch {
    return null;
  }
}
