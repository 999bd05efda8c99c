import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

/** The real server's flags. */
export const USAGE = `Usage: pocket-ic [options]

A PocketIC server for one application subnet per instance, run by local-ic.

Options:
  -i, --ip-addr <address>     address to listen on (default 127.0.0.1)
  -p, --port <number>         port to listen on; 0 is any free one (default 0)
      --port-file <path>      write the port to this file when ready; every process started with the same file shares
                              one server, which ends with the last of them
      --ttl <seconds>         end after this time without a request (default 60)
      --hard-ttl <seconds>    end after this time whatever happens
  -l, --log-levels <levels>   "off", "error" or "warn": only canisters' output; anything else: the server's own, too
      --version               print the version
  -h, --help                  print this

Exit codes: 0 ended by a signal or a limit, 1 could not start or was lost, 2 wrong options.
`;

export interface PocketIcOptions {
  readonly host: string;
  readonly port: number;
  readonly portFile: string | null;
  readonly ttl: number;
  readonly hardTtl: number | null;
  readonly quiet: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: PocketIcOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly message: string };

const DEFAULT_TTL = 60;
/** Longest wait that a timer can do, in seconds. */
const MAX_SECONDS = 2_147_483;

export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'ip-addr': { type: 'string', short: 'i' },
        port: { type: 'string', short: 'p' },
        'port-file': { type: 'string' },
        ttl: { type: 'string' },
        'hard-ttl': { type: 'string' },
        'log-levels': { type: 'string', short: 'l' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    if (values.version === true) return { kind: 'version' };
    const host = values['ip-addr'] ?? '127.0.0.1';
    if (isIP(host) === 0) return { kind: 'wrong', message: `--ip-addr: "${host}" is not an IP address.` };
    return {
      kind: 'run',
      options: {
        host,
        port: wholeNumber('--port', values.port, 65_535) ?? 0,
        portFile: values['port-file'] ?? null,
        ttl: wholeNumber('--ttl', values.ttl, Number.MAX_SAFE_INTEGER) ?? DEFAULT_TTL,
        hardTtl: wholeNumber('--hard-ttl', values['hard-ttl'], MAX_SECONDS),
        quiet: ['off', 'error', 'warn'].includes(values['log-levels'] ?? 'info'),
      },
    };
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(flag: string, text: string | undefined, max: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new Error(`${flag}: expected a whole number from 0 to ${max}.`);
  return value;
}
