/** How long the target has been down for the run, and how long it may be. */
import { RESTORE_DOWNTIME_NANOS } from '../limits.ts';
import type { Draft } from './draft.ts';

/** From now on the target answers nobody. */
export function goDown(draft: Draft): void {
  draft.set({ downSince: draft.run.downSince ?? draft.context.now, downUntil: undefined });
}

/** The target runs again. */
export function comeUp(draft: Draft): void {
  if (draft.run.downSince !== undefined) draft.set({ downUntil: draft.context.now });
}

/** An answer was awaited while the target was down: a round there and a round back. */
export function addRounds(draft: Draft): void {
  if (draft.run.downSince !== undefined) draft.set({ roundsDown: (draft.run.roundsDown ?? 0) + 2 });
}

/** Whether a restore has kept its target down for longer than it may. What is tried again is not tried after that. */
export function overBudget(draft: Draft): boolean {
  const { downSince, openedAt } = draft.run;
  return draft.context.now - (downSince ?? openedAt) > RESTORE_DOWNTIME_NANOS;
}
