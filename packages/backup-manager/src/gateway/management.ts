/**
 * The only file that calls the management canister, and the closed list of what it calls: `canister_status`,
 * `canister_info`, `stop_canister`, `start_canister`, `take_canister_snapshot`, `load_canister_snapshot`,
 * `list_canister_snapshots` and `delete_canister_snapshot`. It cannot install or delete a canister nor
 * change its settings, and takes its code away only together with a snapshot, in a forced restore. Canisters are text, snapshot ids and hashes hexadecimal text.
 */

import {
  bytesToHex,
  type Call,
  type HistoryEntry,
  hexToBytes,
  type InfoAnswer,
  type ListedSnapshot,
  type Reject,
  type StatusAnswer,
  type TargetStatus,
} from '@canister-backup/shared';
import { call, IDL, Principal } from 'azle';
import { now } from '../platform/ic.ts';

export const MANAGEMENT = 'aaaaa-aa';

const Target = IDL.Record({ canister_id: IDL.Principal });
const TakeAndUninstall = IDL.Record({ canister_id: IDL.Principal, uninstall_code: IDL.Opt(IDL.Bool) });
const TargetSnapshot = IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) });
const Snapshot = IDL.Record({ id: IDL.Vec(IDL.Nat8), taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });

/** The part that is used; what else a reply holds is skipped. Older replicas answer without a version. */
const Status = IDL.Record({
  status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
  module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
  version: IDL.Opt(IDL.Nat64),
  cycles: IDL.Nat,
  idle_cycles_burned_per_day: IDL.Nat,
  memory_size: IDL.Nat,
});
const Info = IDL.Record({
  recent_changes: IDL.Vec(
    IDL.Record({
      timestamp_nanos: IDL.Nat64,
      origin: IDL.Variant({
        from_user: IDL.Record({ user_id: IDL.Principal }),
        from_canister: IDL.Record({ canister_id: IDL.Principal }),
      }),
      details: IDL.Variant({
        creation: IDL.Reserved,
        code_uninstall: IDL.Reserved,
        code_deployment: IDL.Reserved,
        load_snapshot: IDL.Record({ snapshot_id: IDL.Vec(IDL.Nat8) }),
        controllers_change: IDL.Reserved,
        rename_canister: IDL.Reserved,
        settings_change: IDL.Reserved,
      }),
    }),
  ),
});
const InfoArg = IDL.Record({ canister_id: IDL.Principal, num_requested_changes: IDL.Opt(IDL.Nat64) });

/** As many changes as the IC remembers of a canister. */
const ALL_CHANGES = 20n;

interface CandidSnapshot {
  id: Uint8Array;
  taken_at_timestamp: bigint;
  total_size: bigint;
}

interface CandidInfo {
  recent_changes: {
    timestamp_nanos: bigint;
    origin: { from_user: { user_id: Principal } } | { from_canister: { canister_id: Principal } };
    details: { load_snapshot?: { snapshot_id: Uint8Array } };
  }[];
}

interface CandidStatus {
  status: Partial<Record<TargetStatus, null>>;
  module_hash: [] | [Uint8Array];
  version: [] | [bigint];
  cycles: bigint;
  idle_cycles_burned_per_day: bigint;
  memory_size: bigint;
}

/** Sends a call of a run. It leaves with the end of the execution; calls leave in the order they were made. */
export function send(canister: string, { name, snapshot, uninstall }: Call): Promise<unknown> {
  switch (name) {
    case 'status':
    case 'status_before_take':
    case 'status_behind':
    case 'status_after_probe':
    case 'status_before_start':
      return status(canister);
    case 'info':
      return history(canister);
    case 'stop':
      return manage('stop_canister', { canister });
    case 'start':
      return manage('start_canister', { canister });
    case 'take':
      return take(canister, uninstall === true);
    case 'list':
      return list(canister);
    case 'load':
      return manage('load_canister_snapshot', { canister, snapshot });
    case 'delete':
      return manage('delete_canister_snapshot', { canister, snapshot });
    default:
      throw new Error(`${name} is not a method of the management canister`);
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
    cycles: answer.cycles,
    burnPerDay: answer.idle_cycles_burned_per_day,
    memory: answer.memory_size,
  };
}

/** `canister_info`: for every canister. A round trip that always succeeds. */
export async function info(canister: string): Promise<void> {
  await history(canister);
}

/** With the code taken away in the same step, or as it is. */
async function take(canister: string, uninstall: boolean): Promise<ListedSnapshot> {
  const args = [{ canister_id: Principal.fromText(canister), uninstall_code: [uninstall] }];
  const paramIdlTypes = [uninstall ? TakeAndUninstall : Target];
  const sent = call(MANAGEMENT, 'take_canister_snapshot', { paramIdlTypes, args, returnIdlType: Snapshot });
  return listed((await counted(sent)) as CandidSnapshot);
}

/** The newest changes of a canister. Kinds of changes that are newer than this file make them unreadable. */
async function history(canister: string): Promise<InfoAnswer> {
  const argument = { canister_id: Principal.fromText(canister), num_requested_changes: [ALL_CHANGES] };
  const args = new Uint8Array(IDL.encode([InfoArg], [argument]));
  const reply = await counted(call(MANAGEMENT, 'canister_info', { raw: true, args }));
  const changes = decodeInfo(reply)?.recent_changes;
  return { history: changes?.map(readChange) };
}

function decodeInfo(reply: Uint8Array): CandidInfo | undefined {
  try {
    return IDL.decode([Info], reply)[0] as unknown as CandidInfo;
  } catch {
    return undefined;
  }
}

function readChange({ timestamp_nanos, origin, details }: CandidInfo['recent_changes'][number]): HistoryEntry {
  const by = 'from_user' in origin ? origin.from_user.user_id : origin.from_canister.canister_id;
  const loaded = details.load_snapshot?.snapshot_id;
  return { at: timestamp_nanos, by: by.toText(), loaded: loaded && bytesToHex(loaded) };
}

/** Every snapshot of a canister, whoever took it. */
export async function list(canister: string): Promise<ListedSnapshot[]> {
  const snapshots = (await manage('list_canister_snapshots', { canister }, IDL.Vec(Snapshot))) as CandidSnapshot[];
  return snapshots.map(listed);
}

/** The bytes that one of the methods above answers which change nothing. */
export function ask(canister: string, method: 'canister_status' | 'list_canister_snapshots'): Promise<Uint8Array> {
  const args = new Uint8Array(IDL.encode([Target], [{ canister_id: Principal.fromText(canister) }]));
  return counted(call(MANAGEMENT, method, { raw: true, args }));
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
  return counted(
    call(MANAGEMENT, method, {
      paramIdlTypes: [snapshot_id === undefined ? Target : TargetSnapshot],
      args: [snapshot_id === undefined ? { canister_id } : { canister_id, snapshot_id }],
      ...(result && { returnIdlType: result }),
    }),
  );
}

/** Counts a call as open until it is answered or cleaned up. */
export function counted<T>(sent: Promise<T>): Promise<T> {
  if (open === 0) openSince = now();
  open += 1;
  return sent.finally(() => {
    open -= 1;
  });
}

let open = 0;
let openSince: bigint | undefined;

/** How many calls are open: sent, and neither answered nor cleaned up. In the heap, so undone with a callback that traps. */
export function openCalls(): number {
  return open;
}

/** Since when there has always been a call open (nanoseconds); undefined if none is. */
export function openCallsSince(): bigint | undefined {
  return open > 0 ? openSince : undefined;
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
