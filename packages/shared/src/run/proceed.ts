/** What follows once all that was sent is answered. */
import type { Draft } from './draft.ts';
import { afterLoad, endRestore, loadAgain, loadOwed } from './load.ts';
import { sendRecover } from './secure.ts';
import { look, startOpen, waitToStart } from './start.ts';
import { afterTake, completeSnapshot } from './take.ts';

/** Goes on with a run whose work and start are answered; does nothing while something is pending. */
export function proceed(draft: Draft): void {
  if (draft.run.phase === 'closed' || draft.run.pending.length > 0 || loadOwed(draft.run)) return;
  if (startOpen(draft.run)) waitToStart(draft);
  else if (draft.run.phase === 'taking') afterTake(draft);
  else if (draft.run.phase === 'probing') completeSnapshot(draft);
  else if (draft.run.phase === 'loading') afterLoad(draft);
  else if (draft.run.kind === 'restore') endRestore(draft);
  else draft.close();
}

/** The watchdog's turn, with nothing pending: what is owed to the target, once more. */
export function retry(draft: Draft): void {
  if (draft.run.phase === 'recovering') sendRecover(draft);
  else if (loadOwed(draft.run)) loadAgain(draft);
  else if (startOpen(draft.run)) look(draft);
  else proceed(draft);
}
