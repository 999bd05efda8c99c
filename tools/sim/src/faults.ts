/**
 * What can go wrong, as data: a case is a scenario and a list of these, so that it can be printed, replayed and shrunk.
 * `nth` counts what happens after the scenario began, from 0. A fault strikes once, or as often in a row as `times` says.
 */
import type { ErrorCode, Reject } from 'local-ic';

export type Fault =
  /** The n-th execution of the manager traps at its `at`-th call of the system API (1 = first). */
  | { readonly kind: 'trap'; readonly nth: number; readonly at: number; readonly times?: number }
  /** The n-th execution of the manager may use so many instructions. */
  | { readonly kind: 'starve'; readonly nth: number; readonly instructions: number }
  /** The n-th management call of the manager is rejected. With `times`, of so many calls each that can be rejected so. */
  | { readonly kind: 'reject'; readonly nth: number; readonly reject: Reject; readonly times?: number }
  /** The n-th message from or to the manager is held back for so many rounds. */
  | { readonly kind: 'delay'; readonly nth: number; readonly rounds: number }
  /** Somebody does something before the given round. */
  | { readonly kind: 'act'; readonly round: number; readonly act: Act };

/** What people and the world do, by class. */
export const ACTS = {
  manager: [
    'stop_manager',
    'start_manager',
    'upgrade_manager',
    'upgrade_manager_stopped',
    'upgrade_manager_skipping_pre_upgrade',
  ],
  target: ['uninstall_target', 'upgrade_target', 'busy_target', 'delete_target'],
  others: [
    'take_control',
    'start_target',
    'stop_target',
    'backup_by_others',
    'fill_slots',
    'take_a_slot',
    'delete_ours',
  ],
  cycles: ['drain_manager', 'drain_target'],
  race: [
    'backup',
    'restore',
    'undo_restore',
    'restore_forced',
    'set_policy',
    'stranger',
    'hold',
    'unregister',
    'register',
    'adopt',
    'delete_snapshot',
    'settle',
    'mark_suspect',
    'proxy_stop',
    'proxy_start',
    'accept',
    'pin',
    'unpin',
    'pause',
    'pause_all',
    'resume',
    'grant',
    'revoke',
    'friend',
    'set_default',
    'restore_before',
    'restore_without_safety',
    'cancel_run',
  ],
  /** Those who may do little or nothing, many times over. */
  crowd: [
    'viewer_lists',
    'operator_holds',
    'operator_plans',
    'bombs_by_ingress',
    'bombs_by_a_canister',
    'bombs_by_proxy',
  ],
  users: ['append'],
  clock: ['jump_minutes', 'jump_hours', 'jump_days'],
} as const;

export type Act = (typeof ACTS)[keyof typeof ACTS][number];
export type ActClass = keyof typeof ACTS;
export type FaultClass = Exclude<Fault['kind'], 'act'> | 'repeated' | ActClass;

export const ACT_CLASSES = Object.keys(ACTS) as ActClass[];
export const FAULT_CLASSES: readonly FaultClass[] = ['trap', 'starve', 'reject', 'delay', 'repeated', ...ACT_CLASSES];

/** How often in a row it strikes. */
export function timesOf(fault: Fault): number {
  return ('times' in fault && fault.times) || 1;
}

export function classOf(fault: Fault): FaultClass {
  if (timesOf(fault) > 1) return 'repeated';
  if (fault.kind !== 'act') return fault.kind;
  const found = ACT_CLASSES.find((name) => (ACTS[name] as readonly Act[]).includes(fault.act));
  if (found === undefined) throw new Error(`${fault.act} is in no class`);
  return found;
}

/** One line for people. */
export function describeFault(fault: Fault): string {
  const times = timesOf(fault);
  return `${describeOnce(fault)}${times > 1 ? `, ${times} times in a row` : ''}`;
}

function describeOnce(fault: Fault): string {
  switch (fault.kind) {
    case 'trap':
      return `execution ${fault.nth} of the manager traps at its system call ${fault.at}`;
    case 'starve':
      return `execution ${fault.nth} of the manager ends after ${fault.instructions} instructions`;
    case 'reject':
      return `management call ${fault.nth} of the manager is rejected: ${fault.reject.errorCode ?? 'no code'}: ${fault.reject.message}`;
    case 'delay':
      return `message ${fault.nth} from or to the manager is ${fault.rounds} rounds late`;
    case 'act':
      return `before round ${fault.round}: ${fault.act.replaceAll('_', ' ')}`;
  }
}

/** Refusals that each management method can come to, besides those it gives by itself. */
export const REJECTS: Readonly<Record<string, readonly Reject[]>> = refusals();

function refusals(): Record<string, readonly Reject[]> {
  const of = (errorCode: ErrorCode, message: string): Reject => ({
    rejectCode: Number(errorCode[3]) as Reject['rejectCode'],
    errorCode,
    message,
  });
  /** A calling canister sees these two without a code. */
  const bare = (rejectCode: Reject['rejectCode'], message: string): Reject => ({
    rejectCode,
    errorCode: null,
    message,
  });
  const present = [
    of('IC0201', 'Maximum queue capacity 500 reached'),
    of('IC0512', 'Only the controllers of the canister can control it.'),
  ];
  const always = [...present, of('IC0301', 'Canister not found.')];
  const fast = of('IC0210', 'Canister is heap delta rate limited');
  const noSnapshot = of('IC0305', 'Could not find the snapshot ID');
  return {
    canister_status: always,
    list_canister_snapshots: always,
    canister_info: always,
    stop_canister: [
      ...always,
      bare(2, 'Stop canister request timed out'),
      bare(5, "Canister's stop request cancelled"),
    ],
    // Of a canister that is gone, nothing is demanded; of one that is there, the IC does not say so.
    start_canister: present,
    take_canister_snapshot: [
      ...always,
      fast,
      of('IC0207', 'Canister snapshotting failed with: out of cycles'),
      of('IC0406', 'Canister has reached the maximum number of snapshots allowed: 10.'),
      of('IC0532', 'Canister cannot grow memory: insufficient cycles'),
      of('IC0402', 'Not enough memory on the subnet'),
    ],
    // The same: what was emptied for it waits for a load until it is gone.
    load_canister_snapshot: [...present, fast, noSnapshot, of('IC0534', 'reserved cycles limit exceeded')],
    // IC0305 comes from the IC itself, when somebody deleted the snapshot: the act `delete_ours`.
    delete_canister_snapshot: always,
  };
}

/** Whether the method can be answered so. */
export function canReject(method: string, { errorCode, message }: Reject): boolean {
  return (REJECTS[method] ?? []).some((reject) => reject.errorCode === errorCode && reject.message === message);
}
