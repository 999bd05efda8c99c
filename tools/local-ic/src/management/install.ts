import type { Principal } from '@dfinity/principal';
import { bytesToHex, concatBytes, equalBytes, sha256 } from '../bytes.ts';
import { checkWithdrawal, executionFee, installPrepayment } from '../cycles.ts';
import { ok, type Reject, type Result, reject } from '../errors.ts';
import { installCode } from '../execution/install.ts';
import { MAX_CHUNK_BYTES } from '../limits.ts';
import { subnetIdOf } from '../state/subnet-keys.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import { findCanister, findControlled, isController } from './checks.ts';
import { addHistory, changeOrigin } from './history.ts';
import { InstallChunkedCodeArgs, InstallCodeArgs, type InstallModeValue, type Opt } from './idl.ts';
import { nextHookStatus } from './low-memory.ts';
import { defineMethod, fail, refuse, replyEmpty } from './method.ts';
import { chunkStoreError, notController } from './rejects.ts';
import type { ManagementContext, ManagementOutcome } from './types.ts';

export const installCodeMethod = defineMethod<InstallCodeArgs>({
  name: 'install_code',
  ingress: 'controllers',
  budgeted: true,
  args: InstallCodeArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    return install(context, found.value, { ...args, wasmModule: ok(args.wasm_module), assembly: 0n });
  },
});

export const installChunkedCode = defineMethod<InstallChunkedCodeArgs>({
  name: 'install_chunked_code',
  ingress: 'controllers',
  budgeted: true,
  args: InstallChunkedCodeArgs,
  target: ({ target_canister }) => target_canister,
  run: (context, args) => {
    const found = findControlled(context, args.target_canister);
    if (!found.ok) return refuse(found.error);
    const store = findStore(context, args.store_canister[0] ?? args.target_canister);
    if (!store.ok) return refuse(store.error);
    return install(context, found.value, {
      ...args,
      wasmModule: assemble(store.value, args),
      // One instruction a byte, each chunk taken as full.
      assembly: BigInt(args.chunk_hashes_list.length) * BigInt(MAX_CHUNK_BYTES),
    });
  },
});

interface Installation {
  readonly mode: InstallModeValue;
  readonly arg: Uint8Array;
  readonly sender_canister_version: Opt<bigint>;
  readonly wasmModule: Result<Uint8Array>;
  /** Instructions for putting the module together. */
  readonly assembly: bigint;
}

/** Everything around the execution: rights are checked; here rate limit, prepayment, mode; then version, history, fees. */
function install(context: ManagementContext, canister: CanisterState, installation: Installation): ManagementOutcome {
  const { state } = context;
  const prepaid = checkWithdrawal(state, canister, {
    cost: installPrepayment(state),
    revealMissing: isController(canister, context),
  });
  if (!prepaid.ok) {
    const text = `Canister installation failed with \`${prepaid.error.message}\`.\nTop up the canister with cycles.`;
    return refuse(reject('IC0207', text));
  }
  const mode = modeOf(installation.mode);
  const problem = refusal(state, canister, mode);
  if (problem !== null) return refuse(problem);
  if (!installation.wasmModule.ok) return refuse(installation.wasmModule.error, installation.assembly);
  const firstLog = canister.nextLogIndex;
  const result = installCode(context, {
    canister,
    mode: mode.kind,
    wasmModule: installation.wasmModule.value,
    arg: installation.arg,
    caller: context.sender,
    skipPreUpgrade: mode.skipPreUpgrade,
    keepWasmMemory: mode.keepWasmMemory,
  });
  const instructions = installation.assembly + (result.ok ? result.value.instructions : result.instructions);
  canister.cycles -= executionFee(state, instructions);
  if (state.config.rateLimits) canister.installDebit += instructions;
  if (!result.ok) return refuse(result.error, instructions);
  if (mode.kind === 'reinstall') canister.logs = canister.logs.filter(({ index }) => index >= firstLog);
  canister.lowMemoryHook = nextHookStatus(canister);
  canister.version += 1n;
  addHistory(canister, {
    time: context.time,
    origin: changeOrigin(context, installation.sender_canister_version),
    details: { kind: 'code_deployment', mode: mode.kind, moduleHash: sha256(installation.wasmModule.value) },
  });
  return replyEmpty({ instructions });
}

/** Whether the mode fits the canister, and whether an earlier install still counts against it. */
function refusal(state: IcState, canister: CanisterState, mode: Mode): Reject | null {
  const { id } = canister;
  if (mode.kind === 'install' && canister.code !== null) {
    return reject(
      'IC0514',
      `Canister ${id} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead.`,
    );
  }
  if (state.config.rateLimits && canister.installDebit > 0n) {
    return reject(
      'IC0209',
      `Canister ${id} is rate limited because it executed too many instructions in the previous install_code ` +
        'messages. Please retry installation after several minutes.',
    );
  }
  if (mode.kind === 'upgrade' && canister.code === null) {
    return reject('IC0537', `Error from Canister ${id}: Attempted to upgrade an empty canister.\nInstall it first.`);
  }
  return null;
}

interface Mode {
  readonly kind: 'install' | 'reinstall' | 'upgrade';
  readonly skipPreUpgrade: boolean;
  readonly keepWasmMemory: boolean | null;
}

function modeOf(mode: InstallModeValue): Mode {
  if ('install' in mode) return { kind: 'install', skipPreUpgrade: false, keepWasmMemory: null };
  if ('reinstall' in mode) return { kind: 'reinstall', skipPreUpgrade: false, keepWasmMemory: null };
  const [options] = mode.upgrade;
  const [persistence] = options?.wasm_memory_persistence ?? [];
  return {
    kind: 'upgrade',
    skipPreUpgrade: options?.skip_pre_upgrade[0] ?? false,
    keepWasmMemory: persistence === undefined ? null : 'keep' in persistence,
  };
}

/** The canister whose chunks are used: the sender must control it, or be it. */
function findStore(context: ManagementContext, id: Principal): Result<CanisterState> {
  const found = findCanister(context, id);
  if (!found.ok) {
    return fail(
      reject(
        'IC0406',
        `InstallChunkedCode Error: Store canister ${id.toText()} was not found on subnet ${subnetIdOf(context.state.config)} of target canister`,
      ),
    );
  }
  if (found.value.id === context.sender || isController(found.value, context)) return found;
  return fail(notController(found.value, context.sender));
}

function assemble(store: CanisterState, args: InstallChunkedCodeArgs): Result<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { hash } of args.chunk_hashes_list) {
    const chunk = store.chunkStore.get(bytesToHex(hash));
    if (chunk === undefined) return fail(chunkStoreError(`Chunk hash ${bytesToHex(hash)} was not found`));
    parts.push(chunk);
  }
  const wasmModule = concatBytes(...parts);
  const hash = sha256(wasmModule);
  if (equalBytes(hash, args.wasm_module_hash)) return ok(wasmModule);
  return fail(
    chunkStoreError(
      `Wasm module hash ${bytesToHex(hash)} does not match given hash ${bytesToHex(args.wasm_module_hash)}`,
    ),
  );
}
