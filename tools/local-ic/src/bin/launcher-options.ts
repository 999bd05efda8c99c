import { isIP } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import { parseDelay, parseDomain, parsePort } from './start.ts';
import { packageVersion } from './version.ts';

export interface LauncherFlags {
  readonly bind: string;
  readonly gatewayPort: number;
  readonly domain: readonly string[];
  readonly stateDir?: string;
  readonly statusDir?: string;
  readonly artificialDelayMs: number;
}

/** What icp-cli or its users may pass on and local-ic has not: by flag, why not or what to do. */
const NOT_SERVED: readonly (readonly [flag: string, advice: string])[] = [
  ['--ii', 'there is no Internet Identity; take `ii` out of the network in icp.yaml'],
  ['--nns', 'there are no canisters of NNS and SNS; take `nns` out of the network in icp.yaml'],
  ['--bitcoind-addr <address>', 'there is no Bitcoin; take `bitcoind-addr` out of the network in icp.yaml'],
  ['--dogecoind-addr <address>', 'there is no Dogecoin; take `dogecoind-addr` out of the network in icp.yaml'],
  ['--config-port <number>', "`local-ic serve` serves PocketIC's REST API, without a network"],
  ['--pocketic-server-path <file>', 'local-ic is the server and starts no other'],
  ['--stdout-file <file>', 'redirect what the launcher prints instead'],
  ['--stderr-file <file>', 'redirect what the launcher prints instead'],
];

const HELP_AFTER = `
The network has the ICP ledger, the cycles ledger and the cycles minting canister, as far as icp-cli asks for them: those of
the package local-ic-system-canisters, or of the list in JSON that LOCAL_IC_CANISTERS names.

Exit codes: 0 ended by a signal; 1 could not start, or was lost; 2 wrong options, or some that are not served.`;

/** Prints what is wrong with the flags, or not served, and throws `CommanderError`. */
export function launcherCommand(run: (flags: LauncherFlags) => Promise<void>): Command {
  const command = new Command('network-launcher')
    .description('A local network for icp-cli: `icp network start` runs it if ICP_CLI_NETWORK_LAUNCHER_PATH names it')
    .version(packageVersion(), '--version')
    .helpOption('-h, --help', 'print this')
    .option('--interface-version <version>', 'version of these flags, for icp-cli: 1.x.x', checkInterface)
    .option('--bind <address>', 'IP address to listen on', parseAddress, '127.0.0.1')
    .option('--gateway-port <number>', 'port to listen on; 0 is any free one', parsePort, 0)
    .option('--domain <name...>', 'more names of the host at which canisters have pages', parseDomain, ['localhost'])
    .option('--state-dir <folder>', 'keep the state there, also through a crash')
    .option('--status-dir <folder>', 'write status.json there when the network is ready')
    .option('--artificial-delay-ms <number>', 'milliseconds between two rounds at least', parseDelay, 0)
    .option('--subnet <kind>', '`application`: there is one subnet, and it is of this kind', checkSubnet)
    .option('--verbose', 'for icp-cli; what canisters print is always printed')
    .exitOverride()
    .addHelpText('after', HELP_AFTER);
  for (const [flag, advice] of NOT_SERVED) command.option(flag, `not served: ${advice}`);
  return command.action(async (flags: LauncherFlags & Record<string, unknown>) => {
    const wanted = command.options.find((option) => adviceFor(option.flags) && option.attributeName() in flags);
    if (wanted !== undefined) {
      command.error(`error: ${wanted.long} is not served by local-ic: ${adviceFor(wanted.flags)}.`);
    }
    await run(flags);
  });
}

function adviceFor(flags: string): string | undefined {
  return NOT_SERVED.find(([flag]) => flag === flags)?.[1];
}

function checkInterface(version: string): string {
  if (/^1\.\d+\.\d+$/.test(version)) return version;
  throw new InvalidArgumentError('these are the flags of version 1; use an icp-cli that asks for those.');
}

function checkSubnet(kind: string): string {
  if (kind === 'application') return kind;
  throw new InvalidArgumentError('local-ic has one subnet, of the kind `application`; take others out of icp.yaml.');
}

function parseAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('expected an IP address, for example 127.0.0.1.');
  return text;
}
