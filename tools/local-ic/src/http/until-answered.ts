import type { Answer } from './answer.ts';
import type { ApiContext } from './context.ts';
import type { OperationCall } from './instance-host.ts';

/** Calls of one instance that wait at the same time; further ones are told to ask again. */
export const MAX_WAITING_CALLS = 500;

export interface Patience {
  readonly waitMs: number;
  /** Aborted when nobody waits any more. */
  readonly gone?: AbortSignal | undefined;
}

/** What an operation answers after whichever round makes it other than 202; null if that takes too long. */
export function untilAnswered(
  { host, clock, key, rounds }: ApiContext,
  operation: () => Omit<OperationCall, 'key' | 'blob'>,
  { waitMs, gone }: Patience,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    let late = false;
    const finish = (answer: Answer | null) => {
      late = true;
      timer.cancel();
      stop();
      gone?.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const look = async () => {
      if (late) return;
      const answer = await host.run({ ...operation(), key, blob: null });
      if (answer.status !== 202 && !late) finish(answer);
    };
    const giveUp = () => finish(null);
    const timer = clock.after(waitMs, giveUp);
    const stop = rounds.onEnd(() => void look());
    gone?.addEventListener('abort', giveUp);
    if (gone?.aborted) giveUp();
    else void look();
  });
}
