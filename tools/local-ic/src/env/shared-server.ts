/**
 * The one server behind a port file, in a process of its own.
 *
 * Every process that a client starts with that port file is only a handle: it holds a connection to this server and ends
 * when it is told to. The client names the port file by its parent's process id, so that all workers of one test runner
 * share it; with this, no worker's `stop()` takes the server away from the others, and a handle that is killed is just a
 * connection that closes.
 *
 * Life: it claims the control address (see control.ts), listens, writes the port file. When the last handle is gone it
 * removes the port file at once, but serves on for a moment: a client reads the port file before its own handle has even
 * started, and must then find the server. A handle that comes in that time brings the port file back. It ends when
 * nobody came and nothing was asked for `GRACE_MS` (or anyway after `MAX_GRACE_MS`), when it was not used for the longest `ttl` of its handles, or on
 * SIGTERM or SIGINT. It ends on purpose only after the port file is gone, and while it still holds the control address,
 * so that it can never remove a newer server's file.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type ControlOptions, claim, type Join, type ServerMessage } from './control.ts';
import type { ListenOptions } from './http-server.ts';
import { onJsonLines, sendJsonLine } from './lines.ts';
import { type Output, type RunningServer, startServer } from './server.ts';
import { onSignals } from './signals.ts';

/** Milliseconds without a handle and without a request after which the server ends. */
const GRACE_MS = 2_000;
/** Milliseconds without a handle after which it ends even if somebody asks it something all the time. */
const MAX_GRACE_MS = 10_000;
const CHECK_INTERVAL_MS = 200;
/** Ports below this belong to the system; no server of ours was there. */
const FIRST_USER_PORT = 1024;

export type SharedServerOptions = ControlOptions & ListenOptions;

/** Resolves when the server has ended; to `taken` at once if the port file has one already. Rejects if it cannot start. */
export async function runSharedServer(options: SharedServerOptions): Promise<'taken' | 'ended'> {
  const handles = createHandles(options.portFile);
  const control = await claim(options, handles.accept);
  if (control === null) return 'taken';
  const output: Output = {
    server: (line) => handles.tell({ kind: 'output', stream: 'stdout', line }),
    canister: (line) => handles.tell({ kind: 'output', stream: 'stderr', line }),
  };
  try {
    const server = await listenAgain(options, output);
    handles.publish(server.port);
    await untilUseless(server, handles.usage);
    handles.close(null);
    await server.close();
  } catch (error) {
    handles.close(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    control.close();
  }
  return 'ended';
}

interface Handles {
  readonly accept: (socket: Socket) => boolean;
  /** From now on the port file is there while a handle is. */
  publish(port: number): void;
  tell(message: ServerMessage): void;
  readonly usage: () => Usage;
  /** Removes the port file, ends all handles and takes no more. */
  close(error: string | null): void;
}

function createHandles(portFile: string): Handles {
  /** Each handle's ttl in seconds, as soon as it has told it. */
  const handles = new Map<Socket, number | null>();
  let lastChange = performance.now();
  let port: number | null = null;
  let closed = false;
  let failure: string | null = null;
  const welcome = (sockets: Iterable<Socket>) => {
    if (port === null || handles.size === 0 || closed) return;
    try {
      writePortFile(portFile, port);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      return;
    }
    const line = `The PocketIC server is listening on port ${port}`;
    for (const socket of sockets)
      sendJsonLine(socket, { kind: 'output', stream: 'stdout', line } satisfies ServerMessage);
  };
  const tell = (message: ServerMessage) => {
    for (const socket of handles.keys()) sendJsonLine(socket, message);
  };
  const remove = (socket: Socket) => {
    handles.delete(socket);
    lastChange = performance.now();
    if (handles.size === 0 && !closed) rmSync(portFile, { force: true });
  };
  return {
    accept(socket) {
      if (closed) return false;
      handles.set(socket, null);
      lastChange = performance.now();
      onJsonLines(socket, (value) => handles.set(socket, (value as Join).ttl));
      socket.once('close', () => remove(socket));
      // After the hello.
      queueMicrotask(() => welcome([socket]));
      return true;
    },
    publish(listeningPort) {
      port = listeningPort;
      welcome(handles.keys());
    },
    tell,
    usage: () => {
      const ttls = [...handles.values()].map((ttl) => ttl ?? Number.POSITIVE_INFINITY);
      const unchangedMs = performance.now() - lastChange;
      return { handles: handles.size, unchangedMs, ttlMs: Math.max(...ttls) * 1000, failure };
    },
    close(error) {
      closed = true;
      rmSync(portFile, { force: true });
      tell({ kind: 'end', error });
      for (const socket of handles.keys()) socket.end();
    },
  };
}

interface Usage {
  readonly handles: number;
  /** Milliseconds since a handle came or went. */
  readonly unchangedMs: number;
  /** The longest ttl of the handles; infinite while one has not told its own. */
  readonly ttlMs: number;
  /** Why the port file could not be written, or null. */
  readonly failure: string | null;
}

/** Rejects if the port file cannot be written. */
function untilUseless(server: RunningServer, usage: () => Usage): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      const { handles, unchangedMs, ttlMs, failure } = usage();
      if (failure !== null) reject(new Error(failure));
      const idleMs = Math.min(server.idleMs(), unchangedMs);
      const alone = idleMs > GRACE_MS || unchangedMs > MAX_GRACE_MS;
      if (failure !== null || (handles > 0 ? idleMs > ttlMs : alone)) finish();
    }, CHECK_INTERVAL_MS);
    onSignals(finish);
  });
}

/** Listens on the port that a server which was killed has left in the port file, if it is free: clients may have read it. */
async function listenAgain(options: SharedServerOptions, output: Output): Promise<RunningServer> {
  const left = options.port === 0 ? leftPort(options.portFile) : null;
  if (left !== null) {
    try {
      return await startServer({ host: options.host, port: left }, output);
    } catch {
      // Somebody else has it by now.
    }
  }
  return startServer(options, output);
}

function leftPort(portFile: string): number | null {
  try {
    const port = Number(readFileSync(portFile, 'utf8'));
    return Number.isInteger(port) && port >= FIRST_USER_PORT && port < 65_536 ? port : null;
  } catch {
    return null;
  }
}

/** Whole or not at all: clients read the file while it is written. */
function writePortFile(portFile: string, port: number): void {
  const draft = `${portFile}.${process.pid}`;
  writeFileSync(draft, `${port}\n`);
  renameSync(draft, portFile);
}
