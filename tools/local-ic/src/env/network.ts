import { EventEmitter, once } from 'node:events';
import { LocalIcError } from '../errors.ts';
import { startNetwork } from '../http/network.ts';
import { realClock } from './clock.ts';
import { type ListenOptions, startHttpServer } from './http-server.ts';
import { formatCanisterLog, type Output } from './server.ts';
import { openStateFolder } from './state-folder.ts';
import { createThreadPool } from './thread-pool.ts';

export interface NetworkProcessOptions extends ListenOptions {
  /** 32 bytes; null: that of the saved state, or zeros. */
  readonly seed: Uint8Array | null;
  readonly delayMs: number;
  /** Null: everything is gone when it ends. */
  readonly stateDir: string | null;
  readonly clean: boolean;
}

export interface ReadyNetwork {
  readonly port: number;
  readonly subnetId: string;
}

/**
 * Runs a network in this process until SIGINT or SIGTERM; then saves its state, if it has a folder for it. Rejects with
 * node's error if the address cannot be had, and with `LocalIcError` for a state that it cannot go on from.
 */
export async function runNetwork(
  options: NetworkProcessOptions,
  output: Output,
  onReady: (network: ReadyNetwork) => void,
): Promise<void> {
  const events = new EventEmitter();
  const folder = options.stateDir === null ? null : openStateFolder(options.stateDir, options);
  const pool = createThreadPool({
    maxThreads: 1,
    onCanisterLog: (entry) => output.canister(formatCanisterLog(entry)),
    onThreadLost: (reason) => events.emit('lost', reason),
  });
  try {
    const saved = folder?.saved ?? null;
    const network = await startNetwork(pool, realClock, {
      delayMs: options.delayMs,
      ...(options.seed === null ? {} : { seed: options.seed }),
      ...(saved === null ? {} : { saved }),
    });
    checkSeed(options.seed, network.seed);
    const server = await startHttpServer(network, options);
    onReady({ port: server.port, subnetId: network.subnetId });
    const lost = await untilEnd(events);
    if (lost !== null) throw new LocalIcError('network_lost', `The network's thread ended: ${lost}`);
    await server.close();
    folder?.save(await network.stop());
  } finally {
    await pool.end();
    folder?.release();
  }
}

/** Null for a signal; the reason if the network ended by itself. */
async function untilEnd(events: EventEmitter): Promise<string | null> {
  // For good: the same signal often comes twice, from a terminal and from whoever started this, and must not cut a save.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => events.emit('signal'));
  return Promise.race([
    once(events, 'signal').then(() => null),
    once(events, 'lost').then(([reason]) => String(reason)),
  ]);
}

function checkSeed(asked: Uint8Array | null, seed: string): void {
  if (asked === null || Buffer.from(asked).toString('hex') === seed) return;
  throw new LocalIcError(
    'other_seed',
    `The saved state was made with the seed ${seed}. Leave out --seed, or begin anew with --clean.`,
  );
}
