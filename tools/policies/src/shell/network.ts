/** Which network, and how far it is trusted: an agent with all its checks on. */
import { HttpAgent, type Identity } from '@dfinity/agent';
import { Failure } from '../failure.ts';

export interface Network {
  /** As it was asked for: `local`, `ic` or a URL. */
  readonly name: string;
  readonly url: URL;
  /** A network of this machine has a root key of its own, which it is asked for. Everywhere else the IC's counts. */
  readonly ownRootKey: boolean;
}

const KNOWN: Readonly<Record<string, string>> = { local: 'http://127.0.0.1:4943', ic: 'https://icp-api.io' };

export function findNetwork(name: string): Network {
  const text = KNOWN[name] ?? name;
  const url = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw new Failure('usage', 'unknown_network', `--network takes local, ic or a URL, and ${name} is none of them.`);
  }
  return { name, url, ownRootKey: isLoopback(url) };
}

/** Who asks another machine for its root key believes whoever answers. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^(?:127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

export async function connect({ url, ownRootKey }: Network, identity: Identity): Promise<HttpAgent> {
  return await HttpAgent.create({
    host: url.origin,
    identity,
    shouldFetchRootKey: ownRootKey,
    verifyQuerySignatures: true,
  });
}
