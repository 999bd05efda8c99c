import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Starts the built commands as their users do, and leaves nothing behind. */

const bin = (name: string) => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url));

export interface Launched {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | string>;
  isRunning(): boolean;
}

const launched: Launched[] = [];
const folders: string[] = [];

type Command = 'pocket-ic' | 'local-ic' | 'network-launcher';

/** `unread`: nobody reads what it prints; or more of the environment. */
export function launch(
  name: Command,
  args: readonly string[],
  output?: 'unread' | Readonly<Record<string, string>>,
): Launched {
  const env = typeof output === 'object' ? { ...process.env, ...output } : process.env;
  const child = spawn(bin(name), [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const text = { stdout: '', stderr: '' };
  if (output !== 'unread') {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text.stderr += chunk;
    });
  }
  let running = true;
  const exit = new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      running = false;
      resolve(error.message);
    });
    child.once(output === 'unread' ? 'exit' : 'close', (code: number | null, signal: string | null) => {
      running = false;
      resolve(code ?? String(signal));
    });
  });
  const started: Launched = {
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    exit,
    isRunning: () => running,
  };
  launched.push(started);
  return started;
}

/** A fresh folder for a port file; gone after the test. */
export function portFilePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'local-ic-test-'));
  folders.push(folder);
  return join(folder, 'server.port');
}

export async function cleanUp(): Promise<void> {
  for (const process of launched.splice(0)) {
    if (process.isRunning()) process.child.kill('SIGKILL');
    await process.exit;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export async function until<T>(
  what: string,
  get: () => T | null | false | Promise<T | null | false>,
  intervalMs = 10,
): Promise<T> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const value = await get();
    if (value !== null && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  throw new Error(`Waited 30 s for ${what}.`);
}

export function portIn(portFile: string): number | null {
  if (!existsSync(portFile)) return null;
  const text = readFileSync(portFile, 'utf8');
  return text.endsWith('\n') ? Number(text) : null;
}

export const portOf = (portFile: string) => until(`a port in ${portFile}`, () => portIn(portFile));

export async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/status`)).ok;
  } catch {
    return false;
  }
}

/** Waits without asking the server anything, which would be use. */
export async function isGone(portFile: string, port: number): Promise<void> {
  await until('the server to end', () => serverProcesses(portFile).length === 0, 100);
  if (await answers(port)) throw new Error(`There is still a server on port ${port}.`);
}

/** Process ids of the shared servers behind a port file. */
export function serverProcesses(portFile: string): number[] {
  const list = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' });
  const lines = list.split('\n').filter((line) => line.includes('shared-server.js') && line.includes(portFile));
  return lines.map((line) => Number.parseInt(line, 10));
}
