/**
 * Drives runs: stores each state of the machine, sends what it asks for, and feeds it what comes back. An event, the
 * new state, the catalog and the calls that follow belong to one execution, so they are all kept or all undone.
 *
 * When the callback of a call traps, the IC undoes it and runs the cleanup callback, where azle rejects the promise with
 * `CleanupCallback`. No call can be made there, and nothing may be answered: all it does is to set a timer, which feeds
 * the machine the loss of that answer.
 */
import {
  advance,
  type Call,
  type CallResult,
  type Command,
  cyclesForOthers,
  type ErrorValue,
  giveUp,
  isWaiting,
  openRun,
  type Run,
  type RunEvent,
  type RunOrder,
  START_RETRY_NANOS,
  watchAt,
} from '@canister-backup/shared';
import { isCleanup, rejectOf, send } from '../gateway/management.ts';
import { callTarget, probeTarget } from '../gateway/target.ts';
import { Alarm, orTrap, soon } from '../platform/alarm.ts';
import { measureFunds } from '../platform/funds.ts';
import { now, self } from '../platform/ic.ts';
import { incarnation } from '../platform/incarnation.ts';
import {
  catalogOf,
  forgetSnapshot,
  recordSnapshot,
  restoredIn,
  setPacedFrom,
  setRestored,
} from '../store/canisters.ts';
import { observeFunds } from '../store/health.ts';
import { record } from '../store/history.ts';
import { closedRun, closeRun, openRunList, openRunOf, saveOpenRun } from '../store/journal.ts';
import { nextRunId } from '../store/meta.ts';
import { noteClosed, noteOpened } from './chronicle.ts';
import { asksTarget, openProbe, probeOver, probeSent } from './probes.ts';
import { Session } from './sessions.ts';

/** Called in the execution in which a run ends, or waits for its next attempt; set by the scheduler. */
let onRested: (run: Run) => void = () => {};

export function whenRunRests(callback: (run: Run) => void): void {
  onRested = callback;
}

/** Begins a run of a target that has none open, and returns the session that answers when it is over. */
export function begin(order: Omit<RunOrder, 'id' | 'manager' | 'openedAt'>): Session {
  const session = new Session();
  const run = openRun({ ...order, id: nextRunId(), manager: self(), openedAt: now() });
  saveOpenRun(run);
  noteOpened(run);
  feed(session, run, { kind: 'begin' });
  return session;
}

/** Feeds all open runs the same event, each in an execution of its own, which may trap: the watchdog looks after it. */
export function feedAll(event: RunEvent): void {
  for (const run of openRunList()) soon(() => feed(new Session(), run, event));
  watchdog.setAtMost(earliestWatch());
}

function feed(session: Session, { id, target }: Pick<Run, 'id' | 'target'>, event: RunEvent): void {
  const current = openRunOf(target);
  const run = current?.id === id ? current : closedRun(id);
  if (run === undefined) return;
  const seen = { catalog: catalogOf(target), restored: restoredIn(target), openProbe: openProbe(target) };
  const next = advance(run, event, { now: now(), ...seen });
  if (next.run.stopProven && !run.stopProven) probeOver(target);
  if (run.phase !== 'closed') store(next.run);
  for (const command of next.commands) carryOut(session, next.run, command);
  session.settle(next.run);
}

/** Ends a run that is not past its stop; the session answers when the target was started, if that was owed. */
export function cancel(run: Run, by: { readonly actor: string; readonly cause: string }): Session {
  const session = new Session();
  record({ kind: 'run_cancelled', ...by, canister: run.target, run: run.id, details: [['phase', run.phase]] });
  feed(session, run, { kind: 'cancel', by: by.actor });
  return session;
}

/**
 * Ends the open run of a target that is not ours, if it waits; does nothing to one that is at work.
 * @param actor who gave it up
 * @returns what is left undone
 */
export function abandon(canister: string, actor: string): ErrorValue | undefined {
  const waiting = openRunOf(canister);
  if (waiting === undefined || !isWaiting(waiting)) return undefined;
  const { run, left } = giveUp(waiting, now());
  store(run, { actor, cause: `run ${run.id} was given up: the target is not ours any more` });
  return left;
}

function store(run: Run, endedBy?: Parameters<typeof noteClosed>[1]): void {
  if (run.phase !== 'closed') {
    saveOpenRun(run);
    if (isWaiting(run)) onRested(run);
  } else {
    closeRun(run);
    noteClosed(run, endedBy);
    if (run.snapshot !== undefined && run.restoredVersion !== undefined) {
      setRestored(run.target, { snapshot: run.snapshot, version: run.restoredVersion });
    }
    onRested(run);
  }
  watchdog.setAtMost(earliestWatch());
}

function carryOut(session: Session, run: Run, command: Command): void {
  switch (command.do) {
    case 'call':
      sendCall(session, run, command.call);
      return;
    case 'measure_funds':
      measure(session, run);
      return;
    case 'record':
      recordSnapshot(command.entry);
      return;
    case 'forget':
      forgetSnapshot(run.target, command.id);
      return;
    case 'shrunk':
      setPacedFrom(run.target, command.from);
      return;
  }
}

function sendCall(session: Session, run: Run, call: Call): void {
  const sentIn = incarnation();
  const answered = (result: CallResult): void => {
    if (sentIn !== incarnation()) return;
    session.outstanding -= 1;
    if (asksTarget(call)) probeOver(run.target);
    feed(session, run, { kind: 'answer', call, result });
  };
  session.outstanding += 1;
  if (asksTarget(call)) probeSent(run, call);
  sendOne(run, call).then(
    (ok) => orTrap(() => answered({ ok })),
    (error: unknown) => {
      if (sentIn !== incarnation()) return;
      if (isCleanup(error)) {
        session.outstanding -= 1;
        if (asksTarget(call)) probeOver(run.target);
        recoverCall(run, call);
      } else {
        orTrap(() => answered({ reject: rejectOrThrow(error) }));
      }
    },
  );
}

function sendOne(run: Run, call: Call): Promise<unknown> {
  if (call.name === 'probe') {
    if (run.probe === undefined) throw new Error('the policy has no probe');
    return probeTarget(run.target, run.probe);
  }
  if (call.name !== 'after_restore') return send(run.target, call);
  if (run.afterRestore === undefined) throw new Error('the policy names no method to call after a restore');
  return callTarget(run.target, run.afterRestore);
}

function rejectOrThrow(error: unknown) {
  const reject = rejectOf(error);
  if (reject === undefined) throw error;
  return reject;
}

/** In a cleanup callback: no call, no answer, only the timer. */
function recoverCall(run: Run, call: Call): void {
  const result: CallResult = { lost: 'the manager failed while it read the answer' };
  soon(() => feed(new Session(), run, { kind: 'answer', call, result }));
}

function measure(session: Session, run: Run): void {
  session.outstanding += 1;
  measureFunds().then(
    ({ liquid, perCall }) =>
      orTrap(() => {
        session.outstanding -= 1;
        observeFunds({ liquid, perCall });
        const available = liquid - cyclesForOthers(openRunList(), run, perCall);
        feed(session, run, { kind: 'funds', available, perCall });
      }),
    (error: unknown) =>
      orTrap(() => {
        throw error;
      }),
  );
}

/** Armed only while a run is open, for the moment at which the first of them is overdue. */
const watchdog = new Alarm(() => {
  feedAll({ kind: 'tick' });
  const at = earliestWatch();
  const soonest = now() + START_RETRY_NANOS;
  watchdog.set(at !== undefined && at < soonest ? soonest : at);
});

function earliestWatch(): bigint | undefined {
  let earliest: bigint | undefined;
  for (const run of openRunList()) {
    const at = watchAt(run);
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}
