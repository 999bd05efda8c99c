/**
 * Invariant 2: the newest good snapshot of a target is never deleted by us, nor what is pinned, nor the safety snapshot of
 * a restore before it is settled, nor anything that we neither took nor adopted, unless somebody named it to be deleted.
 * Good, as the IC sees it: taken by us while the target was stopped, the answer was read, and so was that of the start,
 * no restore names it as the state before, its run did not say that it came to nothing, and nobody marked it; or adopted,
 * and then accepted or loaded.
 */
import {
  carriedOut,
  type Effect,
  type Execution,
  type History,
  type ManagerCall,
  takenBy,
  targetsOf,
  type Violation,
} from '../history.ts';

const INVARIANT = '2 last good';

export function lastGood(history: History): Violation[] {
  return targetsOf(history).flatMap((target) => checkTarget(history, target));
}

interface Memory {
  readonly ours: Set<string>;
  readonly good: Set<string>;
  readonly adopted: Set<string>;
  /** When each was taken, by whomever. */
  readonly times: ReadonlyMap<string, bigint>;
  /** Taken and not known to be complete. */
  taken: Taken | undefined;
  weStopped: boolean;
  /** What the manager took before a restore, and what its runs say came to nothing: never good. */
  readonly never: Set<string>;
  readonly pinned: Set<string>;
  /** What somebody named to be deleted. */
  readonly named: Set<string>;
  /** The state before the first restore that nobody settled or undid. */
  safety: { readonly id: string; readonly until: bigint } | undefined;
}

interface Taken {
  readonly id: string;
  readonly time: bigint;
  readonly weStopped: boolean;
  answered: boolean;
  started: boolean;
  startAnswered: boolean;
}

/** Nanoseconds for which a safety snapshot stays if nobody settles it. */
const SAFETY = 7n * 86_400n * 1_000_000_000n;

/** A call that changes what may be deleted: sent, so that it may have had effect, or answered, so that it had. */
interface Told {
  readonly at: number;
  readonly call: ManagerCall;
  readonly done: boolean;
}

function checkTarget(history: History, target: string): Violation[] {
  const runs = history.claims.runs.filter(({ canister }) => canister === target);
  const never = runs.flatMap(({ kind, outcome, snapshot, safety, warnings }) => [
    ...(safety === undefined ? [] : [safety]),
    ...(kind === 'backup' && snapshot !== undefined && (!GOES_WELL.includes(outcome) || warnings.some(isDoubt))
      ? [snapshot]
      : []),
  ]);
  const effects = history.effects.filter((effect) => effect.canister === target);
  const memory: Memory = {
    ours: new Set(),
    good: new Set(),
    adopted: new Set(),
    times: new Map(effects.flatMap(timeOf)),
    taken: undefined,
    weStopped: false,
    safety: undefined,
    never: new Set(never),
    pinned: new Set(),
    named: new Set(),
  };
  const events: (Effect | Execution | Told)[] = [...effects, ...history.executions, ...toldOf(history, target)];
  return events
    .sort((a, b) => a.at - b.at)
    .flatMap((event) => {
      if ('call' in event) hear(memory, event);
      else if ('kind' in event) learn(memory, event);
      else if (event.sender === history.names.manager) return follow(memory, event);
      return [];
    });
}

function timeOf(effect: Effect): [string, bigint][] {
  const id = effect.method === 'take_canister_snapshot' ? takenBy(effect) : undefined;
  return id === undefined ? [] : [[id, effect.time]];
}

/** A run that was skipped names the snapshot that nothing changed since. */
const GOES_WELL = ['succeeded', 'skipped'];

/** Whether a warning says that a snapshot came to less than good. */
function isDoubt(code: string): boolean {
  return code.startsWith('probe_') || code.startsWith('tripwire_');
}

function toldOf({ calls }: History, target: string): Told[] {
  return calls
    .filter(({ canister }) => canister === target)
    .flatMap((call): Told[] => [
      { at: call.sentAt, call, done: false },
      ...(call.answer?.kind === 'ok' ? [{ at: call.answeredAt ?? 0, call, done: true }] : []),
    ]);
}

/** Methods that make an adopted snapshot good. */
const PROVES = ['accept', 'restore_snapshot', 'restore_without_safety'];

function hear(memory: Memory, { call: { method, snapshots = [], since = 0n }, done }: Told): void {
  if (method === 'settle' && done) memory.safety = undefined;
  if (method === 'mark_suspect' && done) {
    for (const id of memory.good) if ((memory.times.get(id) ?? since) >= since) memory.good.delete(id);
  }
  for (const id of snapshots) {
    if (method === 'pin' && done) memory.pinned.add(id);
    if (method === 'unpin') memory.pinned.delete(id);
    if (method === 'delete_snapshot') memory.named.add(id);
    if (method === 'adopt') memory.ours.add(id);
    if (method === 'adopt' && done) memory.adopted.add(id);
    if (PROVES.includes(method) && done && memory.adopted.has(id)) memory.good.add(id);
  }
}

/** The manager reads an answer. */
function learn(memory: Memory, { kind, method, trapped }: Execution): void {
  const { taken } = memory;
  if (taken === undefined || kind !== 'reply' || trapped) return;
  if (method === 'take_canister_snapshot') taken.answered = true;
  if (method === 'start_canister' && taken.started) taken.startAnswered = true;
  if (!taken.answered || (taken.weStopped && !taken.startAnswered)) return;
  if (!memory.never.has(taken.id)) memory.good.add(taken.id);
  memory.taken = undefined;
}

function follow(memory: Memory, effect: Effect): Violation[] {
  switch (effect.method) {
    case 'stop_canister':
      if (carriedOut(effect)) {
        memory.taken = undefined;
        memory.weStopped = effect.before?.status === 'running';
      }
      return [];
    case 'start_canister':
      if (carriedOut(effect)) {
        memory.weStopped = false;
        if (memory.taken !== undefined) memory.taken.started = true;
      }
      return [];
    case 'take_canister_snapshot':
      take(memory, effect);
      return [];
    case 'load_canister_snapshot':
      load(memory, effect);
      return [];
    case 'delete_canister_snapshot':
      return judgeDeletion(memory, effect);
    default:
      return [];
  }
}

function take(memory: Memory, effect: Effect): void {
  const id = takenBy(effect);
  if (id === undefined) return;
  memory.ours.add(id);
  const { time, before } = effect;
  // Of a target that does not stop, a forced restore takes one with the code.
  const good = before?.status === 'stopped' || effect.after?.hasCode === false;
  if (!good) return;
  memory.taken = { id, time, answered: false, weStopped: memory.weStopped, started: false, startAnswered: false };
}

/** Also of a load that was refused: what was taken right before is the state before a restore. */
function load(memory: Memory, effect: Effect): void {
  const { taken, safety } = memory;
  memory.taken = undefined;
  if (!carriedOut(effect)) return;
  if (effect.snapshot === safety?.id) memory.safety = undefined;
  else if (safety === undefined && taken !== undefined && effect.snapshot !== taken.id) {
    memory.safety = { id: taken.id, until: taken.time + SAFETY };
  }
}

/** Also of deletions that the IC refused: they were meant. */
function judgeDeletion(memory: Memory, effect: Effect): Violation[] {
  const { before, snapshot = '', canister } = effect;
  if (before?.snapshots.includes(snapshot) !== true) return [];
  const violation = (message: string) => [{ invariant: INVARIANT, message: `${snapshot} of ${canister} ${message}` }];
  if (!memory.ours.has(snapshot) && !memory.named.has(snapshot)) {
    return violation('was not taken by us and was to be deleted by us');
  }
  if (memory.pinned.has(snapshot)) return violation('is pinned and was to be deleted by us');
  const { safety } = memory;
  if (snapshot === safety?.id && effect.time < safety.until) {
    return violation('is the state before a restore, which nobody settled, and was to be deleted by us');
  }
  const newestGood = before.snapshots.filter((id) => memory.good.has(id)).at(-1);
  return snapshot === newestGood ? violation('was the newest good one and was to be deleted by us') : [];
}
