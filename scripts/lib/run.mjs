import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Ends the script with a documented exit code; `details` is the output that shows what went wrong. */
export class Stop extends Error {
  /**
   * @param {number} code see EXIT in bootstrap.mjs
   * @param {string} message one line: what failed and what to do
   * @param {string[]} details lines of output
   */
  constructor(code, message, details = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Milliseconds between two looks whether npm is still there. */
const LOOK_MS = 500;

/** Each running program, with the way to tell it of a signal. */
const running = new Map();
let interrupted = false;

/** Passes Ctrl-C, a polite kill and a closed terminal on, so that nothing is left running. */
export function forwardSignals() {
  for (const signal of SIGNALS) process.on(signal, () => interrupt(signal));
  // npm passes SIGHUP on to nobody, and nothing can be passed on after SIGKILL.
  if (!('npm_lifecycle_event' in process.env)) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && interrupt('SIGTERM'), LOOK_MS).unref();
}

function interrupt(signal) {
  interrupted = true;
  if (running.size === 0) process.exit(130);
  for (const tell of running.values()) tell(signal);
}

/**
 * Runs a program and hands each line of its output to `onLine`; nothing is printed.
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, onLine?: (line: string) => void }} options
 * @returns {Promise<{ code: number, lines: string[] }>}
 */
export async function capture(command, { cwd, env, onLine = () => {} }) {
  const [program, ...args] = command;
  // In a process group of its own, so that a signal reaches what it has started too: turbo's wrapper passes none on.
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.set(child, (signal) => tellGroup(child, signal));
  const lines = [];
  const collect = (line) => {
    lines.push(line);
    onLine(line);
  };
  createInterface({ input: child.stdout }).on('line', collect);
  createInterface({ input: child.stderr }).on('line', collect);
  const code = await ended(child, program);
  if (interrupted) throw new Stop(130, 'Interrupted.');
  return { code, lines };
}

function tellGroup({ pid }, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It ended by itself.
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Runs a program that talks to the person directly, and hears Ctrl-C with us. Returns its exit code. */
export async function hand(command, { cwd, env }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
  running.set(child, (signal) => child.kill(signal));
  return await ended(child, program);
}

function ended(child, program) {
  const closed = new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Stop(1, `${program} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve(signal ? 130 : (code ?? 1)));
  });
  return closed.finally(() => running.delete(child));
}
