import type { ListenOptions } from './http-server.ts';
import { type Output, startServer } from './server.ts';
import { onSignals } from './signals.ts';

export interface ForegroundOptions extends ListenOptions {
  /** Seconds without use after which it ends, or null. */
  readonly ttl: number | null;
  /** Seconds after which it ends whatever happens, or null. */
  readonly hardTtl: number | null;
}

/**
 * Runs a server in this process. Resolves when it has ended: after a signal that ends, or one of the limits. Rejects with
 * node's error if the address cannot be had.
 */
export async function runInForeground(
  options: ForegroundOptions,
  output: Output,
  onReady: (port: number) => void,
): Promise<void> {
  // From the start on: who has read anything of it may end it.
  const told = new Promise<void>((resolve) => onSignals(resolve));
  const server = await startServer(options, output);
  onReady(server.port);
  await new Promise<void>((resolve) => {
    void told.then(resolve);
    if (options.hardTtl !== null) setTimeout(resolve, options.hardTtl * 1000);
    const { ttl } = options;
    if (ttl !== null) setInterval(() => server.idleMs() > ttl * 1000 && resolve(), 200);
  });
  await server.close();
}
