/**
 * The only file that calls the management canister, and the closed list of what it calls: `canister_status`,
 * `canister_info`, `stop_canister`, `start_canister`, `take_canister_snapshot`, `load_canister_snapshot`,
 * `list_canister_snapshots` and `delete_canister_snapshot`. It cannot install, uninstall or delete a canister, nor
 * change its settings. Canisters are text, snapshot ids and hashes hexadecimal text.
 */

import {
  bytesToHex,
  type Call,
  hexToBytes,
  type ListedSnapshot,
  type Reject,
  type StatusAnswer,
  type TargetStatus,
} from '@canister-backup/shared';
import { call, IDL, Principal } from 'azle';

const MANAGEMENT = 'aaaaa-aa';

const Target = IDL.Record({ canister_id: IDL.Principal });
const TargetSnapshot = IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) });
const Snapshot = IDL.Record({ id: IDL.Vec(IDL.Nat8), taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });

/** The part that is used; what else a reply holds is skipped. Older replicas answer without a version. */
const Status = IDL.Record({
  status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
  module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
  version: IDL.Opt(IDL.Nat64),
});
const Info = IDL.Record({ total_num_changes: IDL.Nat64 });

interface CandidSnapshot {
  id: Uint8Array;
  taken_at_timestamp: bigint;
  total_size: bigint;
}

interface CandidStatus {
  status: Partial<Record<TargetStatus, null>>;
  module_hash: [] | [Uint8Array];
  version: [] | [bigint];
}

/** Sends a call of a run. It leaves with the end of the execution; calls leave in the order they were made. */
export function send(canister: string, { name, snapshot }: Call): Promise<unknown> {
  switch (name) {
    case 'status':
      return status(canister);
    case 'info':
      return info(canister);
    case 'stop':
      return manage('stop_canister', { canister });
    case 'start':
      return manage('start_canister', { canister });
    case 'take':
      return take(canister);
    case 'list':
      return list(canister);
    case 'load':
      return manage('load_canister_snapshot', { canister, snapshot });
    case 'delete':
      return manage('delete_canister_snapshot', { canister, snapshot });
  }
}

/** `canister_status`: for controllers of the canister only. */
export async function status(canister: string): Promise<StatusAnswer> {
  const answer = (await manage('canister_status', { canister }, Status)) as CandidStatus;
  const [hash] = answer.module_hash;
  return {
    status: Object.keys(answer.status)[0] as TargetStatus,
    moduleHash: hash === undefined ? undefined : bytesToHex(hash),
    version: answer.version[0],
  };
}

/** `canister_info`: for every canister. Nothing of the answer is used; it is a round trip that always succeeds. */
export async function info(canister: string): Promise<void> {
  await manage('canister_info', { canister }, Info);
}

async function take(canister: string): Promise<ListedSnapshot> {
  return listed((await manage('take_canister_snapshot', { canister }, Snapshot)) as CandidSnapshot);
}

async function list(canister: string): Promise<ListedSnapshot[]> {
  const snapshots = (await manage('list_canister_snapshots', { canister }, IDL.Vec(Snapshot))) as CandidSnapshot[];
  return snapshots.map(listed);
}

function listed(snapshot: CandidSnapshot): ListedSnapshot {
  return { id: bytesToHex(snapshot.id), takenAt: snapshot.taken_at_timestamp, size: snapshot.total_size };
}

function manage(
  method: string,
  about: { readonly canister: string; readonly snapshot?: string | undefined },
  result?: IDL.Type,
): Promise<unknown> {
  const canister_id = Principal.fromText(about.canister);
  const snapshot_id = about.snapshot === undefined ? undefined : hexToBytes(about.snapshot);
  open += 1;
  return call(MANAGEMENT, method, {
    paramIdlTypes: [snapshot_id === undefined ? Target : TargetSnapshot],
    args: [snapshot_id === undefined ? { canister_id } : { canister_id, snapshot_id }],
    ...(result && { returnIdlType: result }),
  }).finally(() => {
    open -= 1;
  });
}

let open = 0;

/** How many calls are open: sent, and neither answered nor cleaned up. In the heap, so undone with a callback that traps. */
export function openCalls(): number {
  return open;
}

/** Whether the error of a call says that its callback trapped and this is the cleanup, where no call may be made. */
export function isCleanup(error: unknown): boolean {
  return typeOf(error) === 'CleanupCallback';
}

/** The refusal that the error of a call stands for; undefined if it is none, which is a bug. */
export function rejectOf(error: unknown): Reject | undefined {
  const { rejectCode, rejectMessage, message } = error as Partial<Record<string, unknown>>;
  switch (typeOf(error)) {
    case 'CallRejected':
      return { code: Number(rejectCode), message: String(rejectMessage) };
    case 'CallPerformFailed':
    case 'InsufficientLiquidCycleBalance':
      return { code: 0, message: `the call could not be sent: ${String(message)}` };
    default:
      return undefined;
  }
}

function typeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
}
