/** Layout version, the run counter and the default target. */

import { meta } from './maps.ts';
import { LAYOUT_VERSION } from './memory-ids.ts';

const LAYOUT = 'layout';
const RUNS = 'runs';
const DEFAULT_TARGET = 'default_target';

/** The first build writes its layout; later ones check it. */
export function initializeLayout(): void {
  meta.insert(LAYOUT, String(LAYOUT_VERSION));
}

/**
 * Brings stable memory to this build's layout.
 * @returns why it cannot, if it was written by a newer build or by something else
 */
export function migrateLayout(): string | undefined {
  const found = meta.get(LAYOUT);
  if (found === String(LAYOUT_VERSION)) return undefined;
  return (
    `stable memory has layout ${found ?? 'of something else'}, this build knows ${LAYOUT_VERSION}. ` +
    'Install the build that wrote it, or a newer one; nothing was changed.'
  );
}

/** How many runs there have been. */
export function runCount(): bigint {
  return BigInt(meta.get(RUNS) ?? '0');
}

/** The number of a new run; the first is 1. */
export function nextRunId(): bigint {
  const id = runCount() + 1n;
  meta.insert(RUNS, String(id));
  return id;
}

export function defaultTarget(): string | undefined {
  return meta.get(DEFAULT_TARGET);
}

export function setDefaultTarget(canister: string | undefined): void {
  if (canister === undefined) meta.remove(DEFAULT_TARGET);
  else meta.insert(DEFAULT_TARGET, canister);
}
