/** What an HTTP server takes from strangers. Times are in milliseconds. Tests ask for less, so as not to wait. */
export interface HttpLimits {
  /** Within which a request's head, and all of it, must have arrived; how often that is looked at. */
  readonly headMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
  /** Without a byte, after which a client that does not take its answer is given up. */
  readonly stalledMs: number;
  /** That an idle connection stays open. */
  readonly keepAliveMs: number;
  /** Connections at the same time. */
  readonly connections: number;
  /** Requests of one connection that wait for their answers. */
  readonly pipelined: number;
  /** Bytes of all bodies that have come, in part or whole, and are not answered yet. */
  readonly heldBytes: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headMs: 30_000,
  requestMs: 120_000,
  checkMs: 5_000,
  stalledMs: 60_000,
  // Longer than the clients keep theirs.
  keepAliveMs: 65_000,
  // Below what a process may usually have open; files of the state need some as well.
  connections: 2_000,
  // Clients of our time send the next request when they have the answer to the last.
  pipelined: 100,
  // Two of the largest bodies.
  heldBytes: 2 * 1024 ** 3,
};
