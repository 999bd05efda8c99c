/** A network as `local-ic start` gives it to its users. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../tools/local-ic/bin/local-ic', import.meta.url));

export interface Network {
  readonly url: string;
  /** What it has printed to standard error: canisters' prints. */
  readonly log: () => string;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>;
}

export function startNetwork(...args: readonly string[]): Promise<Network> {
  const child = spawn(COMMAND, ['start', '--port', '0', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return new Promise((resolve, reject) => {
    void exit.then((code) => reject(new Error(`local-ic ended with ${code} before it was ready: ${errors}`)));
    child.stdout.setEncoding('utf8').once('data', (line: string) => {
      const { url } = JSON.parse(line) as { url: string };
      resolve({ url, log: () => errors, stop: () => interrupt(child, exit) });
    });
  });
}

function interrupt(child: ChildProcess, exit: Promise<number | null>): Promise<number | null> {
  child.kill('SIGINT');
  return exit;
}
