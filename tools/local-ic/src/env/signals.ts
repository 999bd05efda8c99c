/** Ctrl-C, a polite kill, and a terminal that is closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls back for each signal that ends a process, for good: one often comes twice, and must not cut off how it ends. */
export function onSignals(callback: () => void): void {
  for (const signal of ENDING) process.on(signal, callback);
}
