import { bytesToHex, EMPTY_BYTES } from '../bytes.ts';
import { type Reject, reject } from '../errors.ts';
import {
  COMPILE_CACHE_DIVISOR,
  COMPILE_INSTRUCTIONS_PER_WASM_INSTRUCTION,
  MAX_INSTRUCTIONS_PER_INSTALL,
} from '../limits.ts';
import type { PrincipalText } from '../principal.ts';
import { EMPTY_MEMORY } from '../state/pages.ts';
import type { CanisterCode, CanisterState, IcState, Trap } from '../state/types.ts';
import type { ExecutionKind } from '../types.ts';
import type { PreparedModule } from '../wasm/index.ts';
import { commitProblem, commitState, memoryLimitProblem } from './commit.ts';
import { type ExecutionSpec, execute } from './execute.ts';
import type { Machine } from './machine.ts';
import { moduleHash } from './modules.ts';
import type { RunRequest } from './run.ts';
import { executionErrorText } from './traps.ts';

export interface InstallRequest {
  readonly canister: CanisterState;
  readonly mode: 'install' | 'reinstall' | 'upgrade';
  /** Raw or gzipped. */
  readonly wasmModule: Uint8Array;
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
  readonly skipPreUpgrade: boolean;
  /** `wasm_memory_persistence`: true keep, false replace, null not given. */
  readonly keepWasmMemory: boolean | null;
}

export type InstallResult =
  | { readonly ok: true; readonly value: { readonly instructions: bigint; readonly changedPages: number } }
  | { readonly ok: false; readonly error: Reject; readonly instructions: bigint };

interface World {
  readonly state: IcState;
  readonly machine: Machine;
}

/** Motoko's mark for modules whose memory must be kept (orthogonal persistence). */
const PERSISTENCE_SECTION = 'enhanced-orthogonal-persistence';

/**
 * Installs, reinstalls or upgrades: pre_upgrade on the old code, then start and init or post_upgrade on the new.
 * Atomic: after an error the canister is as it was. Rights, module assembly, version, history and fees are the caller's.
 */
export function installCode(world: World, request: InstallRequest): InstallResult {
  const hash = moduleHash(request.wasmModule);
  const prepared = world.machine.prepare(request.wasmModule, hash);
  const budget = { left: MAX_INSTRUCTIONS_PER_INSTALL };
  if (!prepared.ok) return { ok: false, error: prepared.error, instructions: 0n };
  budget.left -= compileCost(world.state, { hash, prepared: prepared.value });
  const draft = draftOf(request.canister);
  const problem =
    upgradeRefusal(request, prepared.value) ??
    runAll(world, { request, draft, prepared: prepared.value, hash, budget });
  const instructions = MAX_INSTRUCTIONS_PER_INSTALL - budget.left;
  request.canister.logs = draft.canister.logs;
  request.canister.nextLogIndex = draft.canister.nextLogIndex;
  if (problem !== null) return { ok: false, error: problem, instructions };
  world.state.compiled.add(bytesToHex(hash));
  const { canister } = draft;
  Object.assign(request.canister, {
    code: canister.code,
    globalTimer: canister.globalTimer,
    heapDeltaDebit: canister.heapDeltaDebit,
    cycles: canister.cycles,
    lastInstalledAt: world.state.blockTime,
  });
  return { ok: true, value: { instructions, changedPages: draft.changedPages } };
}

/** Instructions for compiling a module: less if it was compiled since the last checkpoint. */
export function compileCost(
  state: IcState,
  module: { readonly hash: Uint8Array; readonly prepared: PreparedModule },
): bigint {
  const full = BigInt(module.prepared.info.instructionCount) * COMPILE_INSTRUCTIONS_PER_WASM_INSTRUCTION;
  return state.compiled.has(bytesToHex(module.hash)) ? full / COMPILE_CACHE_DIVISOR : full;
}

interface Draft {
  readonly canister: CanisterState;
  changedPages: number;
}

function draftOf(canister: CanisterState): Draft {
  return {
    canister: { ...canister, code: canister.code === null ? null : { ...canister.code }, logs: [...canister.logs] },
    changedPages: 0,
  };
}

function upgradeRefusal(request: InstallRequest, prepared: PreparedModule): Reject | null {
  if (request.mode !== 'upgrade') return null;
  const persistent = prepared.info.customSections.some(({ name }) => name.endsWith(PERSISTENCE_SECTION));
  if (request.keepWasmMemory === true && !persistent) {
    return reject(
      'IC0504',
      `Invalid upgrade option: The \`wasm_memory_persistence: opt Keep\` upgrade option requires that the new canister module supports enhanced orthogonal persistence.`,
    );
  }
  if (request.keepWasmMemory === null && persistent) {
    return reject(
      'IC0504',
      `Missing upgrade option: Enhanced orthogonal persistence requires the \`wasm_memory_persistence\` upgrade option.`,
    );
  }
  return null;
}

interface InstallRun {
  readonly request: InstallRequest;
  readonly draft: Draft;
  readonly prepared: PreparedModule;
  readonly hash: Uint8Array;
  readonly budget: { left: bigint };
}

function runAll(world: World, job: InstallRun): Reject | null {
  const { request, draft, prepared } = job;
  const old = draft.canister.code;
  if (request.mode === 'upgrade' && !request.skipPreUpgrade) {
    const problem = runOldHook(world, job);
    if (problem !== null) return problem;
  }
  const keepsStable = request.mode === 'upgrade' && draft.canister.code !== null;
  const stableMemory = keepsStable ? (draft.canister.code as CanisterCode).stableMemory : EMPTY_MEMORY;
  const keptMemory =
    keepsStable && request.keepWasmMemory === true ? (draft.canister.code as CanisterCode).memory : null;
  const certifiedData =
    request.mode === 'upgrade' && old !== null ? (draft.canister.code as CanisterCode).certifiedData : EMPTY_BYTES;
  draft.canister.code = {
    wasmModule: request.wasmModule,
    moduleHash: job.hash,
    memory: keptMemory ?? EMPTY_MEMORY,
    stableMemory,
    globals: [],
    certifiedData,
  };
  draft.canister.globalTimer = 0n;
  const hook = request.mode === 'upgrade' ? 'canister_post_upgrade' : 'canister_init';
  const first: RunRequest['code'] = { fresh: true, stableMemory, memory: keptMemory };
  const start = prepared.info.startExport;
  const started = step(world, job, {
    kind: 'start',
    entry: start === null ? { kind: 'none' } : { kind: 'export', name: start },
    image: first,
  });
  if (started !== null || !prepared.info.functionExports.has(hook)) return started;
  return step(world, job, {
    kind: request.mode === 'upgrade' ? 'post_upgrade' : 'init',
    entry: { kind: 'export', name: hook },
    image: draft.canister.code,
  });
}

function runOldHook(world: World, job: InstallRun): Reject | null {
  const code = job.draft.canister.code;
  if (code === null) return null;
  const old = world.machine.prepare(code.wasmModule, code.moduleHash);
  if (!old.ok || !old.value.info.functionExports.has('canister_pre_upgrade')) return null;
  const hook: Step = { kind: 'pre_upgrade', entry: { kind: 'export', name: 'canister_pre_upgrade' }, image: code };
  return step(world, { ...job, prepared: old.value }, hook);
}

interface Step {
  readonly kind: ExecutionKind;
  readonly entry: ExecutionSpec['entry'];
  readonly image: RunRequest['code'];
}

/** Runs one hook on the draft and commits it there. */
function step(world: World, job: InstallRun, { kind, entry, image }: Step): Reject | null {
  const { draft, request, budget, prepared } = job;
  const outcome = execute(world, draft.canister, {
    kind,
    entry,
    caller: request.caller,
    arg: request.arg,
    instructionLimit: budget.left > 0n ? budget.left : 0n,
    version: kind === 'pre_upgrade' ? draft.canister.version : draft.canister.version + 1n,
    code: { prepared, image },
  });
  budget.left -= outcome.instructions;
  if (outcome.result.kind === 'trapped') return refusal(draft.canister, outcome.result.trap);
  const { effects } = outcome.result;
  const problem =
    memoryLimitProblem(draft.canister, effects.memory.size) ?? commitProblem(world.state, draft.canister, effects);
  if (problem !== null) return refusal(draft.canister, problem);
  draft.changedPages += commitState(draft.canister, effects).changedPages;
  return null;
}

function refusal(canister: CanisterState, trap: Trap): Reject {
  return reject(trap.errorCode, executionErrorText(canister.id, trap));
}
