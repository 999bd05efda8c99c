import { MAX_INSTRUCTIONS_PER_MESSAGE } from '../limits.ts';
import type { CanisterState } from '../state/types.ts';
import { closeStep, executeIn, openContext, prepay, settle } from './steps.ts';
import type { World } from './world.ts';

/** Runs a heartbeat, timer or hook; its call context answers nobody. */
export function executeTask(
  world: World,
  canister: CanisterState,
  task: 'heartbeat' | 'global_timer' | 'low_wasm_memory',
): void {
  const prepaid = prepay(world, canister);
  if (!prepaid.ok) return;
  const context = openContext(world, canister, { origin: { kind: 'task', task }, cycles: 0n, method: '' });
  context.responded = true;
  const names = {
    heartbeat: 'canister_heartbeat',
    global_timer: 'canister_global_timer',
    low_wasm_memory: 'canister_on_low_wasm_memory',
  };
  if (task === 'global_timer') canister.globalTimer = 0n;
  if (task === 'low_wasm_memory') canister.lowMemoryHook = 'executed';
  const outcome = executeIn(world, canister, {
    kind: task,
    entry: { kind: 'export', name: names[task] },
    instructionLimit: MAX_INSTRUCTIONS_PER_MESSAGE,
  });
  const effects = settle(world, canister, { outcome, prepaid: prepaid.value, kind: task });
  closeStep(world, canister, { context, effects });
}
