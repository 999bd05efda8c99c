import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from './http-limits.ts';

/** Requests that are being read or answered, and what is kept for them. */
export interface HttpUsage {
  /** Null for one more than its connection may have; the connection is closed then. */
  begin(request: IncomingMessage, response: ServerResponse): OpenRequest | null;
  /** Milliseconds since the last request ended; 0 while one is open. */
  idleMs(): number;
}

export interface OpenRequest {
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
  /** Counts bytes of its body; false if the server would keep too many then. */
  keep(bytes: number): boolean;
}

interface Connection {
  readonly gone: AbortController;
  /** Bytes that are kept for each of its open requests. */
  readonly open: Map<ServerResponse, number>;
}

/**
 * Counted by connection: an answer that waits behind another one in a connection which closes is never told that it
 * has become needless.
 */
export function createHttpUsage(limits: Pick<HttpLimits, 'pipelined' | 'heldBytes'>): HttpUsage {
  const connections = new Map<Socket, Connection>();
  const sums = { open: 0, bytes: 0, lastEnd: performance.now() };
  const end = ({ open }: Connection, response: ServerResponse) => {
    const bytes = open.get(response);
    if (bytes === undefined) return;
    open.delete(response);
    sums.open -= 1;
    sums.bytes -= bytes;
    sums.lastEnd = performance.now();
  };
  const connectionOf = (socket: Socket): Connection => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { gone: new AbortController(), open: new Map() };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      connection.gone.abort();
      for (const response of [...connection.open.keys()]) end(connection, response);
    });
    return connection;
  };
  return {
    begin({ socket }, response) {
      if (socket.destroyed) return null;
      const connection = connectionOf(socket);
      if (connection.open.size >= limits.pipelined) {
        socket.destroy();
        return null;
      }
      connection.open.set(response, 0);
      sums.open += 1;
      response.once('close', () => end(connection, response));
      return {
        gone: connection.gone.signal,
        keep(bytes) {
          const kept = connection.open.get(response);
          if (kept === undefined || sums.bytes + bytes > limits.heldBytes) return false;
          connection.open.set(response, kept + bytes);
          sums.bytes += bytes;
          return true;
        },
      };
    },
    idleMs: () => (sums.open > 0 ? 0 : performance.now() - sums.lastEnd),
  };
}
