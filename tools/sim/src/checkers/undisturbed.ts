/**
 * Invariant 9: what those do who may do little or nothing is not felt. Where nothing else went wrong, a target is down for as
 * many rounds as without them, and no run of it fails for want of cycles.
 */
import { carriedOut, type Effect, type History, type Violation } from '../history.ts';

const INVARIANT = '9 undisturbed';
const violation = (message: string): Violation => ({ invariant: INVARIANT, message });

export function undisturbed(history: History): Violation[] {
  const { undisturbedRounds, names, effects, claims, recoveredAt, begin } = history;
  if (undisturbedRounds === undefined) return [];
  const during = effects.filter(({ at }) => at > begin && at <= recoveredAt);
  const rounds = roundsDown(during, { target: names.chat, manager: names.manager });
  const poor = claims.runs.filter(
    ({ canister, error, startedAt }) =>
      canister === names.chat && error === 'not_enough_cycles' && startedAt > history.begunAt,
  );
  return [
    ...(rounds > undisturbedRounds
      ? [violation(`the chat was down for ${rounds} rounds, and for ${undisturbedRounds} without a crowd`)]
      : []),
    ...poor.map(({ id }) => violation(`run ${id} of the chat failed for want of cycles`)),
  ];
}

/** The most rounds in a row that a target is down for a run of the manager. */
export function roundsDown(
  effects: readonly Effect[],
  { target, manager }: { readonly target: string; readonly manager: string },
): number {
  let [most, since] = [0, -1];
  for (const { canister, sender, method, before, round, ...effect } of effects) {
    if (canister !== target || !carriedOut({ canister, sender, method, before, round, ...effect })) continue;
    if (method === 'stop_canister' && sender === manager && before?.status === 'running') since = round;
    if (method !== 'start_canister' || since < 0) continue;
    most = Math.max(most, round - since);
    since = -1;
  }
  const last = effects.at(-1)?.round ?? 0;
  return since < 0 ? most : Math.max(most, last - since + 1);
}
