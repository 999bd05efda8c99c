import type { Clock } from './clock.ts';
import type { InstanceHost } from './instance-host.ts';
import { printExactJson } from './json.ts';
import type { OperationName } from './operation-table.ts';

/** Milliseconds between two rounds of live mode at least, as in PocketIC. */
const MIN_PAUSE_MS = 100;

export interface LiveMode {
  /** Resolves when the round in flight, if any, has ended. */
  stop(): Promise<void>;
}

export interface LiveOptions {
  readonly key: number;
  readonly delayMs: number;
}

/**
 * Lets an instance follow real time: sets its clock to now, then again and again moves it by the real time that passed
 * and runs one round.
 */
export async function startLive(host: InstanceHost, clock: Clock, options: LiveOptions): Promise<LiveMode> {
  const run = (operation: OperationName, nanos: bigint) =>
    host.run({ key: options.key, operation, body: new TextEncoder().encode(printExactJson({ nanos })), blob: null });
  await run('live/start', clock.now());
  const state = { stopped: false, wake: () => {} };
  const loop = async () => {
    let last = clock.monotonic();
    while (!state.stopped) {
      const now = clock.monotonic();
      // It fails only if the instance is gone.
      if ((await run('live/round', now - last)).status !== 200) return;
      last = now;
      if (!state.stopped) await pause(clock, Math.max(MIN_PAUSE_MS, options.delayMs), state);
    }
  };
  const ended = loop();
  return {
    async stop() {
      state.stopped = true;
      state.wake();
      await ended;
    },
  };
}

function pause(clock: Clock, milliseconds: number, state: { wake: () => void }): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(milliseconds, resolve);
    state.wake = () => {
      timer.cancel();
      resolve();
    };
  });
}
