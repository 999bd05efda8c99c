/**
 * Which probes are open. What is in the heap was sent by this code, and its answer will be seen; what is only in stable
 * memory was sent before an upgrade, and nobody will see the answer, so it is shown but decides nothing. A call after a
 * restore counts as one: it is a call of a method of the target too, and keeps it from stopping just so.
 */
import type { Call, Run } from '@canister-backup/shared';
import { now } from '../platform/ic.ts';
import { whenReborn } from '../platform/incarnation.ts';
import { forgetProbe, type OpenProbe, rememberProbe } from '../store/probes.ts';

const waiting = new Map<string, OpenProbe>();

whenReborn(() => waiting.clear());

/** A probe whose answer this code waits for. While there is one, the target cannot stop. */
export function openProbe(canister: string): OpenProbe | undefined {
  return waiting.get(canister);
}

/** Canisters that this code waits for. */
export function waitingForProbes(): string[] {
  return [...waiting.keys()];
}

/** Whether a call is one of a method of the target, which may never answer. */
export function asksTarget({ name }: Call): boolean {
  return name === 'probe' || name === 'after_restore';
}

export function probeSent({ target, probe, afterRestore }: Run, { name }: Call): void {
  const asked = name === 'probe' ? probe : afterRestore;
  const sent = { method: asked?.method ?? '', since: now() };
  waiting.set(target, sent);
  rememberProbe(target, sent);
}

/** It was answered or refused, or the target was seen stopped, which it can only be without an open call. */
export function probeOver(canister: string): void {
  waiting.delete(canister);
  forgetProbe(canister);
}
