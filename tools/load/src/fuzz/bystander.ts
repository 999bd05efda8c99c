/** Somebody who uses the server as they should while others do not, and notices if that is no more possible. */
import type { HttpAnswer, HttpClient, HttpRequest } from '../http.ts';

export interface Bystander {
  /** Gives what it has seen. */
  end(): Promise<Witness>;
}

export interface Witness {
  readonly requests: number;
  /** Milliseconds of the slowest, and of the one in the middle. */
  readonly worstMs: number;
  readonly medianMs: number;
  readonly failures: readonly string[];
}

/** A request that has to be answered, and what is wrong with an answer, if anything. */
export interface Wish {
  readonly request: HttpRequest;
  readonly problem: (answer: HttpAnswer) => string | null;
}

const PAUSE_MS = 20;
const MAX_FAILURES = 20;

/** Asks one thing after the other, round and round. */
export function startBystander(client: HttpClient, wishes: () => readonly Wish[]): Bystander {
  const times: number[] = [];
  const failures: string[] = [];
  const state = { ended: false };
  const run = async () => {
    while (!state.ended) {
      for (const { request, problem } of wishes()) {
        const start = performance.now();
        const found = problem(await client.send(request));
        times.push(performance.now() - start);
        if (found !== null && failures.length < MAX_FAILURES) failures.push(`${request.path}: ${found}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const running = run();
  return {
    async end() {
      state.ended = true;
      await running;
      client.close();
      times.sort((a, b) => a - b);
      const medianMs = times[times.length >> 1] ?? 0;
      return { requests: times.length, worstMs: times.at(-1) ?? 0, medianMs, failures };
    },
  };
}

export function statusProblem({ status, body }: HttpAnswer): string | null {
  return status === 200 ? null : `${status} ${Buffer.from(body).toString().slice(0, 200)}`;
}
