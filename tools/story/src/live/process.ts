import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Ctrl-C, a polite kill, and a terminal that is closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface LiveNetwork {
  /** Null if it ended before it was ready: it has said why. */
  readonly url: string | null;
  /** Its exit code; 1 if a signal killed it. */
  readonly ended: Promise<number>;
  /** Whether it was told to end, or has ended by itself. */
  isEnding(): boolean;
  stop(): void;
}

/** `local-ic start` with these options, as a process of its own that ends with this one. */
export async function startNetwork(args: readonly string[]): Promise<LiveNetwork> {
  const bin = join(createRequire(import.meta.url).resolve('local-ic'), '../../bin/local-ic');
  const child = spawn(bin, ['start', ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  // A terminal tells both of Ctrl-C; the network saves its state, and this one waits for that.
  let ending = false;
  const pass = (signal: NodeJS.Signals) => {
    ending = true;
    child.kill(signal);
  };
  for (const signal of ENDING) process.on(signal, pass);
  const ended = once(child, 'close').then(([code]) => {
    for (const signal of ENDING) process.off(signal, pass);
    ending = true;
    return (code as number | null) ?? 1;
  });
  const line = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), ended]);
  return {
    url: Array.isArray(line) ? urlIn(String(line[0])) : null,
    ended,
    isEnding: () => ending,
    stop: () => child.kill('SIGINT'),
  };
}

/** Its help is no line in JSON. */
function urlIn(line: string): string | null {
  if (line.startsWith('{')) return (JSON.parse(line) as { url: string }).url;
  process.stdout.write(line);
  return null;
}
