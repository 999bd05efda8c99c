/**
 * Stops and starts that somebody sent through `proxy`. While one is in flight no run of its target begins. They live in
 * the heap, so an upgrade forgets them, and count for no longer than an answer may take, so that one that is lost, or
 * whose callback traps, keeps no target from its backups.
 */
import { WATCHDOG_NANOS } from '@canister-backup/shared';
import { now } from '../platform/ic.ts';
import { whenReborn } from '../platform/incarnation.ts';

interface Proxied {
  readonly canister: string;
  readonly name: 'stop' | 'start';
  readonly by: string;
  readonly since: bigint;
}

const inFlight = new Set<Proxied>();

whenReborn(() => inFlight.clear());

/** @returns what is to be called once it is answered */
export function proxiedSent(sent: Omit<Proxied, 'since'>): () => void {
  const call = { ...sent, since: now() };
  for (const other of inFlight) if (!counts(other)) inFlight.delete(other);
  inFlight.add(call);
  return () => inFlight.delete(call);
}

/** A stop or start of the target that is in flight. */
export function proxiedCall(canister: string): (Proxied & { readonly until: bigint }) | undefined {
  const found = [...inFlight].find((call) => call.canister === canister && counts(call));
  return found && { ...found, until: found.since + WATCHDOG_NANOS };
}

/** When one of them stops to count (nanoseconds); undefined if there is none. */
export function proxiedUntil(): bigint | undefined {
  const [first] = [...inFlight].filter(counts);
  return first && first.since + WATCHDOG_NANOS;
}

function counts({ since }: Proxied): boolean {
  return now() < since + WATCHDOG_NANOS;
}
