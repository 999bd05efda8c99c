/** `local-ic status` and `local-ic stop`, and `start --background`: networks that run in other processes. */
import { findNetwork, logPath, stopNetwork } from '../env/registry.ts';

/** What to print, and whether it is what was asked for. */
export interface Outcome {
  readonly text: string;
  readonly ok: boolean;
}

export async function statusOf(port: number, json: boolean): Promise<Outcome> {
  const network = await findNetwork(port);
  if (network === null) {
    return { ok: false, text: json ? JSON.stringify({ running: false }) : nobody(port) };
  }
  const { pid, url, subnetId, stateDir } = network;
  if (json) {
    const status = { running: true, url, pid, subnet_id: subnetId, state_dir: stateDir };
    return { ok: true, text: JSON.stringify(status) };
  }
  const kept = stateDir === null ? 'nothing of it is kept' : `its state is in ${stateDir}`;
  return { ok: true, text: `The network at ${url} is running (process ${pid}, subnet ${subnetId}); ${kept}.` };
}

export async function stop(port: number): Promise<Outcome> {
  const network = await findNetwork(port);
  if (network === null) return { ok: false, text: nobody(port) };
  if (await stopNetwork(network)) return { ok: true, text: `The network at ${network.url} has ended.` };
  return { ok: false, text: `The network at ${network.url} (process ${network.pid}) has not ended within a minute.` };
}

function nobody(port: number): string {
  return `No network of yours answers at port ${port}; --port names another one.`;
}

/** Prints what the network prints when it is ready, and leaves it running. */
export async function startBackground(args: readonly string[], port: number): Promise<string> {
  const { startInBackground } = await import('../env/background.ts');
  const own = args.filter((arg) => arg !== '--background');
  const log = logPath(port);
  const line = await startInBackground({ command: [process.argv[1] as string, ...own], log });
  if (own.includes('--json')) return line;
  const ends = `\`local-ic stop --port ${port}\` ends it`;
  return `${line.replace('Ctrl-C ends it', ends)} It prints to ${log}.`;
}
