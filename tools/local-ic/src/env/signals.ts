/** Calls back for each of the signals, for good: the same one often comes twice, and must not cut off how a process ends. */
export function onSignals(signals: readonly NodeJS.Signals[], callback: () => void): void {
  for (const signal of signals) process.on(signal, callback);
}
