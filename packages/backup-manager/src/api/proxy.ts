/**
 * What icp-cli's `--proxy` calls: methods of the management canister about a target, by who is not its controller. None is
 * passed on as it came. Each stands for something that the manager does itself, and takes the same right.
 */
import {
  boundsOf,
  type CandidError,
  type CandidProxyArg,
  type CandidProxyResult,
  type ErrorValue,
  explainReject,
  failure,
  type OutsideCalls,
  PROXIED_METHODS,
  type ProxiedMethod,
  SHAPES,
  type Shape,
} from '@canister-backup/shared';
import { IDL, type Principal } from 'azle';
import { callerKind, refuseTarget, requireRightOn, whoAsks } from '../access.ts';
import { ask, MANAGEMENT, readStatus, rejectOf, send } from '../gateway/management.ts';
import { self } from '../platform/ic.ts';
import { callsOf, within } from '../runs/budget.ts';
import { proxiedSent } from '../runs/proxied.ts';
import { schedule } from '../runs/schedule.ts';
import { lastRunOf } from '../store/canisters.ts';
import { observeAnswer, observeStatus } from '../store/health.ts';
import { record } from '../store/history.ts';
import { isOpen } from '../store/journal.ts';
import { getTarget } from '../store/targets.ts';
import { deleteSnapshot } from './catalogue.ts';
import { encode as encodeResult, readBounded } from './guard.ts';
import { restoreSnapshot } from './restore.ts';
import { backup, refuseBusy, refuseHeld } from './runs.ts';

interface Target {
  readonly canister_id: Principal;
}
interface TakeArg extends Target {
  readonly replace_snapshot: [] | [Uint8Array];
  readonly uninstall_code: [] | [boolean];
}
interface SnapshotArg extends Target {
  readonly snapshot_id: Uint8Array;
}

type Reply = { readonly Ok: Uint8Array } | { readonly Err: Pick<CandidError, 'code' | 'message'> };

const { Record, Opt, Vec, Nat8, Bool, Principal: Id } = SHAPES;
const Target = Record({ canister_id: Id });
const TakeArg = Record({ canister_id: Id, replace_snapshot: Opt(Vec(Nat8)), uninstall_code: Opt(Bool) });
const SnapshotArg = Record({ canister_id: Id, snapshot_id: Vec(Nat8) });
const Taken = IDL.Record({ id: IDL.Vec(IDL.Nat8), taken_at_timestamp: IDL.Nat64, total_size: IDL.Nat64 });

const METHODS: Record<ProxiedMethod, (arg: Uint8Array) => Promise<Reply>> = {
  canister_status: (arg) => decoded<Target>(Target, arg, (value) => look(value, 'canister_status')),
  list_canister_snapshots: (arg) => decoded<Target>(Target, arg, (value) => look(value, 'list_canister_snapshots')),
  stop_canister: (arg) => decoded<Target>(Target, arg, (value) => tell(value, 'stop')),
  start_canister: (arg) => decoded<Target>(Target, arg, (value) => tell(value, 'start')),
  take_canister_snapshot: (arg) => decoded<TakeArg>(TakeArg, arg, take),
  load_canister_snapshot: (arg) => decoded<SnapshotArg>(SnapshotArg, arg, load),
  delete_canister_snapshot: (arg) => decoded<SnapshotArg>(SnapshotArg, arg, remove),
};

const REFUSED = encodeResult('ProxyResult', { Err: { UnauthorizedUser: null } });

/** The answer to who has no role at all, in icp-cli's words. */
export function refused(): Uint8Array {
  return REFUSED;
}

export async function proxy(arg: CandidProxyArg<Principal>): Promise<CandidProxyResult> {
  const reply = await answer(arg);
  if ('Ok' in reply) return { Ok: { result: reply.Ok } };
  return { Err: { CallFailed: { reason: `${reply.Err.code}: ${reply.Err.message}` } } };
}

async function answer({ canister_id, method, args, cycles }: CandidProxyArg<Principal>): Promise<Reply> {
  const isServed = canister_id.toText() === MANAGEMENT && cycles === 0n && isProxied(method);
  if (!isServed)
    return { Err: failure('not_proxied', { canister: canister_id.toText(), method: method.slice(0, 100) }) };
  return METHODS[method](Uint8Array.from(args));
}

function isProxied(method: string): method is ProxiedMethod {
  return PROXIED_METHODS.some((known) => known === method);
}

/** The inner argument is as much a stranger's as the outer one. */
async function decoded<T>(shape: Shape, arg: Uint8Array, then: (value: T) => Promise<Reply>): Promise<Reply> {
  const bounds = boundsOf('proxy.args', callerKind(whoAsks()) ?? 'role');
  const values = readBounded(arg, [shape], { what: 'args', ...bounds });
  return 'Err' in values ? values : then(values.Ok[0] as T);
}

/** What the management canister answers, as it is. */
async function look({ canister_id }: Target, method: 'canister_status' | 'list_canister_snapshots'): Promise<Reply> {
  const canister = canister_id.toText();
  const asking = requireRightOn('view', canister);
  if ('Err' in asking) return asking;
  const wanted = callsOf(asking.Ok, canister);
  if (method !== 'canister_status') return explained(wanted, 'list', () => ask(canister, method));
  const seen = watch(canister);
  const reply = await explained(wanted, 'status', () => ask(canister, method));
  if ('Ok' in reply) seen(() => observeAnswer(canister, readStatus(reply.Ok)));
  return reply;
}

/** For health, which is about what was last seen. If a run was at the target meanwhile, it knows better. */
function watch(canister: string): (note: () => void) => void {
  const [busy, last] = [isOpen(canister), lastRunOf(canister)];
  return (note) => {
    const alone = !busy && !isOpen(canister) && lastRunOf(canister) === last;
    if (alone && getTarget(canister) !== undefined) note();
  };
}

/** Stops or starts a target for good: only for who may bring it back to another state, which does more than that. */
async function tell({ canister_id }: Target, name: 'stop' | 'start'): Promise<Reply> {
  const canister = canister_id.toText();
  const asking = requireRightOn('restore', canister);
  if ('Err' in asking) return asking;
  // A start ends a stop that does not come to its end.
  const busy = refuseBusy(canister);
  const ends = name === 'start' && busy?.code === 'proxied_in_flight';
  const refusal = refuseTarget(asking.Ok, canister) ?? (ends ? undefined : busy) ?? refuseHeld(getTarget(canister)!);
  if (refusal !== undefined) return { Err: refusal };
  const { principal: actor } = asking.Ok;
  const seen = watch(canister);
  const wanted = callsOf(asking.Ok, canister, { kind: 'look', calls: 1, starts: name === 'start' });
  let sent = false;
  const reply = await explained(wanted, name, async () => {
    sent = true;
    const answered = proxiedSent({ canister, name, by: actor });
    await send(canister, { name }).finally(() => {
      answered();
      schedule();
    });
    return NOTHING;
  });
  // Not sent, so there is nothing to write down.
  if (!sent) return reply;
  if ('Ok' in reply) seen(() => observeStatus(canister, name === 'stop' ? 'stopped' : 'running'));
  const details: [string, string][] = 'Err' in reply ? [['error', reply.Err.code]] : [];
  record({ kind: name === 'stop' ? 'stopped' : 'started', actor, cause: 'proxy', canister, details });
  return reply;
}

/** A backup by hand: retention decides what gives way to it. */
async function take({ canister_id, replace_snapshot, uninstall_code }: TakeArg): Promise<Reply> {
  if (replace_snapshot.length > 0) return invalid('replace_snapshot', 'given', 'left out: retention decides what goes');
  if (uninstall_code[0] === true)
    return invalid('uninstall_code', 'true', 'left out: only restore_forced takes code away');
  const report = await backup(canister_id);
  if ('Err' in report) return report;
  const { snapshot_id: id, taken_at, total_size } = report.Ok.snapshot;
  return { Ok: encode(Taken, { id: Uint8Array.from(id), taken_at_timestamp: taken_at, total_size }) };
}

/** A restore, with a safety snapshot of the state before. */
async function load({ canister_id: canister, snapshot_id }: SnapshotArg): Promise<Reply> {
  const report = await restoreSnapshot({ canister, snapshot_id });
  return 'Err' in report ? report : { Ok: NOTHING };
}

async function remove({ canister_id: canister, snapshot_id }: SnapshotArg): Promise<Reply> {
  const report = await deleteSnapshot({ canister, snapshot_id });
  return 'Err' in report ? report : { Ok: NOTHING };
}

/** The answer to a call outside a run, or why it was not sent or was refused. */
async function explained(
  wanted: OutsideCalls,
  name: 'status' | 'list' | 'stop' | 'start',
  call: () => Promise<Uint8Array>,
): Promise<Reply> {
  try {
    return await within(wanted, call);
  } catch (error) {
    const reject = rejectOf(error);
    if (reject === undefined) throw error;
    return { Err: explainReject(name, reject, { canister: wanted.canister, manager: self() }) };
  }
}

function invalid(field: string, value: string, expected: string): { readonly Err: ErrorValue } {
  return { Err: failure('invalid_argument', { field, value, expected }) };
}

function encode(type: IDL.Type, value: unknown): Uint8Array {
  return new Uint8Array(IDL.encode([type], [value]));
}

const NOTHING = new Uint8Array(IDL.encode([], []));
