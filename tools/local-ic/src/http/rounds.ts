/** What tells one part of the server that another wants a round, or has run one. */
export interface Rounds {
  /** Something waits for a round. */
  wanted(): void;
  ended(): void;
  /** Both give a function that ends it. */
  onWanted(callback: () => void): () => void;
  onEnd(callback: () => void): () => void;
  /** How many want to know of the next end. */
  waiting(): number;
}

export function createRounds(): Rounds {
  const wanted = new Set<() => void>();
  const ended = new Set<() => void>();
  return {
    wanted: () => callAll(wanted),
    ended: () => callAll(ended),
    onWanted: (callback) => add(wanted, callback),
    onEnd: (callback) => add(ended, callback),
    waiting: () => ended.size,
  };
}

function callAll(callbacks: ReadonlySet<() => void>): void {
  for (const callback of [...callbacks]) callback();
}

function add(callbacks: Set<() => void>, callback: () => void): () => void {
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
