import { bytesToHex, sha256 } from '../../bytes.ts';
import { checkWithdrawal, executionFee, memoryUsage } from '../../cycles.ts';
import { ok, type Reject, type Result, reject } from '../../errors.ts';
import { compileCost } from '../../execution/install.ts';
import { executionErrorText } from '../../execution/traps.ts';
import { FEES } from '../../limits.ts';
import type { CanisterCode, CanisterState, LowMemoryHook, Snapshot } from '../../state/types.ts';
import type { ModuleInfo, PreparedModule } from '../../wasm/index.ts';
import { checkHeapDelta, checkMemoryChange, findControlled, isController } from '../checks.ts';
import { addHeapDelta, heapDelta, isCheckpointed } from '../heap-delta.ts';
import { addHistory, changeOrigin } from '../history.ts';
import { LoadSnapshotArgs } from '../idl.ts';
import { isMemoryLow, nextHookStatus } from '../low-memory.ts';
import { defineMethod, fail, refuse, replyEmpty } from '../method.ts';
import { invalidPayload, snapshotNotFound, snapshottingFailed } from '../rejects.ts';
import type { ManagementContext } from '../types.ts';
import { lookUp, parseSnapshotId } from './common.ts';

/**
 * Puts a snapshot in the place of code, memories, chunk store and certified data. Status, balance, settings, open calls,
 * callbacks and (unless the snapshot was uploaded with one) the timer stay; no entry point runs. Everything is worked out
 * on a copy first, so that a failed load changes and costs nothing.
 */
export const loadSnapshot = defineMethod<LoadSnapshotArgs>({
  name: 'load_canister_snapshot',
  ingress: 'controllers',
  budgeted: true,
  args: LoadSnapshotArgs,
  target: ({ canister_id }) => canister_id,
  run: (context, args) => {
    const { state } = context;
    const found = findControlled(context, args.canister_id);
    if (!found.ok) return refuse(found.error);
    const canister = found.value;
    const rate = checkHeapDelta(canister, state);
    if (!rate.ok) return refuse(rate.error);
    const source = findSource(context, canister, args.snapshot_id);
    if (!source.ok) return refuse(source.error);
    const snapshot = source.value;
    const upfront = checkUpfront(context, canister);
    if (!upfront.ok) return refuse(upfront.error);
    const hash = snapshot.code.moduleHash.length > 0 ? snapshot.code.moduleHash : sha256(snapshot.code.wasmModule);
    const prepared = context.machine.prepare(snapshot.code.wasmModule, hash);
    if (!prepared.ok) return refuse(invalidModule(canister, prepared.error));
    const compiled = compileCost(state, { hash, prepared: prepared.value });
    const loaded = draft(canister, snapshot, hash);
    const problem = mismatch(canister, snapshot, prepared.value) ?? hookProblem(loaded, snapshot);
    if (problem !== null) return refuse(problem, compiled);
    const cost = upfront.value + executionFee(state, compiled + snapshot.size);
    const room = checkMemoryChange(context, canister, { newUsage: memoryUsage(loaded), cost });
    if (!room.ok) return refuse(room.error, compiled);
    apply(context, canister, { loaded, snapshot, cost });
    state.compiled.add(bytesToHex(hash));
    addHistory(canister, {
      time: context.time,
      origin: changeOrigin(context, args.sender_canister_version),
      details: {
        kind: 'load_snapshot',
        snapshotId: snapshot.id,
        canisterVersion: snapshot.canisterVersion,
        takenAt: snapshot.takenAt,
        source: snapshot.source,
        fromCanister: snapshot.canisterId === canister.id ? null : snapshot.canisterId,
      },
    });
    return replyEmpty({ instructions: compiled });
  },
});

/** The snapshot, which may be another canister's if the sender controls that one too. */
function findSource(context: ManagementContext, canister: CanisterState, idBytes: Uint8Array): Result<Snapshot> {
  const id = parseSnapshotId(idBytes);
  if (!id.ok) return id;
  const snapshot = lookUp(context.state, id.value);
  if (snapshot === undefined) return fail(snapshotNotFound(canister.id, id.value.text));
  if (snapshot.canisterId === canister.id) return ok(snapshot);
  const owner = context.state.canisters.get(snapshot.canisterId);
  if (owner !== undefined && isController(owner, context)) return ok(snapshot);
  return fail(
    reject(
      'IC0406',
      `Only a controller of the canister that snapshot ${id.value.text} belongs to can load it on canister ${canister.id}. ` +
        `Sender: ${context.sender}.`,
    ),
  );
}

/** The base fee, which must be payable before anything is compiled. */
function checkUpfront(context: ManagementContext, canister: CanisterState): Result<bigint> {
  const cost = executionFee(context.state, FEES.snapshotBase);
  const payable = checkWithdrawal(context.state, canister, { cost, revealMissing: isController(canister, context) });
  return payable.ok ? ok(cost) : fail(snapshottingFailed(payable.error));
}

/** The canister as it would be, before fees and version. */
function draft(canister: CanisterState, snapshot: Snapshot, moduleHash: Uint8Array): CanisterState {
  const uploaded = snapshot.source === 'metadata_upload';
  const code: CanisterCode = { ...snapshot.code, moduleHash };
  return {
    ...canister,
    code,
    chunkStore: new Map(snapshot.chunkStore),
    checkpointed: snapshot.checkpointed,
    globalTimer: uploaded && snapshot.globalTimer !== null ? snapshot.globalTimer : canister.globalTimer,
    lowMemoryHook: uploaded && snapshot.lowMemoryHook !== null ? snapshot.lowMemoryHook : canister.lowMemoryHook,
  };
}

interface Loaded {
  readonly loaded: CanisterState;
  readonly snapshot: Snapshot;
  readonly cost: bigint;
}

function apply(context: ManagementContext, canister: CanisterState, { loaded, cost }: Loaded): void {
  canister.code = loaded.code;
  canister.chunkStore.clear();
  for (const [hash, chunk] of loaded.chunkStore) canister.chunkStore.set(hash, chunk);
  canister.checkpointed = loaded.checkpointed;
  canister.globalTimer = loaded.globalTimer;
  canister.lowMemoryHook = nextHookStatus(loaded);
  canister.cycles -= cost;
  canister.version += 1n;
  canister.lastInstalledAt = context.time;
  context.machine.forget(canister.id);
  addHeapDelta(context.state, canister, heapDelta(canister));
}

/** What an uploaded snapshot may have wrong, and what another canister's snapshot must wait for. */
function mismatch(canister: CanisterState, snapshot: Snapshot, prepared: PreparedModule): Reject | null {
  if (snapshot.source === 'metadata_upload' && !globalsMatch(snapshot, prepared.info)) {
    return invalidPayload('Wasm exported globals of canister module and snapshot metadata do not match.');
  }
  if (snapshot.canisterId === canister.id || isCheckpointed(snapshot)) return null;
  const id = parseSnapshotId(snapshot.id);
  const text = id.ok ? id.value.text : bytesToHex(snapshot.id);
  return reject(
    'IC0406',
    `Snapshot ${text} is not currently loadable on the specified canister ${canister.id}. Try again later.` +
      '\nIt can be loaded after the next checkpoint.',
  );
}

function globalsMatch({ code }: Snapshot, { globals }: ModuleInfo): boolean {
  return (
    globals.length === code.globals.length && globals.every(({ type }, index) => type === code.globals[index]?.type)
  );
}

const HOOK_NAMES: Record<LowMemoryHook, string> = {
  condition_not_satisfied: 'ConditionNotSatisfied',
  ready: 'Ready',
  executed: 'Executed',
};

/** An uploaded hook status must agree with how much Wasm memory is left. */
function hookProblem(loaded: CanisterState, snapshot: Snapshot): Reject | null {
  const hook = snapshot.lowMemoryHook;
  if (snapshot.source !== 'metadata_upload' || hook === null) return null;
  const satisfied = isMemoryLow(loaded);
  if ((hook !== 'condition_not_satisfied') === satisfied) return null;
  return invalidPayload(
    `Hook status (${HOOK_NAMES[hook]}) of uploaded snapshot is inconsistent with the canister's state ` +
      `(hook condition satisfied: ${satisfied}).`,
  );
}

/** An uploaded module may be anything. */
function invalidModule(canister: CanisterState, { errorCode, message }: Reject): Reject {
  return errorCode === null
    ? reject('IC0505', message)
    : reject(errorCode, executionErrorText(canister.id, { errorCode, message }));
}
