import type { Clock } from './clock.ts';
import type { InstanceHost } from './instance-host.ts';
import { printExactJson } from './json.ts';
import type { OperationName } from './operation-table.ts';
import type { Rounds } from './rounds.ts';

/** Milliseconds between two rounds of live mode without work, as in PocketIC. */
const IDLE_MS = 100;

export interface LiveMode {
  /** Resolves when the round in flight, if any, has ended. */
  stop(): Promise<void>;
}

export interface LiveOptions {
  readonly key: number;
  /** Milliseconds between two rounds at least. */
  readonly delayMs: number;
  /** Milliseconds between two rounds while there is nothing to do; default: 100. */
  readonly idleMs?: number;
  readonly rounds: Rounds;
  /** A round could not be run, and there will be no more: with what the instance answered. */
  readonly onFailed?: (reason: string) => void;
}

/**
 * Lets an instance follow real time: sets its clock to now, then again and again moves it by the real time that passed
 * and runs one round. The next one comes at once if there is work for it or a call has come in, when a canister's timer
 * is due, or after a while.
 */
export async function startLive(host: InstanceHost, clock: Clock, options: LiveOptions): Promise<LiveMode> {
  const { key, delayMs, rounds, idleMs = IDLE_MS } = options;
  const run = (operation: OperationName, nanos: bigint) =>
    host.run({ key, operation, body: new TextEncoder().encode(printExactJson({ nanos })), blob: null });
  await run('live/start', clock.now());
  const state = { stopped: false, wanted: false, wake: () => {} };
  const ignore = rounds.onWanted(() => {
    state.wanted = true;
    state.wake();
  });
  const loop = async () => {
    let last = clock.monotonic();
    while (!state.stopped) {
      state.wanted = false;
      const now = clock.monotonic();
      // A wall clock may have been set back.
      const answer = await run('live/round', now > last ? now - last : 0n);
      if (answer.status !== 200) {
        if (!state.stopped) options.onFailed?.(String(answer.body));
        return;
      }
      last = now;
      rounds.ended();
      await pauseUntil(clock, { milliseconds: delayMs, ends: () => state.stopped }, state);
      const workMs = Math.min(idleMs, Math.max(delayMs, nextWorkMs(answer.body)));
      const ends = () => state.stopped || state.wanted;
      await pauseUntil(clock, { milliseconds: workMs - delayMs, ends }, state);
    }
  };
  const ended = loop();
  return {
    async stop() {
      state.stopped = true;
      ignore();
      state.wake();
      await ended;
    },
  };
}

/** What a round said of the next: `{"next_ms": …}`, or null for nothing to do. */
function nextWorkMs(body: string | Uint8Array): number {
  const { next_ms: next } = JSON.parse(String(body)) as { next_ms: number | null };
  return next ?? Number.POSITIVE_INFINITY;
}

interface Pause {
  readonly milliseconds: number;
  /** Looked at now, and whenever somebody wakes it. */
  readonly ends: () => boolean;
}

function pauseUntil(clock: Clock, { milliseconds, ends }: Pause, state: { wake: () => void }): Promise<void> {
  if (milliseconds <= 0 || ends()) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(milliseconds, resolve);
    state.wake = () => {
      if (!ends()) return;
      timer.cancel();
      resolve();
    };
  });
}
