/** What follows once all that was sent is answered. */
import type { Draft } from './draft.ts';
import { afterLoad } from './load.ts';
import { sendStart, startOpen, waitToStart } from './start.ts';
import { afterTake } from './take.ts';

/** Goes on with a run whose work and start are answered; does nothing while something is pending. */
export function proceed(draft: Draft): void {
  if (draft.run.pending.length > 0) return;
  if (startOpen(draft.run)) waitToStart(draft);
  else if (draft.run.phase === 'taking') afterTake(draft);
  else if (draft.run.phase === 'loading') afterLoad(draft);
  else draft.close();
}

/** The watchdog's turn, with nothing pending: one more start, if it is owed. */
export function retry(draft: Draft): void {
  if (startOpen(draft.run)) sendStart(draft);
  else proceed(draft);
}
