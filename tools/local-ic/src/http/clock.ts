/** Real time, given to the parts of the server that need it; `env/clock.ts` has the real one. */
export interface Clock {
  /** Wall-clock nanoseconds since 1970. */
  now(): bigint;
  /** Nanoseconds of a clock that only runs forward. */
  monotonic(): bigint;
  /** Calls back once after `milliseconds`, unless cancelled. */
  after(milliseconds: number, callback: () => void): { cancel(): void };
}
