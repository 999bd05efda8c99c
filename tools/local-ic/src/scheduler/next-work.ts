import { isFrozen } from '../cycles.ts';
import type { Machine } from '../execution/machine.ts';
import { exportsOf } from '../execution/modules.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import { hasInput } from './deliver.ts';

/** When the next round has something to do; null if only a new call or a heartbeat can bring work. */
export function nextWork(world: { readonly state: IcState; readonly machine: Machine }): bigint | null {
  const { state } = world;
  if (isWaiting(state)) return state.time;
  let next: bigint | null = null;
  for (const canister of state.canisters.values()) {
    const timer = canister.globalTimer;
    if (timer === 0n || (next !== null && timer >= next)) continue;
    if (canRunTimer(world, canister)) next = timer;
  }
  return next;
}

function isWaiting(state: IcState): boolean {
  const { management } = state;
  if (state.ingressPool.length > 0 || state.loopback.length > 0 || state.held.length > 0) return true;
  if (management.ingress.length > 0 || management.rawRand.length > 0 || management.order.length > 0) return true;
  for (const canister of state.canisters.values()) if (hasInput(canister)) return true;
  return false;
}

/** A timer of a canister that cannot run stays set, and is no work. */
function canRunTimer(world: { readonly state: IcState; readonly machine: Machine }, canister: CanisterState): boolean {
  if (canister.status.kind !== 'running' || canister.code === null) return false;
  return exportsOf(canister).has('canister_global_timer') && !isFrozen(world.state, canister);
}
