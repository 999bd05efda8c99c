import type { Principal } from '@dfinity/principal';
import { compareBytes, utf8 } from '../bytes.ts';
import { freezingLimit, larger, memoryUsage } from '../cycles.ts';
import { ok, type Reject, type Result, reject } from '../errors.ts';
import {
  DEFAULT_FREEZING_THRESHOLD_SECONDS,
  DEFAULT_RESERVED_CYCLES_LIMIT,
  DEFAULT_WASM_MEMORY_LIMIT,
  MAX_CONTROLLERS,
  MAX_ENVIRONMENT_VARIABLE_BYTES,
  MAX_ENVIRONMENT_VARIABLES,
} from '../limits.ts';
import { type PrincipalText, principalToBytes } from '../principal.ts';
import type { CanisterSettings, CanisterState, Visibility } from '../state/types.ts';
import { findControlled, subnetAvailable } from './checks.ts';
import { addHistory, changeOrigin } from './history.ts';
import { type Opt, type SettingsValue, UpdateSettingsArgs, type VisibilityValue } from './idl.ts';
import { nextHookStatus } from './low-memory.ts';
import { defineMethod, fail, refuse, replyEmpty, textOf } from './method.ts';
import { displayBytes, invalidPayload, invalidSettings } from './rejects.ts';
import type { ManagementContext } from './types.ts';

const MAX_VIEWERS = 10;
/** Percent of compute that the canisters of a subnet may allocate together: 4 threads, half of it, and 1 stays free. */
const COMPUTE_CAPACITY_PERCENT = 199n;
const MAX_COMPUTE_ALLOCATION = 100n;
const MAX_MEMORY_BYTES = 2n ** 48n;

/** Settings that a call names; what is absent stays as it is. */
export type SettingsChange = Partial<CanisterSettings> & { readonly controllers?: PrincipalText[] };

export const DEFAULT_SETTINGS: CanisterSettings = {
  computeAllocation: 0n,
  memoryAllocation: 0n,
  freezingThreshold: DEFAULT_FREEZING_THRESHOLD_SECONDS,
  reservedCyclesLimit: DEFAULT_RESERVED_CYCLES_LIMIT,
  wasmMemoryLimit: DEFAULT_WASM_MEMORY_LIMIT,
  wasmMemoryThreshold: 0n,
  logVisibility: { kind: 'controllers' },
  snapshotVisibility: { kind: 'controllers' },
  environmentVariables: [],
};

export const updateSettings = defineMethod<UpdateSettingsArgs>({
  name: 'update_settings',
  ingress: 'controllers',
  args: UpdateSettingsArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const change = readSettings(args.settings);
    if (!change.ok) return refuse(change.error);
    const problem = settingsProblem(context, canister, change.value);
    if (problem !== null) return refuse(problem);
    applySettings(canister, change.value);
    canister.lowMemoryHook = nextHookStatus(canister);
    canister.version += 1n;
    if (change.value.controllers !== undefined) {
      addHistory(canister, {
        time: context.time,
        origin: changeOrigin(context, args.sender_canister_version),
        details: { kind: 'controllers_change', controllers: [...canister.controllers] },
      });
    }
    return replyEmpty();
  },
});

/** Checks each setting by itself. IC0504 for numbers out of range, IC0408 for lists that are too long. */
export function readSettings(value: SettingsValue): Result<SettingsChange> {
  const problem = rangeProblem(value) ?? listProblem(value);
  if (problem !== null) return fail(problem);
  return ok({
    ...given('controllers', value.controllers, sortedPrincipals),
    ...given('computeAllocation', value.compute_allocation, same),
    ...given('memoryAllocation', value.memory_allocation, same),
    ...given('freezingThreshold', value.freezing_threshold, same),
    ...given('reservedCyclesLimit', value.reserved_cycles_limit, same),
    ...given('wasmMemoryLimit', value.wasm_memory_limit, same),
    ...given('wasmMemoryThreshold', value.wasm_memory_threshold, same),
    ...given('logVisibility', value.log_visibility, visibility),
    ...given('snapshotVisibility', value.snapshot_visibility, visibility),
    ...given('environmentVariables', value.environment_variables, (list) =>
      list.map(({ name, value: text }) => ({ name, value: text })),
    ),
  });
}

/** What stands against a change although each value is in range: the subnet's capacity, or the canister's cycles. */
export function settingsProblem(
  context: ManagementContext,
  canister: CanisterState,
  change: SettingsChange,
): Reject | null {
  const { state } = context;
  const { settings } = canister;
  const usage = memoryUsage(canister);
  const memory = change.memoryAllocation ?? settings.memoryAllocation;
  const compute = change.computeAllocation ?? settings.computeAllocation;
  if (change.memoryAllocation !== undefined && memory > 0n && memory < usage) {
    return reject(
      'IC0402',
      `Canister was given ${displayBytes(memory)} memory allocation but at least ${displayBytes(usage)} of memory is needed.`,
    );
  }
  const allocated = larger(settings.memoryAllocation, usage);
  const available = subnetAvailable(state) + (state.canisters.has(canister.id) ? allocated : 0n);
  if (memory > available) {
    return reject(
      'IC0101',
      `Canister requested ${displayBytes(memory)} of memory but only ${displayBytes(available)} are available in the subnet.`,
    );
  }
  const free = availableCompute(context) + (state.canisters.has(canister.id) ? settings.computeAllocation : 0n);
  if (change.computeAllocation !== undefined && compute > free) {
    return reject(
      'IC0101',
      `Canister requested a compute allocation of ${compute}% which cannot be satisfied because the Subnet's remaining compute capacity is ${free}%.`,
    );
  }
  const limit = freezingLimit(state, canister, {
    memoryAllocation: memory,
    computeAllocation: compute,
    freezingThreshold: change.freezingThreshold ?? settings.freezingThreshold,
  });
  if (canister.cycles >= limit) return reservedProblem(canister, change);
  // Raising only the freezing threshold may freeze the canister: that is what it is for.
  const missing = `due to insufficient cycles. At least ${limit - canister.cycles} additional cycles are required.`;
  if (compute > settings.computeAllocation) {
    return reject('IC0530', `Cannot increase compute allocation to ${compute}% ${missing}`);
  }
  if (memory > settings.memoryAllocation) {
    return reject('IC0531', `Cannot increase memory allocation to ${displayBytes(memory)} ${missing}`);
  }
  return reservedProblem(canister, change);
}

export function applySettings(canister: CanisterState, change: SettingsChange): void {
  const { controllers, ...settings } = change;
  if (controllers !== undefined) canister.controllers = [...controllers];
  canister.settings = { ...canister.settings, ...settings };
}

export function visibilityCandid(value: Visibility, toPrincipal: (id: PrincipalText) => Principal): VisibilityValue {
  if (value.kind === 'controllers') return { controllers: null };
  if (value.kind === 'public') return { public: null };
  return { allowed_viewers: value.viewers.map(toPrincipal) };
}

function reservedProblem(canister: CanisterState, change: SettingsChange): Reject | null {
  const limit = change.reservedCyclesLimit ?? canister.settings.reservedCyclesLimit;
  if (canister.reservedCycles <= limit) return null;
  return reject(
    'IC0540',
    `Cannot set the reserved cycles limit ${limit} below the reserved cycles balance of the canister ${canister.reservedCycles}.`,
  );
}

function availableCompute({ state }: ManagementContext): bigint {
  let used = 0n;
  for (const { settings } of state.canisters.values()) used += settings.computeAllocation;
  return used < COMPUTE_CAPACITY_PERCENT ? COMPUTE_CAPACITY_PERCENT - used : 0n;
}

function rangeProblem(value: SettingsValue): Reject | null {
  const checks: [name: string, given: Opt<bigint>, max: bigint][] = [
    ['ComputeAllocation', value.compute_allocation, MAX_COMPUTE_ALLOCATION],
    ['MemoryAllocation', value.memory_allocation, MAX_MEMORY_BYTES],
    ['Freezing threshold', value.freezing_threshold, 2n ** 64n - 1n],
    ['Reserved cycles limit', value.reserved_cycles_limit, 2n ** 128n - 1n],
    ['Wasm memory limit', value.wasm_memory_limit, MAX_MEMORY_BYTES - 1n],
    ['Wasm memory threshold', value.wasm_memory_threshold, 2n ** 64n - 1n],
  ];
  for (const [name, [amount], max] of checks) {
    if (amount !== undefined && amount > max) {
      return reject('IC0504', `${name} expected to be in the range of [0..${max}], got ${amount}`);
    }
  }
  return null;
}

function listProblem(value: SettingsValue): Reject | null {
  for (const [viewers] of [value.log_visibility, value.snapshot_visibility]) {
    if (viewers !== undefined && 'allowed_viewers' in viewers && viewers.allowed_viewers.length > MAX_VIEWERS) {
      return invalidPayload(
        `Error decoding candid: at most ${MAX_VIEWERS} allowed viewers, got ${viewers.allowed_viewers.length}`,
      );
    }
  }
  const [controllers] = value.controllers;
  if (controllers !== undefined && controllers.length > MAX_CONTROLLERS) {
    return invalidSettings(
      `Invalid settings: 'controllers' length exceeds maximum size allowed of ${MAX_CONTROLLERS}.`,
    );
  }
  return environmentProblem(value.environment_variables[0] ?? []);
}

function environmentProblem(variables: readonly { readonly name: string; readonly value: string }[]): Reject | null {
  if (variables.length > MAX_ENVIRONMENT_VARIABLES) {
    return invalidPayload(`Too many environment variables: ${variables.length} (max: ${MAX_ENVIRONMENT_VARIABLES})`);
  }
  const seen = new Set<string>();
  for (const { name, value } of variables) {
    if (utf8(name).length > MAX_ENVIRONMENT_VARIABLE_BYTES) {
      return invalidPayload(
        `Environment variable name "${name}" exceeds the maximum allowed length of ${MAX_ENVIRONMENT_VARIABLE_BYTES}.`,
      );
    }
    if (utf8(value).length > MAX_ENVIRONMENT_VARIABLE_BYTES) {
      return invalidPayload(
        `Environment variable value "${value}" exceeds the maximum allowed length of ${MAX_ENVIRONMENT_VARIABLE_BYTES}.`,
      );
    }
    if (seen.has(name)) return invalidPayload(`Environment variable name "${name}" is given twice.`);
    seen.add(name);
  }
  return null;
}

/** Each principal once, shorter first, then by bytes: the order in which the IC lists controllers. */
export function sortedPrincipals(ids: readonly Principal[]): PrincipalText[] {
  const unique = [...new Set(ids.map(textOf))];
  return unique.sort((a, b) => {
    const [left, right] = [principalToBytes(a), principalToBytes(b)];
    return left.length - right.length || compareBytes(left, right);
  });
}

function visibility(value: VisibilityValue): Visibility {
  if ('controllers' in value) return { kind: 'controllers' };
  if ('public' in value) return { kind: 'public' };
  return { kind: 'allowed_viewers', viewers: sortedPrincipals(value.allowed_viewers) };
}

function given<Key extends string, Value, Out>(
  key: Key,
  [value]: Opt<Value>,
  convert: (value: Value) => Out,
): { [K in Key]?: Out } {
  return value === undefined ? {} : ({ [key]: convert(value) } as { [K in Key]: Out });
}

function same<T>(value: T): T {
  return value;
}
