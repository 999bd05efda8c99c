import { IDL } from '@dfinity/candid';
import { type Reject, reject } from '../errors.ts';
import type { PrincipalText } from '../principal.ts';
import type { CanisterState, IcState, LogRecord, Visibility } from '../state/types.ts';
import type { CallResult } from '../types.ts';
import { FetchLogsArgs, type LogFilter, LogsResult } from './idl.ts';
import { decodeArgs, defineMethod, refuse, textOf } from './method.ts';

const METHOD = 'fetch_canister_logs';

/** As an update it is refused; the query path calls `fetchCanisterLogs`. */
export const fetchCanisterLogsUpdate = defineMethod<FetchLogsArgs>({
  name: METHOD,
  ingress: 'anyone',
  args: FetchLogsArgs,
  target: ({ canister_id }) => canister_id,
  run: () => refuse(notInReplicatedMode()),
});

export function notInReplicatedMode(): Reject {
  return reject('IC0406', `${METHOD} API is not accessible via ingress in replicated mode`);
}

/** The log of a canister, for those whom `log_visibility` allows. */
export function fetchCanisterLogs(state: IcState, sender: PrincipalText, payload: Uint8Array): CallResult {
  const args = decodeArgs<FetchLogsArgs>(FetchLogsArgs, payload);
  if (!args.ok) return refused(args.error);
  const id = textOf(args.value.canister_id);
  const canister = state.canisters.get(id);
  if (canister === undefined) return refused(reject('IC0301', `Canister ${id} not found`));
  if (!isAllowed(canister, canister.settings.logVisibility, sender)) {
    return refused(reject('IC0406', `Caller ${sender} is not allowed to access canister logs`));
  }
  const [filter] = args.value.filter;
  const records = filter === undefined ? canister.logs : canister.logs.filter((record) => matches(record, filter));
  const value = {
    canister_log_records: records.map(({ index, timestamp, content }) => ({
      idx: index,
      timestamp_nanos: timestamp,
      content,
    })),
  };
  return { kind: 'reply', data: new Uint8Array(IDL.encode([LogsResult], [value])) };
}

function refused(error: Reject): CallResult {
  return { kind: 'reject', reject: error, certified: false };
}

/** Controllers always; others by the setting. */
export function isAllowed(canister: CanisterState, visibility: Visibility, sender: PrincipalText): boolean {
  if (visibility.kind === 'public' || canister.controllers.includes(sender)) return true;
  return visibility.kind === 'allowed_viewers' && visibility.viewers.includes(sender);
}

function matches({ index, timestamp }: LogRecord, filter: LogFilter): boolean {
  const [value, { start, end }] = 'by_idx' in filter ? [index, filter.by_idx] : [timestamp, filter.by_timestamp_nanos];
  return value >= start && value < end;
}
