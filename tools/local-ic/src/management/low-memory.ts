import { MAX_WASM_MEMORY_BYTES } from '../limits.ts';
import type { CanisterState, LowMemoryHook } from '../state/types.ts';

/** The condition of `canister_on_low_wasm_memory`: less is left than the threshold; without a limit, of 4 GiB. */
export function isMemoryLow({ code, settings }: CanisterState): boolean {
  const limit = settings.wasmMemoryLimit > 0n ? settings.wasmMemoryLimit : BigInt(MAX_WASM_MEMORY_BYTES);
  return limit < BigInt(code?.memory.size ?? 0) + settings.wasmMemoryThreshold;
}

/** The hook is armed when memory runs low, and again only after it was not low in between. */
export function nextHookStatus(canister: CanisterState): LowMemoryHook {
  if (!isMemoryLow(canister)) return 'condition_not_satisfied';
  return canister.lowMemoryHook === 'condition_not_satisfied' ? 'ready' : canister.lowMemoryHook;
}
