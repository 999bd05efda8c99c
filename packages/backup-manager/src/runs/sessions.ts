/**
 * A session is one call context that works on a run: the update call that asked for it, the timer that was due, or the
 * timer that recovers it. Only callbacks of its own calls may answer the caller, so each session knows its own.
 * Sessions live in the heap; what has to outlive an upgrade is in the journal.
 */
import type { Run } from '@canister-backup/shared';

export class Session {
  /** Calls that were sent by this session and not answered. */
  outstanding = 0;
  private answer: ((run: Run) => void) | undefined;

  /** The run when this session is done with it: over, or left to another session. */
  readonly done: Promise<Run> = new Promise((resolve) => {
    this.answer = resolve;
  });

  /** After each event: answers once, when the run is over or this session will see nothing more of it. */
  settle(run: Run): void {
    if (run.phase === 'closed' || this.outstanding === 0) this.answer?.(run);
  }
}
