/**
 * A process that a client started with a port file: it makes sure that the port file has a server (see shared-server.ts),
 * prints what that server says, and lives until it is told to end.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Connection, type ControlOptions, claim, connectToServer, type Join } from './control.ts';
import type { ListenOptions } from './http-server.ts';
import { sendJsonLine } from './lines.ts';
import type { SharedServerOptions } from './shared-server.ts';
import { onSignals } from './signals.ts';

const START_TIMEOUT_MS = 60_000;
const RETRY_MS = 10;
/** How long the address of a server that was killed may stay taken. */
const LEFT_WITHIN_MS = 5_000;
const PARENT_CHECK_MS = 1_000;
/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

export interface HandleOptions extends ControlOptions, ListenOptions {
  /** Seconds that the server may be unused. */
  readonly ttl: number;
  /** Seconds after which this handle ends whatever happens, or null. */
  readonly hardTtl: number | null;
}

/** Where a handle's text goes. */
export interface HandleOutput {
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

/**
 * Resolves with the exit code: 0 after SIGTERM, SIGINT or SIGHUP, after `hardTtl`, and when the server ended on purpose;
 * 1 if the server could not start or was lost.
 */
export async function runHandle(options: HandleOptions, output: HandleOutput): Promise<number> {
  const told = untilTold(options.hardTtl);
  const code = await Promise.race([told.then(() => 0), follow(options, output)]);
  if (code !== 'lost') return code;
  output.stderr('The PocketIC server was killed, and its instances are gone. Start another one.');
  await removeLeftPortFile(options);
  // The client waits for this process to end after it has sent SIGTERM, and would wait for ever if it had ended before.
  await Promise.race([told, untilParentEnds(), sleep(Math.min(options.ttl * 1000, MAX_TIMER_MS))]);
  return 1;
}

function untilTold(hardTtl: number | null): Promise<void> {
  return new Promise((resolve) => {
    onSignals(resolve);
    if (hardTtl !== null) setTimeout(resolve, hardTtl * 1000);
  });
}

function untilParentEnds(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, PARENT_CHECK_MS);
  });
}

async function follow(options: HandleOptions, output: HandleOutput): Promise<number | 'lost'> {
  const connection = await findServer(options);
  if (typeof connection === 'string') {
    output.stderr(connection);
    return 1;
  }
  const { host, port } = connection;
  if (options.host !== host || (options.port !== 0 && options.port !== port)) {
    const where = port === 0 ? `any port of ${host}` : `port ${port} of ${host}`;
    output.stderr(`The server of this port file was started for ${where}. Ask for the same, or use another port file.`);
    connection.socket.destroy();
    return 1;
  }
  sendJsonLine(connection.socket, { kind: 'join', ttl: options.ttl } satisfies Join);
  return new Promise((resolve) => {
    connection.listen((message) => {
      if (message.kind === 'output') output[message.stream](message.line);
      if (message.kind !== 'end') return;
      if (message.error !== null) output.stderr(`The PocketIC server could not start: ${message.error}`);
      resolve(message.error === null ? 0 : 1);
    });
    if (connection.socket.destroyed) resolve('lost');
    connection.socket.once('close', () => resolve('lost'));
  });
}

/** A connection to the port file's server, started if there was none; or why there is none. */
async function findServer(options: HandleOptions): Promise<Connection | string> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let starting: StartingServer | null = null;
  while (performance.now() < deadline) {
    const connection = await connectToServer(options);
    if (connection !== null) {
      starting?.release();
      return connection;
    }
    // One that lost the election to a server that is about to end leaves with 0 and must be tried again.
    const ended = starting?.ended() ?? null;
    if (ended !== null && ended.code !== 0) return `The PocketIC server could not start: ${ended.text}`;
    if (starting === null || ended !== null) starting = startSharedServer(options);
    await sleep(RETRY_MS);
  }
  return `The PocketIC server did not start within ${START_TIMEOUT_MS / 1000} seconds.`;
}

interface StartingServer {
  ended(): { readonly code: number; readonly text: string } | null;
  /** Lets it live without us. */
  release(): void;
}

function startSharedServer({ portFile, addresses, host, port }: HandleOptions): StartingServer {
  const script = fileURLToPath(new URL('../bin/shared-server.js', import.meta.url));
  const serverOptions: SharedServerOptions = { portFile, addresses, host, port };
  const child = spawn(process.execPath, [script, JSON.stringify(serverOptions)], {
    // A session of its own: neither a terminal's Ctrl-C nor the end of this process reaches it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: parse(portFile).root,
  });
  let text = '';
  let code: number | null = null;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.once('error', (error) => {
    text += error.message;
    code = 1;
  });
  child.once('close', (exitCode, signal) => {
    if (signal !== null) text += `killed by ${signal}`;
    code = exitCode ?? 1;
  });
  return {
    ended: () => (code === null ? null : { code, text: text.trim() }),
    release() {
      child.stderr.destroy();
      child.unref();
    },
  };
}

/** Removes what a killed server left behind, unless a new one has taken over: only who has the address may do it. */
async function removeLeftPortFile(options: HandleOptions): Promise<void> {
  for (let waited = 0; waited < LEFT_WITHIN_MS; waited += RETRY_MS) {
    const control = await claim(options, () => false).catch(() => null);
    if (control !== null) {
      rmSync(options.portFile, { force: true });
      control.close();
      return;
    }
    // Either there is another server already, or the address of the one that was killed is not free yet.
    const other = await connectToServer(options);
    if (other !== null) {
      other.socket.destroy();
      return;
    }
    await sleep(RETRY_MS);
  }
}
