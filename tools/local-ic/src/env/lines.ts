import type { Socket } from 'node:net';

/** Bytes that may wait for a peer who does not read; what comes then is lost. */
const MAX_WAITING_BYTES = 4 * 1024 ** 2;
/** Characters of one line from a peer; more is not ours. */
const MAX_LINE = 1024 ** 2;

/** Calls back with each line that arrives, as JSON. A line that is not JSON ends the connection. */
export function onJsonLines(socket: Socket, callback: (value: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) socket.destroy();
    for (const line of lines) {
      try {
        callback(JSON.parse(line));
      } catch {
        socket.destroy();
        return;
      }
    }
  });
}

export function sendJsonLine(socket: Socket, value: unknown): void {
  if (socket.writable && socket.writableLength < MAX_WAITING_BYTES) socket.write(`${JSON.stringify(value)}\n`);
}
