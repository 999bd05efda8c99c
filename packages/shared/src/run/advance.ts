/**
 * The run as a state machine. Invariants, each held by a property test:
 * - a stop is sent only to a target that was running, and once it is sent, no run is closed before a start was sent
 *   after it, unless the status sent with the stop says that the target was not running, and no version says that
 *   somebody started it before the stop came, or the stop was refused for good;
 * - a run is closed only when its start was confirmed, was not needed, or is not owed any more (`start.ts`);
 * - a restore loads nothing before the safety snapshot is answered for (`restore.ts`), and ends in exactly the snapshot's
 *   state or exactly the state before, and says which (`load.ts`);
 * - a snapshot is recorded in the step that learns of it, and others are deleted only after that;
 * - a snapshot is good only if the versions around it prove that the target was stopped all the while (`take.ts`);
 * - nothing is deleted that is not in the catalog, and never the newest good one.
 * Whatever event comes, also one that makes no sense in the phase, there is a next state.
 */
import { failure } from '../errors/registry.ts';
import { PROBE_NANOS, WATCHDOG_NANOS } from '../limits.ts';
import { cancel, isCancellable } from './cancel.ts';
import { Draft } from './draft.ts';
import { onChecked, onHistory, onLastStatus, onLoad, onRevived } from './load.ts';
import { onFunds, onPreflight, onRoomMade } from './preflight.ts';
import { onProbe } from './probe.ts';
import { failWith, problemOf } from './problem.ts';
import { proceed, retry } from './proceed.ts';
import { afterDeletes, onDeleted } from './prune.ts';
import { onRecover, onSafety } from './secure.ts';
import { onLook, onStart, sendStart } from './start.ts';
import { giveUpStop, onStop, onStopStatus, stopDeadline } from './stop.ts';
import { onAppeared, onBehind, onTake, onTakeStatus, recordLateTake } from './take.ts';
import type { Call, CallResult, Command, Phase, Run, RunContext, RunEvent, RunOrder } from './types.ts';
import { isWaiting } from './waiting.ts';

/** A run that nothing has happened to; `begin` sets it going. */
export function openRun(order: RunOrder): Run {
  return {
    ...order,
    phase: 'preflight',
    pending: [],
    progressAt: order.openedAt,
    stopSent: false,
    stopProven: false,
    startsSent: 0,
    startConfirmed: false,
    startSettled: false,
    foreign: 0,
    listed: 0,
    done: false,
    deleted: [],
    warnings: [],
    steps: [],
    state: order.kind === 'restore' ? 'before' : undefined,
  };
}

/** When the watchdog has to look at an open run, at the latest; undefined for a closed one. */
export function watchAt(run: Run): bigint | undefined {
  if (run.phase === 'closed') return undefined;
  const at = run.retryAt ?? run.progressAt + (run.phase === 'probing' ? PROBE_NANOS : WATCHDOG_NANOS);
  const stopBy = stopDeadline(run);
  return stopBy !== undefined && stopBy < at ? stopBy : at;
}

/**
 * When a run gives up what it does now, at the latest (nanoseconds); undefined for one that is over, or that tries again
 * until it succeeds.
 */
export function givesUpAt(run: Run): bigint | undefined {
  return isWaiting(run) ? undefined : watchAt(run);
}

/** The run after an event, and what is to be done. */
export function advance(run: Run, event: RunEvent, context: RunContext): { run: Run; commands: Command[] } {
  const draft = new Draft(run, context);
  if (run.phase === 'closed') {
    if (event.kind === 'answer') recordLateTake(draft, event.call, event.result);
  } else if (counts(run, event, context)) {
    draft.set({ progressAt: context.now });
    apply(draft, event);
  }
  return { run: draft.run, commands: draft.commands };
}

/** Whether an open run has to do with an event at all. */
function counts(run: Run, { kind }: RunEvent, { now }: RunContext): boolean {
  if (kind === 'cancel') return isCancellable(run);
  return kind !== 'tick' || now >= watchAt(run)!;
}

function apply(draft: Draft, event: RunEvent): void {
  switch (event.kind) {
    case 'begin':
      if (draft.run.pending.length === 0 && draft.run.steps.length === 0) {
        draft.send('preflight', [{ name: 'status' }, { name: 'list' }]);
      }
      return;
    case 'answer':
      answer(draft, event.call, event.result);
      return;
    case 'funds':
      if (draft.run.phase === 'funding') onFunds(draft, event);
      return;
    case 'tick':
      if (draft.context.now >= (stopDeadline(draft.run) ?? draft.context.now + 1n)) giveUpStop(draft);
      else loseAll(draft, 'no answer came in time');
      return;
    case 'cancel':
      cancel(draft, event.by);
      return;
    case 'restarted':
      loseAll(draft, 'the manager was upgraded');
      return;
  }
}

function answer(draft: Draft, call: Call, result: CallResult): void {
  if (!draft.settle(call)) {
    recordLateTake(draft, call, result);
    return;
  }
  const problem = problemOf(draft, call, result);
  draft.log({ name: call.name, at: draft.context.now, ...(problem && { error: problem }) });
  HANDLERS[draft.run.phase](draft, call, result);
}

/** Gives up every pending call, or does what waits for its time. */
function loseAll(draft: Draft, cause: string): void {
  const { pending, phase } = draft.run;
  for (const call of pending) answer(draft, call, { lost: cause });
  if (pending.length > 0) return;
  if (RETRIED.includes(phase)) {
    retry(draft);
    return;
  }
  draft.fail(failure('interrupted', { canister: draft.run.target, phase, cause }), 'interrupted');
  draft.close();
}

/** Phases in which nothing may be pending because something is tried again later. */
const RETRIED: readonly Phase[] = ['starting', 'taking', 'probing', 'loading', 'checking', 'recovering'];

type Handler = (draft: Draft, call: Call, result: CallResult) => void;

function onStarting(draft: Draft, call: Call, result: CallResult): void {
  if (call.name === 'status' && onLastStatus(draft, result)) sendStart(draft);
  if (call.name === 'list') onAppeared(draft, result);
  if (call.name === 'start') onStart(draft, result);
  if (call.name === 'status_before_start') onLook(draft, result);
  proceed(draft);
}

const HANDLERS: Record<Phase, Handler> = {
  preflight: onPreflight,
  making_room: (draft, call, result) => {
    onDeleted(draft, call, result);
    if ('lost' in result) failWith(draft, call, result);
    onRoomMade(draft);
  },
  funding: () => {},
  stopping: (draft, call, result) => {
    if (call.name === 'status') onStopStatus(draft, result);
    if (call.name === 'delete') onDeleted(draft, call, result);
    if (call.name === 'stop') onStop(draft, result);
  },
  securing: onSafety,
  recovering: onRecover,
  taking: (draft, call, result) => {
    if (call.name === 'status_before_take') onTakeStatus(draft, call, result);
    if (call.name === 'take') onTake(draft, result);
    if (call.name === 'status_behind') onBehind(draft, call, result);
    onStarting(draft, call, result);
  },
  loading: (draft, call, result) => {
    if (call.name === 'load') onLoad(draft, call, result);
    if (call.name === 'info') onHistory(draft, result);
    onStarting(draft, call, result);
  },
  checking: onChecked,
  reviving: onRevived,
  starting: onStarting,
  probing: (draft, call, result) => {
    onProbe(draft, call, result);
    proceed(draft);
  },
  pruning: (draft, call, result) => {
    onDeleted(draft, call, result);
    afterDeletes(draft);
  },
  closed: () => {},
};
