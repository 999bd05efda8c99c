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

const children = new Set();

/** Passes Ctrl-C and a polite kill on, so that nothing is left running behind. */
export function forwardSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (children.size === 0) process.exit(130);
      for (const child of children) child.kill(signal);
    });
  }
}

/**
 * Runs a program and hands each line of its output to `onLine`; nothing is printed.
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, onLine?: (line: string) => void }} options
 * @returns {Promise<{ code: number, lines: string[] }>}
 */
export async function capture(command, { cwd, env, onLine = () => {} }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines = [];
  const collect = (line) => {
    lines.push(line);
    onLine(line);
  };
  createInterface({ input: child.stdout }).on('line', collect);
  createInterface({ input: child.stderr }).on('line', collect);
  const code = await ended(child, program);
  children.delete(child);
  return { code, lines };
}

/** Runs a program that talks to the person directly. Returns its exit code. */
export async function hand(command, { cwd, env }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
  children.add(child);
  const code = await ended(child, program);
  children.delete(child);
  return code;
}

function ended(child, program) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Stop(1, `${program} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve(signal ? 130 : (code ?? 1)));
  });
}
