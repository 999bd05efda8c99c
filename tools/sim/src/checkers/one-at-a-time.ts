/** Invariant 5: at most one operation per target at a time, the second gets told what is running, and a hold holds. */
import { carriedOut, type History, type ManagerCall, targetsOf, type Violation } from '../history.ts';

const INVARIANT = '5 one at a time';
/** A restore takes its safety snapshot and loads in the same stop. */
const WORK = ['take_canister_snapshot', 'load_canister_snapshot'];
/** Their answer tells of another call's run. */
const OTHERS_RUN = ['pin', 'unpin', 'accept', 'cancel_run'];
const violation = (message: string): Violation[] => [{ invariant: INVARIANT, message }];

export function oneAtATime(history: History): Violation[] {
  return [
    ...targetsOf(history).flatMap((target) => checkCalls(history, target)),
    ...targetsOf(history).flatMap((target) => checkRuns(history, target)),
    ...checkAnswers(history),
    ...checkHolds(history),
  ];
}

/** Between a stop of ours that found the target running and the start after it, there is one stop, one take, one load. */
function checkCalls({ effects, names }: History, target: string): Violation[] {
  const violations: Violation[] = [];
  let stopped = false;
  let work: string[] = [];
  for (const effect of effects.filter((one) => one.canister === target && carriedOut(one))) {
    const { method, canister, sender } = effect;
    if (method === 'start_canister') stopped = false;
    if (sender !== names.manager) continue;
    if (method === 'stop_canister') {
      if (stopped) violations.push(...violation(`${canister} was stopped twice by us without a start`));
      stopped = effect.before?.status === 'running';
      work = [];
    }
    if (!stopped || !WORK.includes(method)) continue;
    if (work.includes(method)) violations.push(...violation(`${method} of ${canister} was called twice in one stop`));
    work.push(method);
  }
  return violations;
}

function checkRuns(history: History, target: string): Violation[] {
  const runs = history.claims.runs.filter(({ canister }) => canister === target).sort((a, b) => (a.id < b.id ? -1 : 1));
  return runs.flatMap((run, index) => {
    const before = runs[index - 1];
    const apart = before === undefined || (before.endedAt !== undefined && before.endedAt <= run.startedAt);
    return apart ? [] : violation(`run ${run.id} began before run ${before.id} of ${target} was over`);
  });
}

function checkAnswers({ calls }: History): Violation[] {
  const runs = calls.flatMap(({ answer, method }) =>
    answer?.kind === 'ok' && answer.runId !== undefined && !OTHERS_RUN.includes(method) ? [answer.runId] : [],
  );
  const twice = runs.filter((run, index) => runs.indexOf(run) !== index);
  const silent = calls.filter(
    ({ answer }) => answer?.kind === 'err' && answer.code === 'run_in_progress' && answer.runId === undefined,
  );
  return [
    ...twice.flatMap((run) => violation(`run ${run} was the answer to two calls`)),
    ...silent.flatMap(({ method }) => violation(`${method} was refused without being told what is running`)),
  ];
}

/** Nanoseconds of the shortest hold that a scenario asks for. */
const HOLD = 300n * 1_000_000_000n;

/** From the answer to a hold until it is over, nothing of the target is changed by us. */
function checkHolds({ calls, effects, names }: History): Violation[] {
  return calls
    .filter(({ method, answer }) => method === 'hold' && answer?.kind === 'ok')
    .flatMap((hold) => {
      const { canister, answeredAt = 0, sentTime } = hold;
      const until = forgottenAt(hold, calls);
      return effects
        .filter((effect) => effect.sender === names.manager && effect.canister === canister && carriedOut(effect))
        .filter(({ at, time }) => at > answeredAt && at < until && time < sentTime + HOLD)
        .flatMap(({ method }) => violation(`${method} of ${canister} was called while it was held`));
    });
}

/** Who is not registered is not held, and registered again it is not either. */
function forgottenAt({ canister, sentAt }: ManagerCall, calls: readonly ManagerCall[]): number {
  const forgotten = calls.filter(
    (call) =>
      call.method === 'unregister' &&
      call.canister === canister &&
      call.answer?.kind !== 'err' &&
      (call.answeredAt ?? sentAt) >= sentAt,
  );
  return Math.min(...forgotten.map((call) => call.sentAt));
}
