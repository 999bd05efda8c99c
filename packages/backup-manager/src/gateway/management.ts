/**
 * The only file that calls the management canister, and the closed list of what it calls: `canister_status`,
 * `canister_info`, `stop_canister`, `start_canister`, `take_canister_snapshot`, `load_canister_snapshot`,
 * `list_canister_snapshots` and `delete_canister_snapshot`. It cannot install or delete a canister nor
 * change its settings, and takes its code away only together with a snapshot, in a forced restore. Canisters are text, snapshot ids and hashes hexadecimal text.
 */

import {
  type About,
  boundedText,
  bytesToHex,
  type Call,
  encodeAbout,
  type HistoryEntry,
  hexToBytes,
  type InfoAnswer,
  type ListedSnapshot,
  labelsOf,
  MAX_REJECT_TEXT,
  principalFromText,
  principalToText,
  type Reject,
  readAnswer,
  type StatusAnswer,
  type TargetStatus,
} from '@canister-backup/shared';
import { call, Principal } from 'azle';
import { now } from '../platform/ic.ts';
import { incarnation, whenReborn } from '../platform/incarnation.ts';

/** Text of the management canister. */
export const MANAGEMENT = 'aaaaa-aa';

const MANAGEMENT_PRINCIPAL = Principal.managementCanister();

/** As many changes as the IC remembers of a canister. */
const ALL_CHANGES = 20;

/** Principals of canisters that are kept, so that not every call reads the same text. */
const MAX_KNOWN = 2_000;

/** The parts of answers that are used. Older replicas answer without a version. */
const STATUS = labelsOf(
  ...['status', 'running', 'stopping', 'stopped', 'module_hash', 'version'],
  ...['cycles', 'idle_cycles_burned_per_day', 'memory_size', 'settings', 'freezing_threshold'],
);
const SNAPSHOT = labelsOf('id', 'taken_at_timestamp', 'total_size');
const CHANGES = labelsOf(
  ...['recent_changes', 'timestamp_nanos', 'origin', 'from_user', 'user_id', 'from_canister', 'canister_id'],
  ...['details', 'load_snapshot', 'snapshot_id', 'creation', 'code_deployment', 'code_uninstall', 'controllers_change'],
);

interface CandidSnapshot {
  id: Uint8Array;
  taken_at_timestamp: bigint;
  total_size: bigint;
}

interface CandidInfo {
  recent_changes: CandidChange[];
}

interface CandidChange {
  timestamp_nanos: bigint;
  origin: { from_user?: { user_id: Uint8Array }; from_canister?: { canister_id: Uint8Array } };
  details?: { [what: string]: unknown; load_snapshot?: { snapshot_id: Uint8Array } };
}

interface CandidStatus {
  status: Partial<Record<TargetStatus, null>>;
  module_hash?: Uint8Array;
  version?: bigint;
  cycles: bigint;
  idle_cycles_burned_per_day: bigint;
  memory_size: bigint;
  settings: { freezing_threshold: bigint };
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
      return manage('stop_canister', canister);
    case 'start':
      return manage('start_canister', canister);
    case 'take':
      return take(canister, uninstall === true);
    case 'list':
      return list(canister);
    case 'load':
      return manage('load_canister_snapshot', canister, aboutSnapshot(snapshot));
    case 'delete':
      return manage('delete_canister_snapshot', canister, aboutSnapshot(snapshot));
    default:
      throw new Error(`${name} is not a method of the management canister`);
  }
}

/** `canister_status`: for controllers of the canister only. */
export async function status(canister: string): Promise<StatusAnswer> {
  return readStatus(await manage('canister_status', canister));
}

/** What `canister_status` answers with. */
export function readStatus(bytes: Uint8Array): StatusAnswer {
  const answer = readAnswer(bytes, STATUS) as CandidStatus;
  return {
    status: Object.keys(answer.status)[0] as TargetStatus,
    moduleHash: answer.module_hash && bytesToHex(answer.module_hash),
    version: answer.version,
    cycles: answer.cycles,
    burnPerDay: answer.idle_cycles_burned_per_day,
    freezingSeconds: answer.settings.freezing_threshold,
    memory: answer.memory_size,
  };
}

/** `canister_info`: for every canister. A round trip that always succeeds. */
export async function info(canister: string): Promise<void> {
  await history(canister);
}

/** With the code taken away in the same step, or as it is. */
async function take(canister: string, uninstall: boolean): Promise<ListedSnapshot> {
  const about = uninstall ? { uninstall_code: true } : undefined;
  return listed(readAnswer(await manage('take_canister_snapshot', canister, about), SNAPSHOT) as CandidSnapshot);
}

/** The newest changes of a canister. */
export async function history(canister: string): Promise<InfoAnswer> {
  const reply = await manage('canister_info', canister, { num_requested_changes: ALL_CHANGES });
  const { recent_changes: changes } = readAnswer(reply, CHANGES) as CandidInfo;
  return { history: changes.flatMap(readChange) };
}

function readChange({ timestamp_nanos, origin, details = {} }: CandidChange): HistoryEntry[] {
  const by = origin.from_user?.user_id ?? origin.from_canister?.canister_id;
  if (by === undefined) return [];
  const loaded = details.load_snapshot?.snapshot_id;
  const [what = ''] = Object.keys(details);
  return [{ at: timestamp_nanos, by: principalToText(by), what, ...(loaded && { loaded: bytesToHex(loaded) }) }];
}

/** Every snapshot of a canister, whoever took it. */
export async function list(canister: string): Promise<ListedSnapshot[]> {
  const snapshots = readAnswer(await manage('list_canister_snapshots', canister), SNAPSHOT) as CandidSnapshot[];
  return snapshots.map(listed);
}

/** The bytes that one of the methods above answers which change nothing. */
export function ask(canister: string, method: 'canister_status' | 'list_canister_snapshots'): Promise<Uint8Array> {
  return manage(method, canister);
}

function listed(snapshot: CandidSnapshot): ListedSnapshot {
  return { id: bytesToHex(snapshot.id), takenAt: snapshot.taken_at_timestamp, size: snapshot.total_size };
}

function aboutSnapshot(snapshot: string | undefined): About {
  return { snapshot_id: hexToBytes(snapshot ?? '') ?? new Uint8Array() };
}

/** The bytes of the answer. */
function manage(method: string, canister: string, about?: About): Promise<Uint8Array> {
  return counted(call(MANAGEMENT_PRINCIPAL, method, { raw: true, args: encodeAbout(principalOf(canister), about) }));
}

const known = new Map<string, Uint8Array>();

function principalOf(canister: string): Uint8Array {
  const found = known.get(canister) ?? principalFromText(canister);
  if (found === undefined) throw new Error(`${canister} is not a principal`);
  if (known.size === MAX_KNOWN) known.clear();
  known.set(canister, found);
  return found;
}

/** Counts a call as open until it is answered or cleaned up. */
export function counted<T>(sent: Promise<T>): Promise<T> {
  if (open === 0) openSince = now();
  open += 1;
  const sentIn = incarnation();
  return sent.finally(() => {
    if (sentIn === incarnation()) open -= 1;
  });
}

let open = 0;
let openSince: bigint | undefined;

whenReborn(() => {
  open = 0;
});

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
      return { code: Number(rejectCode), message: boundedText(String(rejectMessage), MAX_REJECT_TEXT) };
    case 'CallPerformFailed':
    case 'InsufficientLiquidCycleBalance':
      return { code: 0, message: boundedText(`the call could not be sent: ${String(message)}`, MAX_REJECT_TEXT) };
    default:
      return undefined;
  }
}

function typeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
}
