/**
 * A network for agents and browsers: one instance that follows the wall clock, with the public HTTP API and the pages of
 * canisters at the root of the server.
 */
import type { PrincipalText } from '../principal.ts';
import type { Clock } from './clock.ts';
import { createGateway } from './gateway/serve.ts';
import type { InstanceHost, InstanceOptions } from './instance-host.ts';
import { startLive } from './live.ts';
import { decodePrincipal, encodePrincipal } from './principals.ts';
import type { RequestHandler } from './request.ts';
import { createRounds } from './rounds.ts';

/** Milliseconds between two rounds while there is nothing to do: heartbeats, and certificates that are not old. */
const IDLE_MS = 1_000;
const KEY = 0;

export interface NetworkOptions extends Pick<InstanceOptions, 'seed' | 'stateDir' | 'canisters'> {
  /** Milliseconds between two rounds at least. */
  readonly delayMs: number;
  /** Names of the host under which canisters have their pages, in lower case. */
  readonly domains: readonly string[];
  /** It runs no more rounds, for example because the disk is full. */
  readonly onFailed: (reason: string) => void;
}

export interface Network extends RequestHandler {
  /** 32 bytes, in hex. */
  readonly seed: string;
  readonly subnetId: PrincipalText;
  /** DER, 133 bytes. */
  readonly rootKey: Uint8Array;
  /** Where calls are addressed that create canisters. */
  readonly defaultEffectiveCanisterId: PrincipalText;
  /** Runs no more rounds, and keeps the state if it has a folder. Throws if that failed. */
  stop(): Promise<void>;
}

/** Throws `LocalIcError` for a state in its folder that cannot be read. */
export async function startNetwork(host: InstanceHost, clock: Clock, options: NetworkOptions): Promise<Network> {
  const { delayMs, domains, onFailed, ...instance } = options;
  const topology = await host.create(KEY, { time: clock.now(), ...instance });
  const rootKey = await rootKeyOf(host, identity(topology).subnetId);
  const rounds = createRounds();
  // Not the monotonic clock: it stands still while a machine sleeps, and clients would find the network in the past.
  const wallClock = { ...clock, monotonic: clock.now };
  const live = await startLive(host, wallClock, { key: KEY, delayMs, idleMs: IDLE_MS, rounds, onFailed });
  const gateway = createGateway({ host, clock, key: KEY, rounds, domains: { names: domains, any: false } });
  return {
    ...identity(topology),
    rootKey,
    ...gateway,
    async stop() {
      await live.stop();
      const kept = await host.run({ key: KEY, operation: 'network/checkpoint', body: new Uint8Array(0), blob: null });
      if (kept.status !== 200) throw new Error(String(kept.body));
    },
  };
}

interface Topology {
  readonly subnet_configs: Record<PrincipalText, { readonly subnet_seed: number[] }>;
  readonly default_effective_canister_id: { readonly canister_id: string };
}

/** The one subnet of a topology. */
function identity(topology: unknown): Pick<Network, 'seed' | 'subnetId' | 'defaultEffectiveCanisterId'> {
  const { subnet_configs: subnets, default_effective_canister_id: id } = topology as Topology;
  const [[subnetId, { subnet_seed: seed }]] = Object.entries(subnets) as [[PrincipalText, { subnet_seed: number[] }]];
  const defaultEffectiveCanisterId = decodePrincipal(id.canister_id, 'default_effective_canister_id');
  return { subnetId, seed: Buffer.from(seed).toString('hex'), defaultEffectiveCanisterId };
}

/** The subnet's own key: there is one subnet. */
async function rootKeyOf(host: InstanceHost, subnetId: PrincipalText): Promise<Uint8Array> {
  const body = Buffer.from(JSON.stringify({ subnet_id: encodePrincipal(subnetId) }));
  const answer = await host.run({ key: KEY, operation: 'read/pub_key', body, blob: null });
  return Uint8Array.from(JSON.parse(String(answer.body)));
}
