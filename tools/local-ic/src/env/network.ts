import { EventEmitter, once } from 'node:events';
import { LocalIcError } from '../errors.ts';
import { type Network, startNetwork } from '../http/network.ts';
import type { InitialCanister } from '../types.ts';
import { realClock } from './clock.ts';
import { type ListenOptions, startHttpServer } from './http-server.ts';
import { registerNetwork } from './registry.ts';
import { formatCanisterLog, type Output } from './server.ts';
import { onSignals } from './signals.ts';
import { lockStateFolder } from './state-lock.ts';
import { removeState } from './state-store.ts';
import { createThreadPool } from './thread-pool.ts';

export interface NetworkProcessOptions extends ListenOptions {
  /** 32 bytes; null: that of the saved state, or zeros. */
  readonly seed: Uint8Array | null;
  readonly delayMs: number;
  /** Where canisters have their pages, beside IP addresses. */
  readonly domains: readonly string[];
  /** Null: everything is gone when it ends. */
  readonly stateDir: string | null;
  readonly clean: boolean;
  /** Those of a new network; one that goes on has those of its state. */
  readonly canisters: readonly InitialCanister[];
}

export interface ReadyNetwork extends Pick<Network, 'subnetId' | 'rootKey' | 'defaultEffectiveCanisterId'> {
  readonly port: number;
  readonly url: string;
}

/**
 * Runs a network in this process until a signal ends it. With a folder, what it has told anybody is there again when
 * the next one starts, however this one ends. Rejects with node's error if the address cannot be had, and with
 * `LocalIcError` for a state that it cannot go on from.
 */
export async function runNetwork(
  options: NetworkProcessOptions,
  output: Output,
  onReady: (network: ReadyNetwork) => void,
): Promise<void> {
  const events = new EventEmitter();
  // From the start on: who has seen that it is ready may end it at once.
  const ended = untilEnd(events);
  const { stateDir } = options;
  const unlock = stateDir === null ? () => {} : lockStateFolder(stateDir);
  const pool = createThreadPool({
    maxThreads: 1,
    onCanisterLog: (entry) => output.canister(formatCanisterLog(entry)),
    onThreadLost: (reason) => events.emit('lost', reason),
  });
  try {
    if (stateDir !== null && options.clean) removeState(stateDir);
    const network = await startNetwork(pool, realClock, {
      delayMs: options.delayMs,
      canisters: options.canisters,
      domains: options.domains,
      onFailed: (reason) => events.emit('lost', reason),
      ...(options.seed === null ? {} : { seed: options.seed }),
      ...(stateDir === null ? {} : { stateDir }),
    });
    checkSeed(options.seed, network.seed);
    const server = await startHttpServer(network, options);
    const { subnetId, rootKey, defaultEffectiveCanisterId } = network;
    const { port } = server;
    const url = urlOf(options.host, port);
    const unregister = registerNetwork(port, { url, subnetId, pid: process.pid, stateDir });
    onReady({ port, url, subnetId, rootKey, defaultEffectiveCanisterId });
    const lost = await ended;
    unregister();
    await server.close();
    if (lost !== null) throw new LocalIcError('network_lost', lost);
    await network.stop();
  } finally {
    await pool.end();
    unlock();
  }
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Null for a signal; the reason if the network ended by itself. */
async function untilEnd(events: EventEmitter): Promise<string | null> {
  onSignals(() => events.emit('signal'));
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
