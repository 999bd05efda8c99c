import { PAGE_BYTES } from '../limits.ts';
import type { HeldBytes } from '../types.ts';
import type { PagedMemory } from './pages.ts';
import type { CanisterCode, IcState } from './types.ts';

/** What canisters and snapshots hold, each shared page and module counted once. */
export function heldBytes(state: IcState): HeldBytes {
  const pages = new Set<Uint8Array>();
  const modules = new Set<Uint8Array>();
  const addMemory = (memory: PagedMemory) => {
    for (const leaf of memory.leaves.values()) for (const page of leaf) if (page !== undefined) pages.add(page);
  };
  const addCode = (code: CanisterCode) => {
    addMemory(code.memory);
    addMemory(code.stableMemory);
    modules.add(code.wasmModule);
  };
  for (const canister of state.canisters.values()) {
    if (canister.code !== null) addCode(canister.code);
    for (const snapshot of canister.snapshots.values()) addCode(snapshot.code);
  }
  let moduleBytes = 0;
  for (const wasmModule of modules) moduleBytes += wasmModule.length;
  return { pages: pages.size, pageBytes: pages.size * PAGE_BYTES, moduleBytes };
}
