/**
 * What the management canister's refusals mean for a run. A calling canister sees the IC's error code as a prefix of the
 * reject message (`IC0305: Could not find …`), except for the timeout and the cancellation of a stop, which have none.
 */
import { STOP_TIMEOUT_SECONDS } from '../limits.ts';
import { type ErrorValue, failure } from './registry.ts';

/** A call that was answered with a refusal, or could not be sent. */
export interface Reject {
  /** The IC's reject code, 1 to 6; 0 if the call could not be sent for lack of cycles or room in a queue. */
  readonly code: number;
  readonly message: string;
}

/** The management methods of a run, by the name a step is logged under. */
export type CallName =
  | 'info'
  | 'stop'
  | 'start'
  | 'take'
  | 'load'
  | 'list'
  | 'delete'
  | 'after_restore'
  | 'probe'
  | StatusName;

/** Statuses by what they are asked for, so that an answer that comes late is not taken for another. */
export type StatusName =
  | 'status'
  | 'status_before_take'
  | 'status_behind'
  | 'status_after_probe'
  | 'status_before_start';

/** Whom and what a refused call was about. */
export interface CallSubject {
  readonly canister: string;
  readonly manager: string;
  /** Hexadecimal id for load and delete. */
  readonly snapshot?: string | undefined;
  /** Name of the target's method for a probe. */
  readonly method?: string | undefined;
}

/** The IC's error code in a reject message, such as `IC0305`; undefined if there is none. */
export function errorCodeOf(reject: Reject): string | undefined {
  return /^(IC\d{4}):/.exec(reject.message)?.[1];
}

/** Whether trying the same call again cannot help before somebody has done something about it. */
export function isPermanent(reject: Reject): boolean {
  return ['IC0301', 'IC0512', 'IC0536'].includes(errorCodeOf(reject) ?? '') || reject.code === 3;
}

/** Whether the IC refused for its limit of snapshot data per round, which passes by itself. */
export function isRateLimit(reject: Reject): boolean {
  return errorCodeOf(reject) === 'IC0210';
}

/** Invalid metadata or globals, no valid module, a module that the engine does not take, no module at all. */
const CONTENT_CODES = ['IC0408', 'IC0505', 'IC0521', 'IC0537'];

/**
 * Whether a load was refused for what is in the snapshot: it would be refused again, whatever becomes of the canister. Not
 * so a limit of rate or memory, missing cycles, rights, or a long execution, which say nothing of the snapshot.
 */
export function isContent(reject: Reject): boolean {
  return CONTENT_CODES.includes(errorCodeOf(reject) ?? '');
}

/** The failure that a refused call stands for. */
export function explainReject(call: CallName, reject: Reject, subject: CallSubject): ErrorValue {
  // Whatever the reason, what the user has to know of a failed start is that the target is down.
  // And a method of the target answers with codes of its own.
  const byCode =
    call === 'start' || call === 'after_restore' || call === 'probe'
      ? undefined
      : explainByCode(errorCodeOf(reject), reject, subject);
  return byCode ?? explainByCall(call, reject, subject);
}

function explainByCode(code: string | undefined, reject: Reject, subject: CallSubject): ErrorValue | undefined {
  const { canister, manager, snapshot = '' } = subject;
  switch (code) {
    case 'IC0301':
      return failure('target_not_found', { canister });
    case 'IC0512':
      return failure('not_controller', { canister, manager });
    case 'IC0305':
      return failure('snapshot_not_found', { canister, snapshot });
    case 'IC0210':
      return failure('rate_limited', { canister, reject: reject.message });
    case 'IC0207':
    case 'IC0532':
    case 'IC0534':
      return failure('target_out_of_cycles', { canister, reject: reject.message });
    case 'IC0511':
      return failure('stop_cancelled', { canister });
    default:
      return undefined;
  }
}

function explainByCall(call: CallName, reject: Reject, subject: CallSubject): ErrorValue {
  const { canister, snapshot = '' } = subject;
  const context = { canister, reject: `${reject.message} (reject code ${reject.code})` };
  switch (call) {
    case 'stop':
      if (reject.message.includes('request timed out')) {
        return failure('stop_timeout', { canister, seconds: STOP_TIMEOUT_SECONDS });
      }
      if (reject.message.includes('stop request cancelled')) return failure('stop_cancelled', { canister });
      return failure('stop_failed', context);
    case 'start':
      return failure('start_failed', context);
    case 'take':
      return failure('take_failed', context);
    case 'load':
      return failure('load_failed', { ...context, snapshot });
    case 'delete':
      return failure('delete_failed', { ...context, snapshot });
    case 'list':
      return failure('list_failed', context);
    case 'after_restore':
      return failure('after_restore_failed', context);
    case 'probe':
      return failure('probe_failed', { ...context, method: subject.method ?? '' });
    case 'status':
    case 'status_before_take':
    case 'status_behind':
    case 'status_after_probe':
    case 'status_before_start':
    case 'info':
      return failure('status_failed', context);
  }
}
