import { isFrozen } from '../cycles.ts';
import { exportsOf } from '../execution/modules.ts';
import {
  HEAP_DELTA_BYTES_PER_ROUND,
  INSTRUCTION_OVERHEAD_PER_EXECUTION,
  MAX_INSTRUCTIONS_PER_ROUND,
} from '../limits.ts';
import type { CanisterState } from '../state/types.ts';
import { executeCall } from './calls.ts';
import { hasInput, nextInput } from './deliver.ts';
import { executeResponse } from './responses.ts';
import { executeTask } from './tasks.ts';
import type { World } from './world.ts';

type Task = 'heartbeat' | 'global_timer';

/** Tasks due in this round, per canister; made in the round's first pass. */
export type DueTasks = Map<CanisterState, Task[]>;

const ROTATION = { message: 'heartbeat', heartbeat: 'global_timer', global_timer: 'message' } as const;

/**
 * Which canisters run a heartbeat or timer this round. Messages, heartbeat and timer take turns over the rounds: a
 * canister whose turn is `message` and that has one runs no task, so that tasks cannot starve messages or the reverse.
 */
export function dueTasks(world: World): DueTasks {
  const due: DueTasks = new Map();
  for (const canister of world.state.canisters.values()) {
    const tasks = possibleTasks(world, canister);
    if (tasks.length > 0) chooseTurn(canister, tasks, due);
  }
  return due;
}

function possibleTasks(world: World, canister: CanisterState): Task[] {
  if (canister.status.kind !== 'running' || canister.code === null) return [];
  const exports = exportsOf(canister);
  const tasks: Task[] = [];
  if (exports.has('canister_heartbeat')) tasks.push('heartbeat');
  const timerDue = canister.globalTimer !== 0n && canister.globalTimer <= world.state.blockTime;
  if (timerDue && exports.has('canister_global_timer')) tasks.push('global_timer');
  return tasks.length > 0 && isFrozen(world.state, canister) ? [] : tasks;
}

function chooseTurn(canister: CanisterState, tasks: Task[], due: DueTasks): void {
  for (let turn = 0; turn < 3; turn += 1) {
    const current = canister.nextTask;
    canister.nextTask = ROTATION[current];
    if (current === 'message') {
      if (hasInput(canister)) return;
    } else if (tasks.includes(current)) {
      due.set(canister, [current, ...tasks.filter((task) => task !== current)]);
      return;
    }
  }
}

/** Lets every canister run its tasks and its queued messages; true if anything ran. */
export function runCanisters(world: World, tasks: DueTasks): boolean {
  let ran = false;
  for (const canister of inTurn(world)) {
    if (isRateLimited(world, canister)) continue;
    for (const task of tasks.get(canister) ?? []) {
      if (roundIsFull(world)) break;
      executeTask(world, canister, task);
      ran = true;
    }
    tasks.delete(canister);
    if (runHook(world, canister)) ran = true;
    while (!roundIsFull(world)) {
      const message = nextInput(canister);
      if (message === null) break;
      if (message.kind === 'response') executeResponse(world, canister, message);
      else executeCall(world, canister, message);
      ran = true;
    }
  }
  return ran;
}

/** The low-memory hook goes before other messages. */
function runHook(world: World, canister: CanisterState): boolean {
  const due = canister.lowMemoryHook === 'ready' && canister.status.kind === 'running' && canister.code !== null;
  if (!due || !exportsOf(canister).has('canister_on_low_wasm_memory')) return false;
  executeTask(world, canister, 'low_wasm_memory');
  return true;
}

/** A canister whose heap delta is above the round's allowance is not scheduled (snapshots reference, section 4). */
function isRateLimited(world: World, canister: CanisterState): boolean {
  return world.state.config.rateLimits && canister.heapDeltaDebit >= HEAP_DELTA_BYTES_PER_ROUND;
}

export function roundIsFull({ counts }: World): boolean {
  return (
    counts.instructions + BigInt(counts.executions) * INSTRUCTION_OVERHEAD_PER_EXECUTION >= MAX_INSTRUCTIONS_PER_ROUND
  );
}

/** Canisters in the order of their ids, begun one further each round so that none is always last. */
function inTurn({ state }: World): CanisterState[] {
  const all = [...state.canisters.values()];
  if (all.length === 0) return all;
  const first = state.round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
