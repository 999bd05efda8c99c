/**
 * A run that has not got past its stop can be ended by somebody: nothing of the target was changed yet but that it is being
 * stopped, and a start takes that back. Invariant, held by a property test: a run that is cancelled owes its target the
 * start as any other does, so it is over only once the target runs again, or no start is owed any more.
 */
import { failure } from '../errors/registry.ts';
import type { Draft } from './draft.ts';
import { startAgain } from './load.ts';
import { startOrClose } from './start.ts';
import type { Phase, Run } from './types.ts';

/** Up to the answer to the stop. What comes after it is over within rounds, or is a start that is owed. */
const CANCELLABLE: ReadonlySet<Phase> = new Set<Phase>(['preflight', 'making_room', 'funding', 'stopping']);

export function isCancellable({ phase }: Pick<Run, 'phase'>): boolean {
  return CANCELLABLE.has(phase);
}

/** Gives up what was sent, and starts the target if that is owed. */
export function cancel(draft: Draft, by: string): void {
  const { target: canister, id: run, kind, stopSent } = draft.run;
  draft.set({ pending: [] });
  draft.fail(failure('run_cancelled', { canister, run, by }), 'interrupted');
  if (kind === 'restore' && stopSent) startAgain(draft);
  else startOrClose(draft);
}
