/**
 * How the processes that were started with one port file find their one server.
 *
 * The election is a bind: whoever listens on the control address of a port file is its server, and the kernel gives the
 * address back when that process ends, however it ends. So there is no lock file, nothing can be stale, and any number
 * of processes may start at the same instant. The address is an abstract Unix socket on Linux. Elsewhere it is the first
 * of a few TCP ports, derived from the port file's path, that is free or answers with that path.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import type { ListenOptions } from './http-server.ts';
import { onJsonLines, sendJsonLine } from './lines.ts';

export type ControlAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** What a handle tells its server when it has connected. */
export interface Join {
  readonly kind: 'join';
  /** Seconds that the server may be unused while this handle lives. */
  readonly ttl: number;
}

/** What a server tells its handles. */
export type ServerMessage =
  /** With what the server was asked to listen on; port 0 is any. */
  | { readonly kind: 'hello'; readonly portFile: string; readonly host: string; readonly port: number }
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  /** It ends on purpose. An error: it never became ready. */
  | { readonly kind: 'end'; readonly error: string | null };

/** Milliseconds that a server has to say hello. */
const HELLO_TIMEOUT_MS = 5_000;
const TCP_PORTS = { first: 49_152, count: 16_384, tries: 8 };

/** The path that all spellings of one port file have in common. Throws if its folder is not there. */
export function canonicalPortFile(portFile: string): string {
  const path = resolve(portFile);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    throw new Error(`the port file ${path} cannot be written: there is no such folder.`);
  }
}

export function controlAddresses(portFile: string, platform: NodeJS.Platform = process.platform): ControlAddress[] {
  const hash = createHash('sha256').update(`${process.getuid?.()}:${portFile}`).digest();
  if (platform === 'linux') return [{ path: `\0local-ic-pocket-ic-${hash.toString('hex', 0, 24)}` }];
  const start = hash.readUInt32BE(0);
  return Array.from({ length: TCP_PORTS.tries }, (_, index) => ({
    host: '127.0.0.1',
    port: TCP_PORTS.first + ((start + index) % TCP_PORTS.count),
  }));
}

export interface ControlOptions {
  readonly portFile: string;
  readonly addresses: readonly ControlAddress[];
}

/**
 * Becomes the port file's server: gives the listening socket, or null if another process is it already. A connection
 * that `accept` turns away gets no hello, so that its handle looks for the next server.
 */
export async function claim(
  options: ControlOptions & ListenOptions,
  accept: (socket: Socket) => boolean,
): Promise<Server | null> {
  const { portFile, host, port } = options;
  const hello: ServerMessage = { kind: 'hello', portFile, host, port };
  for (const address of options.addresses) {
    const server = await tryListen(address, (socket) => {
      socket.on('error', () => socket.destroy());
      if (accept(socket)) sendJsonLine(socket, hello);
      else socket.destroy();
    });
    if (server !== null) return server;
    // An abstract socket is nobody else's; a TCP port may be.
    const other = 'path' in address ? null : await tryConnect(address, portFile);
    other?.socket.destroy();
    if ('path' in address || other !== null) return null;
  }
  throw new Error(`All control ports of ${portFile} are taken by other programs.`);
}

export interface Connection extends ListenOptions {
  readonly socket: Socket;
  /** Calls back with every message after the hello, those that have come already first. To be called once. */
  listen(callback: (message: ServerMessage) => void): void;
}

/** Connects to the port file's server, or gives null if there is none. */
export async function connectToServer(options: ControlOptions): Promise<Connection | null> {
  for (const address of options.addresses) {
    const connection = await tryConnect(address, options.portFile);
    if (connection !== null) return connection;
  }
  return null;
}

function tryListen(address: ControlAddress, onConnection: (socket: Socket) => void): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(address, () => {
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function tryConnect(address: ControlAddress, portFile: string): Promise<Connection | null> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const timer = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    socket.once('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
    const early: ServerMessage[] = [];
    let onMessage = (message: ServerMessage): void => {
      early.push(message);
    };
    const listen: Connection['listen'] = (callback) => {
      onMessage = callback;
      for (const message of early) callback(message);
    };
    let greeted = false;
    onJsonLines(socket, (value) => {
      const message = value as ServerMessage;
      if (greeted) return onMessage(message);
      greeted = true;
      clearTimeout(timer);
      if (message.kind !== 'hello' || message.portFile !== portFile) socket.destroy();
      else resolve({ socket, listen, host: message.host, port: message.port });
    });
  });
}
