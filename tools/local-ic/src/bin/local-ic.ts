/** The command `local-ic`. Exit codes: 0 ended by a signal, 1 could not start, 2 wrong options, 3 not there yet. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { openOutput } from '../env/output.ts';
import { packageVersion } from './version.ts';

const EXIT = { ok: 0, failed: 1, wrongUse: 2, notServed: 3 } as const;

interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly json?: true;
}

const program = new Command('local-ic')
  .description("A deterministic Internet Computer subnet in Node, served with PocketIC's REST API")
  .version(packageVersion(), '--version')
  .helpOption('-h, --help', 'print this')
  .helpCommand(false)
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 ended by a signal, 1 could not start, 2 wrong options, 3 not there yet.');

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
  .description('start a network for dfx, icp and agents (not there yet)')
  .allowUnknownOption()
  .allowExcessArguments()
  .exitOverride()
  .action(() => {
    process.stderr.write(
      'local-ic start needs the public HTTP API, which this version does not have. ' +
        "Use `local-ic serve` for PocketIC's REST API.\n",
    );
    process.exitCode = EXIT.notServed;
  });

async function serve(flags: ServeFlags): Promise<void> {
  const { runInForeground } = await import('../env/foreground.ts');
  const [stdout, stderr] = [openOutput(process.stdout), openOutput(process.stderr)];
  const print = stdout.write;
  const printError = stderr.write;
  const url = (port: number) => `http://${flags.host.includes(':') ? `[${flags.host}]` : flags.host}:${port}`;
  try {
    await runInForeground(
      { ...flags, ttl: null, hardTtl: null },
      { server: printError, canister: printError },
      (port) =>
        print(
          flags.json === true ? JSON.stringify({ port, url: url(port) }) : `PocketIC's REST API is at ${url(port)}`,
        ),
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

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a number from 0 to 65535.');
  return port;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its message; help and version end with 0.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse;
}
