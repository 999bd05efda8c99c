/** Invariant 4: what the manager says of a run agrees with what the IC did, also after a crash in between. */
import {
  type ClaimedRun,
  carriedOut,
  type Effect,
  type History,
  managersEffects,
  takenBy,
  targetsOf,
  type Violation,
} from '../history.ts';

const INVARIANT = '4 records';
const violation = (message: string): Violation[] => [{ invariant: INVARIANT, message }];

export function records(history: History): Violation[] {
  return targetsOf(history).flatMap((target) => {
    const effects = managersEffects(history, target).filter(carriedOut);
    const runs = history.claims.runs.filter(({ canister }) => canister === target);
    const there = new Set(history.final.get(target)?.snapshots);
    return [
      ...runs.flatMap((run) => checkRun(run, effects, there)),
      ...checkTaken(history, { target, effects, runs }),
      ...checkSnapshots(history, target, effects),
    ];
  });
}

const during = (run: ClaimedRun, effect: Effect): boolean =>
  effect.time >= run.startedAt && (run.endedAt === undefined || effect.time <= run.endedAt);

function checkRun(run: ClaimedRun, effects: readonly Effect[], there: ReadonlySet<string>): Violation[] {
  const its = effects.filter((effect) => during(run, effect));
  const took = its.some((effect) => effect.method === 'take_canister_snapshot' && takenBy(effect) === run.snapshot);
  const started = its.some(({ method }) => method === 'start_canister');
  const denied = codesOf(run).includes('take_not_carried_out')
    ? its.filter(({ method }) => method === 'take_canister_snapshot').map((effect) => takenBy(effect) ?? '')
    : [];
  const undeleted = run.deleted.filter((id) => there.has(id));
  return [
    ...(run.kind === 'backup' && run.outcome === 'succeeded' && !took
      ? violation(`run ${run.id} succeeded with ${run.snapshot}, which was not taken in it`)
      : []),
    ...(run.outcome === 'skipped' && its.some(({ method }) => method === 'stop_canister')
      ? violation(`run ${run.id} says that it was skipped, and the target was stopped`)
      : []),
    ...(run.startedAgain && !started ? violation(`run ${run.id} says it started the target, and it did not`) : []),
    ...denied
      .filter((id) => there.has(id))
      .flatMap((id) => violation(`run ${run.id} says that none was taken, and ${id} is there`)),
    ...(undeleted.length > 0 ? violation(`run ${run.id} says it deleted ${undeleted}, and it is there`) : []),
  ];
}

const codesOf = ({ error, warnings }: ClaimedRun): readonly (string | undefined)[] => [error, ...warnings];

/** Every snapshot that we took is in the catalog, was deleted again, or the run that took it says that it does not know. */
function checkTaken(
  history: History,
  { target, effects, runs }: { target: string; effects: readonly Effect[]; runs: readonly ClaimedRun[] },
): Violation[] {
  const known = new Set(history.claims.snapshots.map(({ id }) => id));
  const there = new Set(history.final.get(target)?.snapshots);
  return effects
    .filter(({ method }) => method === 'take_canister_snapshot')
    .flatMap((effect) => {
      const id = takenBy(effect) as string;
      if (known.has(id) || !there.has(id)) return [];
      const told = runs.some(
        (run) => during(run, effect) && (run.outcome === 'open' || codesOf(run).includes('take_unknown')),
      );
      return told ? [] : violation(`${id} of ${target} was taken, and no record tells of it`);
    });
}

/**
 * What is called good was taken by us while the target was stopped, or somebody adopted it as such, and was not deleted
 * by us. Others may have deleted it.
 */
function checkSnapshots(history: History, target: string, effects: readonly Effect[]): Violation[] {
  const proven = new Set(
    effects
      .filter(({ method, before }) => method === 'take_canister_snapshot' && before?.status === 'stopped')
      .map(takenBy),
  );
  const adopted = new Set(history.calls.flatMap(({ method, snapshots }) => (method === 'adopt' && snapshots) || []));
  const deleted = new Set(
    effects.filter(({ method }) => method === 'delete_canister_snapshot').map(({ snapshot }) => snapshot),
  );
  return history.claims.snapshots
    .filter(({ canister, good }) => canister === target && good)
    .flatMap(({ id }) => [
      ...(deleted.has(id) ? violation(`${id} of ${target} is called good, and was deleted by us`) : []),
      ...(proven.has(id) || adopted.has(id)
        ? []
        : violation(`${id} of ${target} is called good, and we took none such while it was stopped`)),
    ]);
}
