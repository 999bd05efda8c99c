/**
 * Probes that were sent and are not answered, by canister. They are remembered in stable memory so that one that never
 * answers stays visible after an upgrade too: its call is still open, and keeps the target and the manager from stopping.
 */
import type { RunContext } from '@canister-backup/shared';
import { meta } from './maps.ts';

export type OpenProbe = NonNullable<RunContext['openProbe']>;

const PREFIX = 'open_probe ';

export function rememberProbe(canister: string, { method, since }: OpenProbe): void {
  // Percent-encoded: the map takes ASCII only, and a method may have any name.
  meta.insert(PREFIX + canister, `${since} ${encodeURIComponent(method)}`);
}

export function forgetProbe(canister: string): void {
  meta.remove(PREFIX + canister);
}

export function rememberedProbe(canister: string): OpenProbe | undefined {
  const found = meta.get(PREFIX + canister);
  if (found === undefined) return undefined;
  const [since = '0', method = ''] = found.split(' ');
  return { since: BigInt(since), method: decodeURIComponent(method) };
}

/** Canisters whose probe is not answered, in order. */
export function probedCanisters(): string[] {
  return meta.keys().flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : []));
}
