/**
 * The command `local-ic`. Exit codes: 0 done, or ended by a signal; 1 could not start, was lost, or is not there; 2 wrong
 * options.
 */
import { Command, CommanderError } from 'commander';
import { exposure } from '../env/exposure.ts';
import { openOutput } from '../env/output.ts';
import { type Outcome, startBackground, statusOf, stop } from './running.ts';
import { parseDelay, parseDomain, parsePort, parseSeed, type StartFlags, start } from './start.ts';
import { packageVersion } from './version.ts';

/** Where agents and tools look for a local network. */
const DEFAULT_PORT = 4943;

const EXIT = { ok: 0, failed: 1, wrongUse: 2 } as const;

interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly json?: true;
}

const program = new Command('local-ic')
  .description("A deterministic Internet Computer subnet in Node: a network for agents, or PocketIC's REST API")
  .version(packageVersion(), '--version')
  .helpOption('-h, --help', 'print this')
  .helpCommand(false)
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, or ended by a signal; 1 could not start, was lost, or is not there; 2 wrong options.',
  );

program
  .command('serve')
  .description("serve PocketIC's REST API in the foreground until Ctrl-C")
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 is any free one', parsePort, 0)
  .option('--json', 'print the line that says it is ready as JSON')
  .exitOverride()
  .action(serve);

program
  .command('start')
  .description('start a network for agents and browsers in the foreground until Ctrl-C')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 is any free one', parsePort, DEFAULT_PORT)
  .option('--seed <seed>', 'what its keys and randomness follow from: 64 hex digits, or any text', parseSeed)
  .option('--artificial-delay-ms <number>', 'milliseconds between two rounds at least', parseDelay, 0)
  .option('--state-dir <folder>', 'keep the state there, also through a crash')
  .option('--clean', 'begin without the state that is in the folder')
  .option('--canisters <file>', 'canisters that a new network has from the beginning: a list in JSON')
  .option('--background', 'return when it is ready, and leave it running; needs a port other than 0')
  .option('--domain <name>', 'one more name of the host at which canisters have pages', parseDomain, ['localhost'])
  .option('--json', 'print the line that says it is ready as JSON')
  .exitOverride()
  .addHelpText(
    'after',
    `
Pages of canisters: http://<canister id>.localhost:<port>/, verified as on mainnet; http://<canister id>.raw.localhost:<port>/
without verification; http://127.0.0.1:<port>/?canisterId=<canister id> where names below localhost lead nowhere.`,
  )
  .action(startNetwork);

program
  .command('status')
  .description('say whether a network runs at a port')
  .option('--port <number>', 'its port', parsePort, DEFAULT_PORT)
  .option('--json', 'print it as JSON')
  .exitOverride()
  .action(async ({ port, json }: { readonly port: number; readonly json?: true }) =>
    report(await statusOf(port, json === true)),
  );

program
  .command('stop')
  .description('end the network at a port')
  .option('--port <number>', 'its port', parsePort, DEFAULT_PORT)
  .exitOverride()
  .action(async ({ port }: { readonly port: number }) => report(await stop(port)));

function report({ text, ok }: Outcome): void {
  process.stdout.write(`${text}\n`);
  if (!ok) process.exitCode = EXIT.failed;
}

async function startNetwork(flags: StartFlags): Promise<void> {
  const [stdout, stderr] = [openOutput(process.stdout), openOutput(process.stderr)];
  try {
    if (flags.background === true) stdout.write(await inBackground(flags));
    else await start(flags, stdout, stderr);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // One that failed in the background has said so itself.
    stderr.write(text.startsWith('local-ic start: ') ? text : `local-ic start: ${text}`);
    process.exitCode = EXIT.failed;
  }
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit();
}

function inBackground({ port }: StartFlags): Promise<string> {
  if (port === 0) throw new Error('a network in the background needs a port by which it can be found: --port.');
  return startBackground(process.argv.slice(2), port);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { runInForeground } = await import('../env/foreground.ts');
  const [stdout, stderr] = [openOutput(process.stdout), openOutput(process.stderr)];
  const print = stdout.write;
  const printError = stderr.write;
  const warning = exposure(flags.host);
  const url = (port: number) => `http://${flags.host.includes(':') ? `[${flags.host}]` : flags.host}:${port}`;
  try {
    await runInForeground(
      { ...flags, ttl: null, hardTtl: null },
      { server: printError, canister: printError },
      (port) => {
        print(
          flags.json === true ? JSON.stringify({ port, url: url(port) }) : `PocketIC's REST API is at ${url(port)}`,
        );
        if (warning !== null) printError(warning);
      },
    );
  } catch (error) {
    printError(`local-ic could not start: ${startText(error, flags)}`);
    process.exitCode = EXIT.failed;
  }
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit();
}

function startText(error: unknown, flags: ServeFlags): string {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  if (taken) return `port ${flags.port} is taken; choose another one with --port, or 0 for any.`;
  return error instanceof Error ? error.message : String(error);
}

// Whoever reads may stop reading: `--help | head -1`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its message; help and version end with 0.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse;
}
