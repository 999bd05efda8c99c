/** A network as `local-ic start` gives it to its users. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../tools/local-ic/bin/local-ic', import.meta.url));

const START = ['start', '--port', '0', '--json'];

export interface Network {
  readonly url: string;
  /** What it has printed to standard error: canisters' prints. */
  readonly log: () => string;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>;
  /** As `kill -9`: it gets to do nothing any more. */
  kill(): Promise<void>;
  /** Its exit code, when it ends by itself. */
  readonly ended: Promise<number | null>;
}

export function startNetwork(...args: readonly string[]): Promise<Network> {
  return ready(spawn(COMMAND, [...START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** One that cannot write files longer than this many KiB, which is what a full disk is like. */
export function startNetworkWithFullDisk(kib: number, ...args: readonly string[]): Promise<Network> {
  const script = `ulimit -f ${kib}; exec "$0" "$@"`;
  return ready(spawn('bash', ['-c', script, COMMAND, ...START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

function ready(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Network> {
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return new Promise((resolve, reject) => {
    void exit.then((code) => reject(new Error(`local-ic ended with ${code} before it was ready: ${errors}`)));
    child.stdout.setEncoding('utf8').once('data', (line: string) => {
      const { url } = JSON.parse(line) as { url: string };
      resolve({
        url,
        log: () => errors,
        stop: () => interrupt(child, exit),
        kill: () => kill(child, exit),
        ended: exit,
      });
    });
  });
}

function interrupt(child: ChildProcess, exit: Promise<number | null>): Promise<number | null> {
  child.kill('SIGINT');
  return exit;
}

async function kill(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await exit;
}
