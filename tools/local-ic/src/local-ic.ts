import { bytesToHex, sha256 } from './bytes.ts';
import { LocalIcError } from './errors.ts';
import { createMachine, type Machine } from './execution/machine.ts';
import { publicApi } from './ingress/api.ts';
import { admit, enqueueIngress } from './ingress/door.ts';
import { runQuery } from './ingress/query.ts';
import { recordNextRound, replayRound } from './ingress/round-record.ts';
import { WASM_PAGE_BYTES } from './limits.ts';
import { installationOf } from './management/index.ts';
import { ANONYMOUS, canisterIdFromNumber, MANAGEMENT_CANISTER, type PrincipalText } from './principal.ts';
import { nextWork, runRound } from './scheduler/index.ts';
import { clonePlain } from './state/clone.ts';
import { decodeState, encodeState } from './state/codec.ts';
import { createState } from './state/create.ts';
import { heldBytes } from './state/held.ts';
import { memoryFromBytes, readMemory } from './state/pages.ts';
import { rootKeyOf, subnetIdOf } from './state/subnet-keys.ts';
import type { CanisterState, IcState, IngressStatus } from './state/types.ts';
import type {
  CallRequest,
  CallResult,
  CanisterView,
  Checkpoint,
  InitialCanister,
  LocalIc,
  LocalIcOptions,
  SnapshotView,
  SubmitResult,
} from './types.ts';

const DEFAULT_MAX_ROUNDS = 100;

/** A new subnet. See `LocalIcOptions`. */
export function createLocalIc(options: LocalIcOptions = {}): LocalIc {
  if (options.seed !== undefined && options.seed.length !== 32) {
    throw new LocalIcError('invalid_seed', `A seed has 32 bytes, this one has ${options.seed.length}.`);
  }
  const ic = facade({ state: createState(options), machine: createMachine(options), submitted: 0n });
  for (const canister of options.canisters ?? []) installInitial(ic, canister);
  return ic;
}

function installInitial(ic: LocalIc, canister: InitialCanister): void {
  for (const { method, payload } of installationOf(canister, ic.subnetId())) {
    const result = ic.call({ sender: ANONYMOUS, canisterId: MANAGEMENT_CANISTER, method, payload });
    if (result.kind === 'reply') continue;
    throw new LocalIcError(
      'initial_canister',
      `Canister ${canister.id} cannot be there from the beginning: ${result.reject.message}`,
      { canister: canister.id },
    );
  }
}

/** A subnet as `save()` left it. Throws `invalid_state` or `unknown_state_version`. */
export function loadLocalIc(
  bytes: Uint8Array,
  options: Pick<LocalIcOptions, 'interceptor' | 'onCanisterLog'> = {},
): LocalIc {
  const { submitted, state } = decodeState(bytes);
  return facade({ state, machine: createMachine(options), submitted });
}

/** What one instance holds: the state, what runs it, and a counter that tells equal calls apart. */
interface Held {
  state: IcState;
  readonly machine: Machine;
  submitted: bigint;
}

const checkpoints = new WeakMap<Checkpoint, Pick<Held, 'state' | 'submitted'>>();

function facade(held: Held): LocalIc {
  return {
    ...clock(held),
    ...calls(held),
    ...inspection(held),
    ...saving(held),
    api: publicApi(held),
  };
}

function clock(
  held: Held,
): Pick<LocalIc, 'time' | 'certifiedTime' | 'round' | 'setTime' | 'setCertifiedTime' | 'tick' | 'nextWork'> {
  const setTime = (nanos: bigint) => {
    if (nanos < held.state.time) {
      throw new LocalIcError(
        'time_into_past',
        `The time is ${held.state.time} already and cannot be set back to ${nanos}.`,
      );
    }
    held.state.time = nanos;
  };
  return {
    time: () => held.state.time,
    certifiedTime: () => held.state.blockTime,
    round: () => held.state.round,
    setTime,
    setCertifiedTime: (nanos) => {
      setTime(nanos);
      held.state.blockTime = nanos;
    },
    tick: () => runRound(held.state, held.machine),
    nextWork: () => nextWork(held),
  };
}

function calls(held: Held): Pick<LocalIc, 'submit' | 'ingressStatus' | 'awaitIngress' | 'call' | 'query'> {
  const submit = (request: CallRequest): SubmitResult => {
    const admitted = admit({ state: held.state, machine: held.machine, counter: held.submitted }, request);
    held.submitted += 1n;
    if (!admitted.ok) return { kind: 'refused', reject: admitted.error };
    enqueueIngress(held.state, admitted.value);
    return { kind: 'accepted', messageId: admitted.value.messageId };
  };
  const ingressStatus = (messageId: Uint8Array) => held.state.ingressHistory.get(bytesToHex(messageId))?.status;
  const awaitIngress = (messageId: Uint8Array, maxRounds = DEFAULT_MAX_ROUNDS): CallResult => {
    for (let round = 0; round <= maxRounds; round += 1) {
      const result = finalResult(ingressStatus(messageId), messageId);
      if (result !== null) return result;
      if (round < maxRounds) runRound(held.state, held.machine);
    }
    throw new LocalIcError(
      'not_answered',
      `Failed to answer to ingress ${bytesToHex(messageId)} after ${maxRounds} rounds.`,
    );
  };
  return {
    submit,
    ingressStatus,
    awaitIngress,
    call: (request) => {
      const submitted = submit(request);
      if (submitted.kind === 'refused') return { kind: 'reject', reject: submitted.reject, certified: false };
      return awaitIngress(submitted.messageId);
    },
    query: (request) => {
      return runQuery(held, request);
    },
  };
}

function finalResult(status: IngressStatus | undefined, messageId: Uint8Array): CallResult | null {
  if (status === undefined) {
    throw new LocalIcError(
      'unknown_message',
      `There is no ingress message ${bytesToHex(messageId)}; it was never accepted, or its status expired.`,
    );
  }
  if (status.kind === 'replied') return { kind: 'reply', data: status.data };
  if (status.kind === 'rejected') return { kind: 'reject', reject: status.reject, certified: true };
  return null;
}

function inspection(
  held: Held,
): Pick<
  LocalIc,
  | 'canisterIds'
  | 'canister'
  | 'cycles'
  | 'addCycles'
  | 'stableMemory'
  | 'setStableMemory'
  | 'subnetId'
  | 'canisterRanges'
  | 'rootKey'
  | 'defaultEffectiveCanisterId'
  | 'seed'
> {
  const { config } = held.state;
  const existing = (id: PrincipalText): CanisterState => {
    const canister = held.state.canisters.get(id);
    if (canister === undefined)
      throw new LocalIcError('canister_not_found', `CanisterNotFound: there is no canister ${id} on this subnet.`, {
        canister: id,
      });
    return canister;
  };
  const withCode = (id: PrincipalText) => {
    const { code } = existing(id);
    if (code === null)
      throw new LocalIcError('canister_empty', `CanisterIsEmpty: canister ${id} has no Wasm module.`, { canister: id });
    return code;
  };
  return {
    canisterIds: () => [...held.state.canisters.keys()],
    canister: (id) => {
      const canister = held.state.canisters.get(id);
      return canister === undefined ? undefined : viewOf(canister);
    },
    cycles: (id) => existing(id).cycles,
    addCycles: (id, amount) => {
      const canister = existing(id);
      canister.cycles += amount;
      return canister.cycles;
    },
    stableMemory: (id) => {
      const { stableMemory } = withCode(id);
      return readMemory(stableMemory, 0, stableMemory.size);
    },
    setStableMemory: (id, content) => {
      const size = Math.ceil(content.length / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
      withCode(id).stableMemory = memoryFromBytes(content, size);
    },
    subnetId: () => subnetIdOf(config),
    canisterRanges: () =>
      config.canisterRanges.map(([first, last]) => [canisterIdFromNumber(first), canisterIdFromNumber(last)] as const),
    rootKey: () => rootKeyOf(config),
    defaultEffectiveCanisterId: () => canisterIdFromNumber(config.firstCanisterNumber),
    seed: () => config.seed,
  };
}

function viewOf(canister: CanisterState): CanisterView {
  return {
    id: canister.id,
    controllers: [...canister.controllers],
    status: canister.status.kind,
    version: canister.version,
    cycles: canister.cycles,
    moduleHash: canister.code?.moduleHash ?? null,
    globalTimer: canister.globalTimer,
    openCallContexts: canister.callContexts.size,
    outstandingCallbacks: canister.callbacks.size,
    snapshots: [...canister.snapshots.values()].map(
      ({ id, takenAt, size, code }): SnapshotView => ({
        id,
        takenAt,
        size,
        wasmMemorySize: code.memory.size,
        stableMemorySize: code.stableMemory.size,
        wasmModuleSize: code.wasmModule.length,
      }),
    ),
    wasmMemorySize: canister.code?.memory.size ?? 0,
    stableMemorySize: canister.code?.stableMemory.size ?? 0,
  };
}

function saving(
  held: Held,
): Pick<
  LocalIc,
  'checkpoint' | 'restore' | 'fork' | 'save' | 'nextRoundRecord' | 'replayRound' | 'digest' | 'heldBytes'
> {
  const save = () => encodeState({ state: held.state, submitted: held.submitted });
  return {
    checkpoint: () => {
      const checkpoint: Checkpoint = Object.freeze({ kind: 'checkpoint' });
      checkpoints.set(checkpoint, { state: clonePlain(held.state), submitted: held.submitted });
      return checkpoint;
    },
    restore: (checkpoint) => {
      const saved = checkpoints.get(checkpoint);
      if (saved === undefined)
        throw new LocalIcError('unknown_checkpoint', 'This checkpoint was not made in this process.');
      held.state = clonePlain(saved.state);
      held.submitted = saved.submitted;
    },
    fork: (options = {}) =>
      facade({
        state: clonePlain(held.state),
        machine: createMachine({ ...options, pool: held.machine.pool }),
        submitted: held.submitted,
      }),
    save,
    nextRoundRecord: () => recordNextRound(held.state),
    replayRound: (record) => replayRound(held.state, held.machine, record),
    digest: () => sha256(save()),
    heldBytes: () => heldBytes(held.state),
  };
}
