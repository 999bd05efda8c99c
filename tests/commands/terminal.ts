/** Commands in a pseudo-terminal, by `script` of util-linux, and what they leave running. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Of util-linux, which Debian always has; that of BSD and macOS takes other options. */
export const SCRIPT: string | undefined = ['/usr/bin/script'].find(
  (path) => existsSync(path) && process.platform === 'linux',
);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly text: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** All that it has printed so far. */
  text(): string;
  /** Resolves when it has printed this; rejects if it ends before. */
  until(pattern: RegExp): Promise<void>;
  type(keys: string): void;
  readonly ended: Promise<Ended>;
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

/** In a pseudo-terminal: what is typed goes through it, and Ctrl-C becomes a signal to all that run there. */
export function inTerminal(command: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const typescript = '/dev/null';
  return run([SCRIPT as string, '--quiet', '--return', '--command', `exec ${line}`, typescript], {
    ...env,
    SHELL: '/bin/sh',
  });
}

export function run([program, ...args]: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(String(program), args, { env, cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      look();
    });
  }
  child.stdin.on('error', () => {});
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, text }));
  });
  return {
    child,
    text: () => text,
    type: (keys) => child.stdin.write(keys),
    ended,
    until(pattern) {
      return new Promise((resolve, reject) => {
        look = () => pattern.test(text) && resolve();
        look();
        void ended.then(() => reject(new Error(`it ended before ${pattern}: ${text}`)));
      });
    },
  };
}

/** Whether anything listens at a port of this machine. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

/** Whether there is /proc, to see who descends from whom. */
export const PROC = existsSync('/proc/self/stat');

/** Commands of running processes that have this word among their arguments. */
export function processesWith(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return args.includes(word) ? [`${pid} ${args.join(' ')}`] : [];
      } catch {
        return [];
      }
    });
}

/** A stack or an assertion of node's, which no user should see. */
export const STACK = /^\s+at .*[(/].*:\d+:\d+\)?$|node:internal|unsettled top-level await/m;
