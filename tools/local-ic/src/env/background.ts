import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

export interface BackgroundOptions {
  /** The program and its arguments, without the runtime. */
  readonly command: readonly string[];
  /** Where it writes to standard error. */
  readonly log: string;
}

/** Characters of the log that explain why it did not start. */
const MAX_REASON = 2_000;

/**
 * Starts a program that goes on when this one has ended, and gives the first line that it prints. Rejects with what it
 * wrote to its log if it ends before that.
 */
export async function startInBackground({ command, log }: BackgroundOptions): Promise<string> {
  // Behind what is there: another one may still write to it.
  const file = openSync(log, 'a');
  const { size } = fstatSync(file);
  const child = spawn(process.execPath, [...command], { detached: true, stdio: ['ignore', 'pipe', file] });
  closeSync(file);
  const line = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(readFileSync(log).subarray(size).toString().trim().slice(-MAX_REASON))));
    child.stdout?.setEncoding('utf8').once('data', resolve);
  });
  child.stdout?.destroy();
  child.unref();
  return line.trim();
}
