/** `local-ic start`: a network for agents, in the foreground. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { exposure } from '../env/exposure.ts';
import type { LineOutput } from '../env/output.ts';

export interface StartFlags {
  readonly host: string;
  readonly port: number;
  readonly seed?: Uint8Array;
  readonly artificialDelayMs: number;
  readonly domain: readonly string[];
  readonly stateDir?: string;
  readonly clean?: true;
  readonly canisters?: string;
  readonly background?: true;
  readonly json?: true;
}

/** Resolves when the network has ended on a signal, its state saved. Rejects with a message for its user. */
export async function start(flags: StartFlags, stdout: LineOutput, stderr: LineOutput): Promise<void> {
  const [{ runNetwork }, { readCanistersFile }] = await Promise.all([
    import('../env/network.ts'),
    import('../env/canisters-file.ts'),
  ]);
  const { host, json, domain: domains } = flags;
  const stateDir = flags.stateDir === undefined ? null : resolve(flags.stateDir);
  try {
    await runNetwork(
      {
        host,
        port: flags.port,
        domains,
        seed: flags.seed ?? null,
        delayMs: flags.artificialDelayMs,
        stateDir,
        clean: flags.clean === true,
        canisters: flags.canisters === undefined ? [] : readCanistersFile(resolve(flags.canisters)),
      },
      { server: stderr.write, canister: stderr.write },
      (ready) => {
        const { url, port, subnetId } = ready;
        const warning = exposure(host);
        const status = { url, port, subnet_id: subnetId, state_dir: stateDir, exposed: warning !== null };
        const text = [
          `The network is at ${url}; ${keeping(stateDir)}. Ctrl-C ends it.`,
          ...(warning === null ? [] : [warning]),
        ];
        stdout.write(json === true ? JSON.stringify(status) : text.join(' '));
      },
    );
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? await portTaken(flags) : error;
  }
}

function keeping(stateDir: string | null): string {
  return stateDir === null
    ? 'what is in it is gone when it ends (--state-dir keeps it)'
    : `what it has answered is kept in ${stateDir}`;
}

/** Why it cannot listen, as far as that can be known, and where another port is chosen. */
export async function portTaken(
  { port, host }: Pick<StartFlags, 'port' | 'host'>,
  where = '--port (0: any free one)',
): Promise<Error> {
  const { portOwner } = await import('../env/port-owner.ts');
  const owner = portOwner(port);
  const by = owner === null ? 'another program' : owner;
  return new Error(`port ${port} of ${host} is taken by ${by}. Stop that, or choose another with ${where}.`);
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a number from 0 to 65535.');
  return port;
}

const DOMAIN = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** One more name of the host, beside those that were given before it. */
export function parseDomain(text: string, before: readonly string[]): string[] {
  const domain = text.toLowerCase();
  if (!DOMAIN.test(domain)) throw new InvalidArgumentError('expected the name of a host, for example localhost.');
  return [...before, domain];
}

/** 64 hex digits are the seed itself; any other text is hashed to one. */
export function parseSeed(text: string): Uint8Array {
  if (text === '') throw new InvalidArgumentError('expected 64 hex digits, or any other text.');
  if (/^[0-9a-fA-F]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  return new Uint8Array(createHash('sha256').update(text).digest());
}

/** A day; longer waits between two rounds are a mistake. */
const MAX_DELAY_MS = 86_400_000;

export function parseDelay(text: string): number {
  const delay = Number(text);
  if (!/^\d+$/.test(text) || delay > MAX_DELAY_MS) {
    throw new InvalidArgumentError(`expected a number of milliseconds from 0 to ${MAX_DELAY_MS}.`);
  }
  return delay;
}
