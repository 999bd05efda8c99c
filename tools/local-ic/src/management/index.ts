/**
 * The management canister, aaaaa-aa: the table of its methods, what a call does, and who may call by ingress.
 * A file per method or small family beside this one; `rejects.ts` holds the texts, `checks.ts` what several methods check.
 */
import { type Reject, reject } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterState, IcState } from '../state/types.ts';
import type { CallResult } from '../types.ts';
import { depositCycles, provisionalTopUp } from './add-cycles.ts';
import { clearChunkStore, storedChunks, uploadChunk } from './chunks.ts';
import { createCanisterMethod, provisionalCreate } from './create.ts';
import { deleteCanister } from './delete.ts';
import { installChunkedCode, installCodeMethod } from './install.ts';
import { fetchCanisterLogs, fetchCanisterLogsUpdate, isAllowed, notInReplicatedMode } from './logs.ts';
import { refuse } from './method.ts';
import { rawRand } from './raw-rand.ts';
import { notServed, onlyCanisters } from './rejects.ts';
import { updateSettings } from './settings.ts';
import { deleteSnapshot, listSnapshots } from './snapshots/catalog.ts';
import { loadSnapshot } from './snapshots/load.ts';
import { readSnapshotData, readSnapshotMetadata } from './snapshots/read.ts';
import { takeSnapshot } from './snapshots/take.ts';
import { uploadSnapshotData, uploadSnapshotMetadata } from './snapshots/upload.ts';
import { canisterInfo, canisterMetadata, canisterStatus } from './status.ts';
import { startCanister, stopCanister } from './stopping.ts';
import type { IngressRule, ManagementContext, ManagementMethod, ManagementOutcome } from './types.ts';
import { uninstallCodeMethod } from './uninstall.ts';
import { UNSERVED_METHODS } from './unserved.ts';

export { chargeResources } from './charge-resources.ts';
export { createCanister, type NewCanister } from './create.ts';
export { checkpointDelta, decayRateLimits } from './heap-delta.ts';
export { installationOf } from './initial-canisters.ts';
export { isMemoryLow, nextHookStatus } from './low-memory.ts';
export { senderVersionProblem } from './sender-version.ts';
export { processStopping } from './stopping.ts';
export type * from './types.ts';
export { uninstall } from './uninstall.ts';

const METHODS: readonly ManagementMethod[] = [
  createCanisterMethod,
  provisionalCreate,
  provisionalTopUp,
  depositCycles,
  installCodeMethod,
  installChunkedCode,
  uploadChunk,
  clearChunkStore,
  storedChunks,
  uninstallCodeMethod,
  updateSettings,
  canisterStatus,
  canisterInfo,
  canisterMetadata,
  startCanister,
  stopCanister,
  deleteCanister,
  rawRand,
  fetchCanisterLogsUpdate,
  takeSnapshot,
  loadSnapshot,
  listSnapshots,
  deleteSnapshot,
  readSnapshotMetadata,
  readSnapshotData,
  uploadSnapshotMetadata,
  uploadSnapshotData,
  ...UNSERVED_METHODS,
];

export const MANAGEMENT_METHODS: ReadonlyMap<string, ManagementMethod> = new Map(
  METHODS.map((method) => [method.name, method]),
);
const UNSERVED: ReadonlySet<string> = new Set(UNSERVED_METHODS.map(({ name }) => name));
const QUERIES: ReadonlySet<string> = new Set([fetchCanisterLogsUpdate.name]);

/** Runs one call. Rights, arguments and state are checked here whatever the door let in. */
export function runManagementCall(context: ManagementContext): ManagementOutcome {
  const method = MANAGEMENT_METHODS.get(context.request.method);
  if (method === undefined) return refuse(unknownMethod(context.request.method));
  if (method.ingress === 'nobody' && !context.senderIsCanister && !UNSERVED.has(method.name)) {
    return refuse(onlyCanisters(method.name));
  }
  return method.run(context);
}

/** An ingress message to aaaaa-aa before it is accepted. */
export interface DoorRequest {
  readonly sender: PrincipalText;
  readonly method: string;
  readonly payload: Uint8Array;
}

export type DoorResult =
  | { readonly ok: true; readonly effectiveCanisterId: PrincipalText | null }
  | { readonly ok: false; readonly error: Reject };

/**
 * Whether an ingress call to aaaaa-aa is let in, and which canister it is about (http-api reference, section 4): null
 * only for creation without a specified id.
 */
export function managementDoor(state: IcState, { sender, method: name, payload }: DoorRequest): DoorResult {
  const method = MANAGEMENT_METHODS.get(name);
  if (method === undefined) return refused(unknownMethod(name));
  if (UNSERVED.has(name)) return refused(notServed(name));
  if (QUERIES.has(name)) return refused(notInReplicatedMode());
  if (method.ingress === 'nobody') return refused(onlyCanisters(name));
  const effective = method.effectiveCanister(payload);
  if ('reject' in effective) return refused(effective.reject);
  const { canisterId } = effective;
  if (method.ingress === 'anyone') return { ok: true, effectiveCanisterId: canisterId };
  if (canisterId === null) return refused(reject('IC0408', `Failed to decode payload for ic00 method: ${name}`));
  const canister = state.canisters.get(canisterId);
  if (canister === undefined) return refused(reject('IC0301', `Canister ${canisterId} not found`));
  if (mayCall(canister, method.ingress, sender)) return { ok: true, effectiveCanisterId: canisterId };
  return refused(reject('IC0512', `Only controllers of canister ${canisterId} can call ic00 method ${name}`));
}

function mayCall(canister: CanisterState, rule: IngressRule, sender: PrincipalText): boolean {
  if (canister.controllers.includes(sender)) return true;
  return rule === 'snapshot_viewers' && isAllowed(canister, canister.settings.snapshotVisibility, sender);
}

export function isManagementQuery(method: string): boolean {
  return QUERIES.has(method);
}

/** A query call to aaaaa-aa. */
export function runManagementQuery(state: IcState, { sender, method, payload }: DoorRequest): CallResult {
  if (isManagementQuery(method)) return fetchCanisterLogs(state, sender, payload);
  return { kind: 'reject', reject: reject('IC0536', `Query method ${method} not found.`), certified: false };
}

function unknownMethod(name: string): Reject {
  return reject('IC0536', `Management canister has no method '${name}'`);
}

function refused(error: Reject): DoorResult {
  return { ok: false, error };
}
