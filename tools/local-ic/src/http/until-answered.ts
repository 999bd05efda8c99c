import type { Answer } from './answer.ts';
import type { ApiContext } from './api/serve.ts';
import type { OperationCall } from './instance-host.ts';

/** Calls of one instance that wait at the same time; further ones are told to ask again. */
export const MAX_WAITING_CALLS = 500;

/** What an operation answers after whichever round makes it other than 202; null if that takes too long. */
export function untilAnswered(
  { host, clock, key, rounds }: ApiContext,
  operation: () => Omit<OperationCall, 'key' | 'blob'>,
  waitMs: number,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    let late = false;
    const finish = (answer: Answer | null) => {
      late = true;
      timer.cancel();
      stop();
      resolve(answer);
    };
    const look = async () => {
      if (late) return;
      const answer = await host.run({ ...operation(), key, blob: null });
      if (answer.status !== 202 && !late) finish(answer);
    };
    const timer = clock.after(waitMs, () => finish(null));
    const stop = rounds.onEnd(() => void look());
    void look();
  });
}
